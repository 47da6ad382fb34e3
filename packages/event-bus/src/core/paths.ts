import { isJsonObject, type JsonValue } from "@argo-ts/kernel"

/** Finds the value at a path; `undefined` where there is none. A present `null` is `null`. */
export type PathReader = (document: JsonValue) => JsonValue | undefined

const plainSegment = /^[^\\.*?#|@!{}[\](),:]+$/
const indexSegment = /^\d{1,15}$/

/** True for a path of plain keys and indexes, which needs none of the path language. */
export function isPlainPath(path: string): boolean {
  return path.split(".").every((segment) => plainSegment.test(segment))
}

function ownValue(record: JsonValue, key: string): JsonValue | undefined {
  return isJsonObject(record) && Object.hasOwn(record, key) ? record[key] : undefined
}

/** Walks plain segments over parsed JSON: own keys of objects, indexes of lists. */
export function readPlainPath(path: string): PathReader {
  const segments = path.split(".")
  const indexes = segments.map((segment) => (indexSegment.test(segment) ? Number(segment) : -1))
  return (document) => {
    let value: JsonValue | undefined = document
    for (let depth = 0; depth < segments.length; depth++) {
      if (typeof value !== "object" || value === null) return undefined
      if (Array.isArray(value)) value = (value as readonly JsonValue[])[indexes[depth] as number]
      else value = ownValue(value, segments[depth] as string)
      if (value === undefined) return undefined
    }
    return value
  }
}
