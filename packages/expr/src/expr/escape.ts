import { utf8Bytes } from "@argo-ts/kernel"
import { goEscapes } from "../go/unquote.js"
import { Fault } from "../issue.js"
import type { Dialect } from "./dialect.js"

interface Literal {
  readonly quote: string
  readonly kind: "string" | "bytes"
  readonly at: number
  readonly dialect: Dialect
}

/** Resolves the escapes of a string or bytes literal. Throws a `Fault`. */
export function unescape(body: string, literal: Literal): string | Uint8Array {
  if (literal.kind === "string" && !body.includes("\\")) return body
  const points: number[] = []
  const bytes: number[] = []
  const add = (point: number, isByte: boolean): void => {
    if (literal.kind === "string") points.push(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point)
    else if (isByte || point < 0x80) bytes.push(point)
    else bytes.push(...utf8Bytes(String.fromCodePoint(point)))
  }
  let at = 0
  while (at < body.length) {
    const point = body.codePointAt(at) as number
    if (point !== 92) {
      add(point, false)
      at += point > 0xffff ? 2 : 1
      continue
    }
    const [value, length] = escapeAt(body, at + 1, literal)
    add(value, true)
    at += 1 + length
  }
  if (literal.kind === "bytes") return Uint8Array.from(bytes)
  return points.map((point) => String.fromCodePoint(point)).join("")
}

function escapeAt(body: string, at: number, literal: Literal): readonly [number, number] {
  const char = body[at] ?? ""
  const known = goEscapes.get(char)
  if (known !== undefined) return [known, 1]
  if (char === literal.quote) return [char.charCodeAt(0), 1]
  const rest = body.slice(at)
  const isText = literal.kind === "string"
  if (char === "x") return digits(/^x([0-9A-Fa-f]{2})/, rest, 16, literal)
  if (/[0-7]/.test(char)) return digits(/^([0-3][0-7]{2})/, rest, 8, literal)
  if (isText && rest.startsWith("u{") && literal.dialect === "1.17") {
    return digits(/^u\{([0-9A-Fa-f]{1,6})\}/, rest, 16, literal)
  }
  if (isText && char === "u") return digits(/^u([0-9A-Fa-f]{4})/, rest, 16, literal)
  if (isText && char === "U") return digits(/^U([0-9A-Fa-f]{8})/, rest, 16, literal)
  throw new Fault(
    char === "u" || char === "U" ? "unable to unescape string" : "invalid char escape",
    literal.at,
    "parse",
  )
}

function digits(
  pattern: RegExp,
  text: string,
  base: number,
  literal: Literal,
): readonly [number, number] {
  const match = pattern.exec(text)
  const value = match === null ? -1 : Number.parseInt(match[1] as string, base)
  if (match === null || value > 0x10ffff) {
    const isShort = match === null && base === 8 && !/^[0-7]{3}/.test(text)
    throw new Fault(
      isShort ? "invalid char escape" : "unable to unescape string",
      literal.at,
      "parse",
    )
  }
  return [value, match[0].length]
}
