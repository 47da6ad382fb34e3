import { utf8Bytes } from "@argo-ts/kernel"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/** Standard base64 of a text's UTF-8 bytes. Ours because cores have neither `btoa` nor `Buffer`. */
export function encodeBase64(text: string): string {
  const bytes = utf8Bytes(text)
  let encoded = ""
  for (let index = 0; index < bytes.length; index += 3) {
    const [a, b, c] = [bytes[index] ?? 0, bytes[index + 1], bytes[index + 2]]
    encoded += alphabet.charAt(a >> 2) + alphabet.charAt(((a & 3) << 4) | ((b ?? 0) >> 4))
    encoded += b === undefined ? "=" : alphabet.charAt(((b & 15) << 2) | ((c ?? 0) >> 6))
    encoded += c === undefined ? "=" : alphabet.charAt(c & 63)
  }
  return encoded
}
