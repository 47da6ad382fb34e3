import { failed, ok, type Result } from "../issue.js"
import { equalJson, isJsonObject, type JsonValue } from "../json.js"
import { listIndex, parsePointer, readPointer } from "./pointer.js"
import { withoutField } from "./record.js"

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test"
  readonly path: string
  readonly from?: string
  readonly value?: JsonValue
}

/** Where an implementation is more lenient than the RFC. */
export interface JsonPatchOptions {
  /** `replace` of a field that is missing from an existing object adds it, as Kubernetes does. Default false. */
  readonly replaceMayAdd?: boolean
}

type Edited = JsonValue | undefined
type Edit = (container: JsonValue, token: string) => Edited

/** Copies the path to `tokens` and lets `edit` change the last container; `undefined` where the path is missing. */
function editAt(document: JsonValue, tokens: readonly string[], edit: Edit): Edited {
  const token = tokens[0]
  if (token === undefined) return undefined
  if (tokens.length === 1) return edit(document, token)
  const inner = readPointer(document, [token])
  if (inner === undefined) return undefined
  const edited = editAt(inner, tokens.slice(1), edit)
  return edited === undefined ? undefined : replaceChild(document, token, edited)
}

function replaceChild(container: JsonValue, token: string, value: JsonValue): Edited {
  if (Array.isArray(container)) {
    return (container as readonly JsonValue[]).with(Number(token), value)
  }
  return isJsonObject(container) ? { ...container, [token]: value } : undefined
}

function addTo(value: JsonValue): Edit {
  return (container, token) => {
    if (!Array.isArray(container)) return replaceChild(container, token, value)
    const list = container as readonly JsonValue[]
    const index = token === "-" ? list.length : listIndex(token)
    return index === undefined || index > list.length ? undefined : list.toSpliced(index, 0, value)
  }
}

const removeFrom: Edit = (container, token) => {
  if (readPointer(container, [token]) === undefined) return undefined
  if (Array.isArray(container)) {
    return (container as readonly JsonValue[]).toSpliced(Number(token), 1)
  }
  return isJsonObject(container) ? withoutField(container, token) : undefined
}

function replaceIn(value: JsonValue, mayAdd: boolean): Edit {
  return (container, token) => {
    const isMissing = readPointer(container, [token]) === undefined
    if (isMissing && !(mayAdd && isJsonObject(container))) return undefined
    return replaceChild(container, token, value)
  }
}

function perform(
  document: JsonValue,
  operation: JsonPatchOperation,
  options: JsonPatchOptions,
): Edited {
  const path = parsePointer(operation.path)
  if (!path.ok) return undefined
  const at = path.value
  const { value } = operation
  switch (operation.op) {
    case "add":
      if (value === undefined) return undefined
      return at.length === 0 ? value : editAt(document, at, addTo(value))
    case "replace":
      if (value === undefined) return undefined
      return at.length === 0
        ? value
        : editAt(document, at, replaceIn(value, options.replaceMayAdd ?? false))
    case "remove":
      return editAt(document, at, removeFrom)
    case "test":
      return value !== undefined && equalJson(readPointer(document, at), value)
        ? document
        : undefined
    case "move":
    case "copy":
      return transfer(document, operation, at)
    default:
      return undefined
  }
}

function transfer(
  document: JsonValue,
  operation: JsonPatchOperation,
  at: readonly string[],
): Edited {
  const from = parsePointer(operation.from ?? "\u0000")
  const value = from.ok ? readPointer(document, from.value) : undefined
  if (!from.ok || value === undefined) return undefined
  const isMove = operation.op === "move"
  if (isMove && operation.path === operation.from) return document
  if (isMove && operation.path.startsWith(`${operation.from ?? ""}/`)) return undefined
  const base = isMove ? editAt(document, from.value, removeFrom) : document
  if (base === undefined) return undefined
  return at.length === 0 ? value : editAt(base, at, addTo(value))
}

/**
 * Applies a JSON patch (RFC 6902): all operations or none. The document is not changed; parts that no operation
 * touches are shared with the result. Fails with the first operation that does not hold.
 */
export function applyJsonPatch(
  document: JsonValue,
  operations: readonly JsonPatchOperation[],
  options: JsonPatchOptions = {},
): Result<JsonValue> {
  let current = document
  for (const [index, operation] of operations.entries()) {
    const next = perform(current, operation, options)
    if (next === undefined) {
      const message = `operation ${index} (${operation.op} ${operation.path}) does not apply: the path is missing, the value absent, or the test failed`
      return failed([{ code: "PatchFailed", path: [index], message }])
    }
    current = next
  }
  return ok(current)
}
