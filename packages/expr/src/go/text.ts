import { utf8Bytes } from "@argo-ts/kernel"

/** The UTF-8 text of bytes, or undefined where they are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return decode(bytes, false)
}

/** The UTF-8 text of bytes; every invalid byte becomes U+FFFD, as Go's `range` over a string gives it. */
export function decodeLossy(bytes: Uint8Array): string {
  return decode(bytes, true) as string
}

const bounds: readonly (readonly [first: number, mask: number, least: number])[] = [
  [0xc0, 0x1f, 0x80],
  [0xe0, 0x0f, 0x800],
  [0xf0, 0x07, 0x10000],
]

function decode(bytes: Uint8Array, isLossy: boolean): string | undefined {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number
    if (first < 0x80) {
      parts.push(String.fromCharCode(first))
      at++
      continue
    }
    const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    const point = first < 0xc2 || first > 0xf4 ? -1 : sequence(bytes, at, size)
    if (point < 0 && !isLossy) return undefined
    parts.push(point < 0 ? "\ufffd" : String.fromCodePoint(point))
    at += point < 0 ? 1 : size
  }
  return parts.join("")
}

function sequence(bytes: Uint8Array, at: number, size: number): number {
  const [, mask, least] = bounds[size - 2] as readonly [number, number, number]
  let point = (bytes[at] as number) & mask
  for (let index = 1; index < size; index++) {
    const byte = bytes[at + index]
    if (byte === undefined || (byte & 0xc0) !== 0x80) return -1
    point = (point << 6) | (byte & 0x3f)
  }
  const isSurrogate = point >= 0xd800 && point <= 0xdfff
  return point < least || point > 0x10ffff || isSurrogate ? -1 : point
}

const nonAscii = /[^\0-\x7f]/

/** True where a text's bytes are its UTF-16 units. */
export function isAscii(text: string): boolean {
  return !nonAscii.test(text)
}

/** Order of the UTF-8 bytes of two texts: by code point, not by UTF-16 unit. */
export function compareUtf8(left: string, right: string): number {
  if (left === right) return 0
  const shared = Math.min(left.length, right.length)
  for (let index = 0; index < shared; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** Code points of a text. */
export function countPoints(text: string): number {
  let count = text.length
  for (let index = 0; index < text.length - 1; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0xd800 || unit > 0xdbff) continue
    const next = text.charCodeAt(index + 1)
    if (next >= 0xdc00 && next <= 0xdfff) {
      count--
      index++
    }
  }
  return count
}

/** Length in bytes of a text's UTF-8 form. */
export function byteLength(text: string): number {
  return isAscii(text) ? text.length : utf8Bytes(text).length
}

const printable = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u
const short: ReadonlyMap<number, string> = new Map([
  [7, "\\a"],
  [8, "\\b"],
  [12, "\\f"],
  [10, "\\n"],
  [13, "\\r"],
  [9, "\\t"],
  [11, "\\v"],
  [92, "\\\\"],
  [34, '\\"'],
])

/** `strconv.Quote`. */
export function goQuote(text: string): string {
  return `"${goEscape(text)}"`
}

/** `strconv.Quote` without the quotes around it. */
export function goEscape(text: string): string {
  let out = ""
  for (const character of text) {
    const point = character.codePointAt(0) as number
    const known = short.get(point)
    if (known !== undefined) out += known
    else if (point < 0x20 || point === 0x7f) out += `\\x${point.toString(16).padStart(2, "0")}`
    else if (point < 0x7f) out += character
    else if (point >= 0xd800 && point <= 0xdfff) out += "\ufffd"
    else if (printable.test(character)) out += character
    else if (point < 0x10000) out += `\\u${point.toString(16).padStart(4, "0")}`
    else out += `\\U${point.toString(16).padStart(8, "0")}`
  }
  return out
}

const jsonEscapes = /["\\<>&\u2028\u2029]|\p{Cc}|\p{Cs}/gu

/** A JSON string as Go's `json.Marshal` writes it: `<`, `>`, `&` and U+2028/9 escaped. */
export function goJsonString(text: string): string {
  return `"${text.replace(jsonEscapes, escapeJson)}"`
}

function escapeJson(unit: string): string {
  switch (unit) {
    case '"':
    case "\\":
      return `\\${unit}`
    case "\b":
      return "\\b"
    case "\f":
      return "\\f"
    case "\n":
      return "\\n"
    case "\r":
      return "\\r"
    case "\t":
      return "\\t"
    default: {
      const code = unit.charCodeAt(0)
      if (code >= 0x7f && code <= 0x9f) return unit
      return code >= 0xd800 && code <= 0xdfff
        ? "\ufffd"
        : `\\u${code.toString(16).padStart(4, "0")}`
    }
  }
}
