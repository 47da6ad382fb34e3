import {
  failed,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
} from "@argo-ts/kernel"

/** One step of a path that is written to. */
interface Segment {
  readonly text: string
  /** `:0` — a key even where it reads as a number. */
  readonly isKey: boolean
}

const wildcards = /[*?#|@]/

/** Splits at dots; `\` takes the next character as it is. `undefined`: the path holds wildcards or queries. */
function splitPath(path: string): readonly Segment[] | undefined {
  const segments: Segment[] = []
  let text = ""
  let isKey = false
  for (let index = 0; index <= path.length; index++) {
    const character = path[index]
    if (character === undefined || character === ".") {
      segments.push({ text, isKey })
      text = ""
      isKey = false
    } else if (character === "\\") {
      text += path[++index] ?? ""
    } else if (character === ":" && text === "" && !isKey) {
      isKey = true
    } else if (wildcards.test(character)) {
      return undefined
    } else {
      text += character
    }
  }
  return segments
}

const indexMax = 10_000

/** Digits, of which there may be none: an empty segment is index 0 where a list is made. */
function isNumeric({ text }: Segment): boolean {
  return /^\d{0,15}$/.test(text)
}

function appends({ text, isKey }: Segment): boolean {
  return text === "-1" && !isKey
}

function isIndex(segment: Segment): boolean {
  return appends(segment) || (!segment.isKey && isNumeric(segment))
}

/** A list with `value` at an index: `-1` and an empty segment append, gaps become `null`. */
function setIndex(list: readonly JsonValue[], segment: Segment, value: JsonValue): JsonValue[] {
  const next = [...list]
  const isLast = segment.text === "-1" || segment.text === ""
  const index = isLast ? next.length : Number(segment.text)
  while (next.length < index) next.push(null)
  next[index] = value
  return next
}

/** A record with `value` under a key; a computed key is always an own field, `__proto__` too. */
function setKey(record: JsonObject, key: string, value: JsonValue): JsonObject {
  return { ...record, [key]: value }
}

function child(parent: JsonValue | undefined, segment: Segment): JsonValue | undefined {
  if (Array.isArray(parent)) {
    const isPlace = segment.text !== "" && isNumeric(segment)
    return isPlace ? (parent as readonly JsonValue[])[Number(segment.text)] : undefined
  }
  if (isJsonObject(parent) && Object.hasOwn(parent, segment.text)) return parent[segment.text]
  return undefined
}

function put(parent: JsonValue | undefined, segment: Segment, value: JsonValue): JsonValue {
  if (Array.isArray(parent)) return setIndex(parent as readonly JsonValue[], segment, value)
  if (isJsonObject(parent)) return setKey(parent, segment.text, value)
  // Below a scalar `-1` is a key: there is no list that could be appended to.
  const makesList = isIndex(segment) && (parent === undefined || !appends(segment))
  return makesList ? setIndex([], segment, value) : setKey({}, segment.text, value)
}

function refuse(message: string): Result<JsonValue> {
  return failed([{ code: "InvalidValue", path: [], message }])
}

/** Writes a value into a document; see {@link compileSetter}. */
export type Setter = (document: JsonValue, value: JsonValue) => Result<JsonValue>

/** Why a segment cannot be written to a parent, if so. */
function problemAt(
  path: string,
  parent: JsonValue | undefined,
  segment: Segment,
): string | undefined {
  if (Array.isArray(parent) && !isIndex(segment) && child(parent, segment) === undefined) {
    return `"${path}" names "${segment.text}" in a list, where an index is expected`
  }
  if (isJsonObject(parent) || !isIndex(segment) || Number(segment.text) <= indexMax)
    return undefined
  return `"${path}" names index ${segment.text}; at most ${indexMax} is allowed`
}

function write(
  path: string,
  segments: readonly Segment[],
  document: JsonValue,
  value: JsonValue,
): Result<JsonValue> {
  const parents: (JsonValue | undefined)[] = []
  let parent: JsonValue | undefined = document
  for (const segment of segments) {
    const problem = problemAt(path, parent, segment)
    if (problem !== undefined) return refuse(problem)
    parents.push(parent)
    parent = child(parent, segment)
  }
  let result: JsonValue = value
  for (let depth = segments.length - 1; depth >= 0; depth--) {
    result = put(parents[depth], segments[depth] as Segment, result)
  }
  return ok(result)
}

/**
 * Compiles writing to `path` (sjson's rules, spec/languages §6.2). Missing parents are made; a numeric segment under
 * a missing parent makes a list padded with `null`; a scalar in the way is replaced; a path with wildcards or queries
 * changes nothing. Documents are untouched; what did not change is shared.
 */
export function compileSetter(path: string): Setter {
  if (path === "") return () => refuse("expected a path to write to, found an empty one")
  const segments = splitPath(path)
  if (segments === undefined) return ok
  return (document, value) => write(path, segments, document, value)
}

/** The document with `value` at `path`; see {@link compileSetter}. */
export function setPath(document: JsonValue, path: string, value: JsonValue): Result<JsonValue> {
  return compileSetter(path)(document, value)
}
