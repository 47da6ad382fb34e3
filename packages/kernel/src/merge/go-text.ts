import { isJsonObject, type JsonValue } from "../json.js"
import { compareText } from "../ordering.js"

/** `map[image:x name:c1]`: how the API server prints a value that it complains of. */
export function goText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "<nil>"
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => goText(item)).join(" ")}]`
  if (!isJsonObject(value)) return String(value)
  const keys = Object.keys(value).toSorted(compareText)
  return `map[${keys.map((key) => `${key}:${goText(value[key])}`).join(" ")}]`
}
