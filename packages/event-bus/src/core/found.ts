import type { JsonValue } from "@argo-ts/kernel"

const htmlCharacters = /[<>&\u2028\u2029]/g

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
}

/** JSON text as Go's encoder writes it: compact, with `<`, `>` and `&` escaped. */
export function rawJson(value: JsonValue): string {
  return JSON.stringify(value).replace(htmlCharacters, escapeCharacter)
}

/** A number without exponent, in the fewest digits that read back the same. */
function plainNumber(value: number): string {
  const text = String(value)
  const exponentAt = text.indexOf("e")
  if (exponentAt < 0) return text
  const exponent = Number(text.slice(exponentAt + 1))
  const sign = text.startsWith("-") ? "-" : ""
  const digits = text.slice(sign.length, exponentAt).replace(".", "")
  return exponent < 0
    ? `${sign}0.${"0".repeat(-exponent - 1)}${digits}`
    : `${sign}${digits.padEnd(exponent + 1, "0")}`
}

/** The text of a value found at a path: strings as they are, `null` empty, objects and lists as JSON. */
export function textOf(value: JsonValue): string {
  if (typeof value === "string") return value
  if (value === null) return ""
  if (typeof value === "number") return plainNumber(value)
  return typeof value === "boolean" ? String(value) : rawJson(value)
}
