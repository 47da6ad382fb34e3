import type { JsonValue } from "@argo-ts/kernel"

/*
 * JSON as Go has it: what it writes is safe inside HTML, and of a value that it only hands on it keeps every number and the
 * order of the keys as they were written (`1.0`, `1e-05`), which `JSON.parse` does not.
 */

const unsafe = /[<>&\u2028\u2029]/g

/** Go's `json.Marshal` of a value whose keys stand in order. */
export function marshal(value: JsonValue): string {
  return escapeHtml(JSON.stringify(value))
}

/** What Go's encoder makes of JSON that is handed to it as text. */
export function escapeHtml(json: string): string {
  return json.replace(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

/** Valid JSON without the blanks between its tokens. */
export function compact(json: string): string {
  return json.replace(
    /("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g,
    (_all, text: string | undefined) => text ?? "",
  )
}

/** True where a number in valid JSON may not be written as JavaScript writes it. */
export function hasOddNumber(json: string): boolean {
  return odd.test(json)
}

/** A fraction that ends in 0, an exponent, a negative zero, or more digits than a double keeps. */
const odd = /\d\.\d*0(?!\d)|\d[eE]|-0(?![.\d])|\d{16}|\d\.\d{15}|0\.0{6}/

/** The elements of a JSON list, or the members of an object with their keys, as compact texts. */
export function partsOf(json: string): readonly (readonly [key: string, text: string])[] {
  const parts: (readonly [string, string])[] = []
  const isObject = json.startsWith("{")
  let depth = 0
  let from = 1
  let key = ""
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}:,]/g
  for (let match = token.exec(json); match !== null; match = token.exec(json)) {
    const [text] = match
    const { index } = match
    if (text === "[" || text === "{") depth++
    else if (text === "]" || text === "}") depth--
    const isEnd = depth === 0 && index > from
    if (depth === 1 && text === ":" && isObject) {
      key = JSON.parse(json.slice(from, index)) as string
      from = index + 1
    } else if ((depth === 1 && text === ",") || isEnd) {
      parts.push([key, json.slice(from, index)])
      from = index + 1
    }
  }
  return parts
}
