import { badKey, boundsOf, indexValue, rangeOf, wholeOf } from "./access.js"
import { preview } from "./encode.js"
import { inapplicable, JqError, noArray, noObject } from "./fault.js"
import { grow, type Machine, spend } from "./machine.js"
import {
  fieldOf,
  isArray,
  isNumber,
  isObject,
  type JqObject,
  type JqValue,
  type OpenObject,
  openObject,
} from "./value.js"

const indexMax = 0x1fff_ffff

/**
 * Changes a value at many paths. Containers that the editor made itself are changed in place, so that a thousand changes
 * to one array copy it once; what was given is never changed.
 */
export interface Editor {
  readonly machine: Machine
  arrays: Map<JqValue, JqValue[]>
  objects: Map<JqValue, OpenObject>
}

/** An editor that owns nothing yet. */
export function createEditor(machine: Machine): Editor {
  return { machine, arrays: new Map(), objects: new Map() }
}

/** Gives a value away: from now on nothing may change it in place. */
export function release(editor: Editor, value: JqValue): void {
  if (!editor.arrays.has(value) && !editor.objects.has(value)) return
  editor.arrays = new Map()
  editor.objects = new Map()
}

function ownArray(editor: Editor, value: readonly JqValue[]): JqValue[] {
  const owned = editor.arrays.get(value)
  if (owned !== undefined) return owned
  const copy = [...value]
  spend(editor.machine, 1 + copy.length / 8)
  editor.arrays.set(copy, copy)
  return copy
}

function ownObject(editor: Editor, value: JqObject): OpenObject {
  const owned = editor.objects.get(value)
  if (owned !== undefined) return owned
  const copy = copyObject(value)
  spend(editor.machine, 1 + Object.keys(copy).length / 4)
  editor.objects.set(copy, copy)
  return copy
}

/** A copy of an object to be changed. */
export function copyObject(value: JqObject): OpenObject {
  const copy = openObject()
  for (const key of Object.keys(value)) copy[key] = value[key] ?? null
  return copy
}

/** A value with the one at a path, from the key at `at` on, replaced. */
export function setPath(
  editor: Editor,
  target: JqValue,
  path: readonly JqValue[],
  next: JqValue,
): JqValue {
  const set = (value: JqValue, at: number): JqValue => {
    const key = path[at]
    if (key === undefined) return next
    if (typeof key === "string") {
      if (value !== null && !isObject(value)) throw noObject(value)
      const inner = set(value === null ? null : fieldOf(value, key), at + 1)
      if (value === null || !Object.hasOwn(value, key)) grow(editor.machine, 1)
      const object = ownObject(editor, value ?? {})
      object[key] = inner
      return object
    }
    if (isNumber(key)) return setItem(editor, value, key, (old) => set(old, at + 1))
    if (isObject(key)) return setSlice(editor, value, key, (old) => set(old, at + 1))
    throw badKey(value, key)
  }
  return set(target, 0)
}

type Replace = (old: JqValue) => JqValue

function setItem(editor: Editor, value: JqValue, key: number | bigint, replace: Replace): JqValue {
  if (value !== null && !isArray(value)) throw noArray(value)
  const items = value ?? []
  const index = wholeOf(key)
  const at = index < 0 ? index + items.length : index
  if (at < 0) throw new JqError(`array index should not be negative: ${preview(key)}`)
  if (at >= indexMax) throw new JqError(`array index too large: ${preview(key)}`)
  const inner = replace(items[at] ?? null)
  grow(editor.machine, Math.max(0, at + 1 - items.length))
  const array = ownArray(editor, items)
  while (array.length < at) array.push(null)
  array[at] = inner
  return array
}

function setSlice(editor: Editor, value: JqValue, key: JqObject, replace: Replace): JqValue {
  const bounds = boundsOf(key)
  if (value !== null && !isArray(value)) throw noArray(value)
  const items = value ?? []
  const [start, end] = rangeOf(items, bounds, items.length)
  const inner = replace(value === null ? null : items.slice(start, end))
  if (!isArray(inner)) throw noArray(inner)
  grow(editor.machine, inner.length)
  spend(editor.machine, 1 + items.length / 8)
  return [...items.slice(0, start), ...inner, ...items.slice(end)]
}

/** `getpath`: null where nothing is; only null, arrays and objects lead further. */
export function getPath(target: JqValue, path: readonly JqValue[]): JqValue {
  let value = target
  for (const key of path) {
    if (value !== null && typeof value !== "object") {
      throw inapplicable("getpath", target, [path])
    }
    value = indexValue(value, key)
  }
  return value
}
