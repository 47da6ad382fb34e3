import { failed, isJsonObject, type JsonValue, ok, own, type Result } from "@argo-ts/kernel"

/** One part of a path: a field, an index (negative from the end), or every value. */
type Part = { readonly field: string } | { readonly index: number } | "all"

const part = /^(?:\.(\*|(?:[^\s.,[\]$@{}\\]|\\.)+)|\[\s*(-?\d+|\*|'(?:[^'\\]|\\.)*')\s*\])/

function unescape(text: string): string {
  return text.replace(/\\(.)/g, "$1")
}

function toPart(field: string | undefined, inBrackets: string | undefined): readonly Part[] {
  if (field === "*" || inBrackets === "*") return ["all"]
  if (field !== undefined) return [{ field: unescape(field) }]
  if (inBrackets?.startsWith("'") !== true) return [{ index: Number(inBrackets) }]
  // As upstream: a dot inside the quotes separates two fields unless it is escaped (spec/languages §6.3).
  const fields = inBrackets.slice(1, -1).match(/(?:[^.\\]|\\.)+/g) ?? []
  return fields.map((each) => ({ field: unescape(each) }))
}

function refuse<Value>(text: string, why: string): Result<Value> {
  const message = `JSONPath ${JSON.stringify(text)} ${why}`
  return failed([{ code: "InvalidValue", path: [], message }])
}

/** Reads `{$.a.b[0]['c'][*]}`; filters, slices, unions and recursive descent are refused by name. */
export function parseJsonPath(text: string): Result<readonly Part[]> {
  const trimmed = text.trim()
  if (!trimmed.startsWith("{") || !trimmed.endsWith("}")) {
    return refuse(text, "has to stand in braces, as in {$.status}")
  }
  let rest = trimmed.slice(1, -1).trim()
  if (rest.startsWith("$") || rest.startsWith("@")) rest = rest.slice(1)
  const parts: Part[] = []
  while (rest !== "") {
    const match = part.exec(rest)
    if (match === null)
      return refuse(
        text,
        `cannot be read from ${JSON.stringify(rest)} on: fields, indexes and * are supported`,
      )
    parts.push(...toPart(match[1], match[2]))
    rest = rest.slice(match[0].length)
  }
  return ok(parts)
}

function step(value: JsonValue, next: Part): readonly JsonValue[] | string {
  if (next === "all") {
    if (Array.isArray(value)) return value as readonly JsonValue[]
    return isJsonObject(value)
      ? Object.keys(value)
          .toSorted()
          .map((key) => value[key] as JsonValue)
      : []
  }
  if ("field" in next) {
    const found = isJsonObject(value) ? own(value, next.field) : undefined
    return found === undefined ? `${next.field} is not found` : [found]
  }
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : []
  const found = list[next.index < 0 ? list.length + next.index : next.index]
  return found === undefined
    ? `array index out of bounds: index ${next.index}, length ${list.length}`
    : [found]
}

/** The first value that a path finds (spec/languages §6.3, as the web metric reads it). */
export function firstAtPath(document: JsonValue, text: string): Result<JsonValue> {
  const parts = parseJsonPath(text)
  if (!parts.ok) return parts
  let values: readonly JsonValue[] = [document]
  for (const next of parts.value) {
    const found: JsonValue[] = []
    for (const value of values) {
      const inner = step(value, next)
      if (typeof inner === "string") return refuse(text, `finds nothing: ${inner}`)
      found.push(...inner)
    }
    values = found
  }
  const [first] = values
  return first === undefined ? refuse(text, "produced no value") : ok(first)
}
