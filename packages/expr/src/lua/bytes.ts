import { utf8Bytes } from "@argo-ts/kernel"
import { decodeLossy, isAscii } from "../go/text.js"

/**
 * Lua's strings are bytes. Here each byte is one UTF-16 unit below 256, so that length, `sub` and comparison count bytes;
 * text without characters beyond ASCII is itself.
 */
export function toBytes(text: string): string {
  if (isAscii(text)) return text
  let bytes = ""
  for (const byte of utf8Bytes(text)) bytes += String.fromCharCode(byte)
  return bytes
}

/** The text of a Lua string; bytes that are no UTF-8 become U+FFFD. */
export function toText(bytes: string): string {
  if (isAscii(bytes)) return bytes
  return decodeLossy(Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)))
}
