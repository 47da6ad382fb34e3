import { failed, ok, type Result } from "../issue.js"
import { isJsonObject, type JsonValue } from "../json.js"

/** Reads a JSON pointer (RFC 6901) into its reference tokens: `/a/b~1c` is `["a", "b/c"]`; empty text is the root. */
export function parsePointer(text: string): Result<readonly string[]> {
  if (text === "") return ok([])
  if (!text.startsWith("/") || /~(?![01])/.test(text)) {
    const message = `expected a JSON pointer like /spec/replicas, found ${JSON.stringify(text)}`
    return failed([{ code: "InvalidValue", path: [], message }])
  }
  const tokens = text.slice(1).split("/")
  return ok(tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")))
}

/** Writes reference tokens as a JSON pointer. */
export function formatPointer(tokens: readonly (string | number)[]): string {
  return tokens
    .map((token) => `/${String(token).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("")
}

/** The index a token names in a list: no sign, no leading zero. */
export function listIndex(token: string): number | undefined {
  return /^(0|[1-9]\d{0,9})$/.test(token) ? Number(token) : undefined
}

/** The value at a pointer's tokens, or `undefined` where there is none. Only own fields are seen. */
export function readPointer(document: JsonValue, tokens: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = document
  for (const token of tokens) {
    if (Array.isArray(value)) {
      const index = listIndex(token)
      value = index === undefined ? undefined : (value as readonly JsonValue[])[index]
    } else if (value !== undefined && isJsonObject(value) && Object.hasOwn(value, token)) {
      value = value[token]
    } else return undefined
    if (value === undefined) return undefined
  }
  return value
}
