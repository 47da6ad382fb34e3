import { utf8Bytes } from "@argo-ts/kernel"
import { RawString } from "../values/value.js"
import { decodeUtf8 } from "./text.js"

/** What the letter of a Go escape stands for: `\\n` and its like. */
export const goEscapes: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["b", 8],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
  ["\\", 92],
])
const numeric = /^(?:x([0-9A-Fa-f]{2})|([0-7]{3})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/

/** `strconv.Unquote` of a literal in `"`, `'` or backquotes; `undefined` where it is none. */
export function goUnquote(literal: string): string | RawString | undefined {
  const quote = literal[0]
  if (literal.length < 2 || quote !== literal.at(-1)) return undefined
  const body = literal.slice(1, -1)
  if (quote === "`") return body.includes("`") ? undefined : body.replaceAll("\r", "")
  if ((quote !== '"' && quote !== "'") || body.includes("\n")) return undefined
  const bytes = bytesOf(body, quote)
  if (bytes === undefined) return undefined
  const text = decodeUtf8(Uint8Array.from(bytes))
  if (quote === "'" && (text === undefined ? bytes.length : Array.from(text).length) !== 1) {
    return undefined
  }
  return text ?? new RawString(Uint8Array.from(bytes))
}

function bytesOf(body: string, quote: string): readonly number[] | undefined {
  const bytes: number[] = []
  for (let at = 0; at < body.length; ) {
    const char = String.fromCodePoint(body.codePointAt(at) ?? 0)
    at += char.length
    if (char === quote) return undefined
    if (char !== "\\") {
      bytes.push(...utf8Bytes(char))
      continue
    }
    const found = escapeAt(body.slice(at, at + 9), quote)
    if (found === undefined) return undefined
    bytes.push(...found.bytes)
    at += found.length
  }
  return bytes
}

interface Escape {
  readonly bytes: Iterable<number>
  readonly length: number
}

function escapeAt(text: string, quote: string): Escape | undefined {
  const first = text[0] ?? ""
  const known = first === quote ? quote.charCodeAt(0) : goEscapes.get(first)
  if (known !== undefined) return { bytes: [known], length: 1 }
  const found = numeric.exec(text)
  if (found === null) return undefined
  const [{ length }, byte, octal, short, long] = found
  const value = Number.parseInt(byte ?? octal ?? short ?? long ?? "", octal === undefined ? 16 : 8)
  if (byte !== undefined || octal !== undefined) {
    return value > 0xff ? undefined : { bytes: [value], length }
  }
  const isPoint = value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff)
  return isPoint ? { bytes: utf8Bytes(String.fromCodePoint(value)), length } : undefined
}
