import { Fault } from "../issue.js"

const simple: ReadonlyMap<string, string> = new Map([
  ["a", "\u0007"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
])

const numeric = /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-3][0-7]{2}))/

/** The text between quotes, with Go's escapes resolved; both quotes may be escaped in either. */
export function unquoted(body: string, offset: number): string {
  if (!body.includes("\\")) return body
  let text = ""
  for (let at = 0; at < body.length; ) {
    const char = body[at] as string
    at++
    if (char !== "\\") {
      text += char
      continue
    }
    const known = simple.get(body[at] ?? "")
    const found = known === undefined ? numeric.exec(body.slice(at, at + 9)) : null
    const point = found === null ? -1 : pointOf(found)
    if (known === undefined && (point < 0 || point > 0x10ffff)) {
      throw new Fault(`unquote string "${body}" error invalid syntax`, offset, "parse")
    }
    text += known ?? String.fromCodePoint(point)
    at += known === undefined ? (found?.[0].length ?? 0) : 1
  }
  return text
}

function pointOf([, byte, short, long, octal]: RegExpExecArray): number {
  return octal === undefined
    ? Number.parseInt(byte ?? short ?? long ?? "", 16)
    : Number.parseInt(octal, 8)
}
