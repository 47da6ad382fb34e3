const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/** Standard base64 with padding. */
export function base64(bytes: Uint8Array): string {
  let out = ""
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3)
    out += alphabet[a >> 2]
    out += alphabet[((a & 3) << 4) | ((b ?? 0) >> 4)]
    out += b === undefined ? "=" : alphabet[((b & 15) << 2) | ((c ?? 0) >> 6)]
    out += c === undefined ? "=" : alphabet[c & 63]
  }
  return out
}

/** Bytes of standard base64 (line ends ignored, padding required), or the offset of what is wrong. */
export function parseBase64(text: string): Uint8Array | number {
  const clean = text.replace(/[\r\n]/g, "")
  const body = clean.replace(/={0,2}$/, "")
  const bytes: number[] = []
  for (let at = 0; at < body.length; at++) if (!alphabet.includes(body[at] as string)) return at
  if (clean.length % 4 !== 0 || body.length % 4 === 1) return body.length - (body.length % 4)
  for (let at = 0; at < body.length; at += 4) {
    const four = Array.from(body.slice(at, at + 4), (char) => alphabet.indexOf(char))
    const [a = 0, b = 0, c = 0, d = 0] = four
    bytes.push((a << 2) | (b >> 4), ((b & 15) << 4) | (c >> 2), ((c & 3) << 6) | d)
    if (four.length < 4) bytes.length -= 4 - four.length
  }
  return Uint8Array.from(bytes)
}
