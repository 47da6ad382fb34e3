import { badKey, boundsOf, rangeOf, wholeOf } from "./access.js"
import { noArray, noObject } from "./fault.js"
import { type Machine, spend } from "./machine.js"
import {
  fieldOf,
  isArray,
  isNumber,
  isObject,
  type JqObject,
  type JqValue,
  openObject,
} from "./value.js"

type Keys = readonly JqValue[]

/** What to remove from one container: whole entries, and parts of entries. */
interface Removal<Key extends string | number> {
  readonly dropped: Set<Key>
  readonly inner: Map<Key, Keys[]>
}

/** A value without what is at the paths; every path means the value as it was given. Nothing is left of the root. */
export function deletePaths(machine: Machine, target: JqValue, paths: readonly Keys[]): JqValue {
  if (paths.length === 0) return target
  spend(machine, paths.length)
  if (target === null || paths.some((path) => path.length === 0)) return null
  if (isArray(target)) return removeItems(machine, target, paths)
  if (isObject(target)) return removeFields(machine, target, paths)
  const key = paths[0]?.[0] ?? null
  throw typeof key === "string" ? noObject(target) : noArray(target)
}

function note<Key extends string | number>(removal: Removal<Key>, key: Key, rest: Keys): void {
  if (rest.length === 0) {
    removal.dropped.add(key)
    return
  }
  const known = removal.inner.get(key)
  if (known === undefined) removal.inner.set(key, [rest])
  else known.push(rest)
}

function removeFields(machine: Machine, target: JqObject, paths: readonly Keys[]): JqValue {
  const removal: Removal<string> = { dropped: new Set(), inner: new Map() }
  for (const [key = null, ...rest] of paths) {
    if (typeof key !== "string")
      throw isNumber(key) || isObject(key) ? noArray(target) : badKey(target, key)
    if (Object.hasOwn(target, key)) note(removal, key, rest)
  }
  const left = openObject()
  const keys = Object.keys(target)
  spend(machine, keys.length / 4)
  for (const key of keys) {
    if (removal.dropped.has(key)) continue
    left[key] = deletePaths(machine, fieldOf(target, key), removal.inner.get(key) ?? [])
  }
  return left
}

function removeItems(
  machine: Machine,
  target: readonly JqValue[],
  paths: readonly Keys[],
): JqValue {
  const removal: Removal<number> = { dropped: new Set(), inner: new Map() }
  for (const path of paths)
    noteItem(machine, { target, path, start: 0, end: target.length }, removal)
  spend(machine, target.length / 8)
  const left: JqValue[] = []
  for (let index = 0; index < target.length; index++) {
    if (removal.dropped.has(index)) continue
    left.push(deletePaths(machine, target[index] ?? null, removal.inner.get(index) ?? []))
  }
  return left
}

/** A path within a part of an array. */
interface Place {
  readonly target: readonly JqValue[]
  readonly path: Keys
  readonly start: number
  readonly end: number
}

/** Notes what a path removes: a slice of a slice is a part of the whole. */
function noteItem(machine: Machine, place: Place, removal: Removal<number>): void {
  const { target, start, end } = place
  const [key = null, ...path] = place.path
  if (isNumber(key)) {
    const index = wholeOf(key)
    const at = index < 0 ? index + end : index + start
    if (at >= start && at < end) note(removal, at, path)
    return
  }
  if (!isObject(key)) throw typeof key === "string" ? noObject(target) : badKey(target, key)
  const [from, to] = rangeOf(target, boundsOf(key), end - start)
  const part = { target, path, start: start + from, end: start + to }
  if (path.length > 0) return noteItem(machine, part, removal)
  spend(machine, to - from)
  for (let index = part.start; index < part.end; index++) removal.dropped.add(index)
}
