import { noPath } from "./fault.js"
import type { Path } from "./filter.js"
import { compareValues, isArray, isObject, type JqValue } from "./value.js"

/** True where a value is the one that a path leads to: the same container, or an equal scalar. */
function isThere(value: JqValue, path: Path): boolean {
  if (value === path.value) return true
  const isContainer = isArray(value) || isObject(value)
  return !isContainer && compareValues(value, path.value) === 0
}

/** Throws where a value is not what its path leads to: it was made, not selected. */
export function checkPath(value: JqValue, path: Path | undefined): void {
  if (path !== undefined && !isThere(value, path)) throw noPath(value)
}

/** The path one key further. */
export function extendPath(
  path: Path | undefined,
  from: JqValue,
  key: JqValue,
  value: JqValue,
): Path | undefined {
  if (path === undefined) return undefined
  checkPath(from, path)
  return { up: path, key, value }
}

/** The path of the value itself. */
export function rootPath(value: JqValue): Path {
  return { up: undefined, key: null, value }
}

/** The keys of a path from its root. */
export function keysOf(path: Path): JqValue[] {
  const keys: JqValue[] = []
  for (let at: Path = path; at.up !== undefined; at = at.up) keys.push(at.key)
  return keys.reverse()
}
