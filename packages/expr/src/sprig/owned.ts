import type { Value } from "../values/value.js"
import { refuse } from "./define.js"

type Dict = { readonly [key: string]: Value }

/**
 * Maps that may be changed: those that a template made, and the copy of its data that one gets which changes maps. What
 * somebody else holds is never changed.
 */
const made = new WeakSet<object>()

/** Marks a fresh map as one that may be changed. */
export function changeable<T extends Dict>(dict: T): T {
  made.add(dict)
  return dict
}

function writable(dict: Dict): { [key: string]: Value } {
  // The type says read-only to everybody but its maker.
  if (made.has(dict)) return dict as { [key: string]: Value }
  return refuse("this map belongs to somebody else: change a copy (deepCopy)")
}

/** Sets an entry of a map that a template made; the data it was given is refused. */
export function setEntry(dict: Dict, key: string, value: Value): Value {
  if (Object.hasOwn(dict, key) && dict[key] === value) return dict
  writable(dict)[key] = value
  return dict
}

/** Takes an entry out of a map that a template made. */
export function unsetEntry(dict: Dict, key: string): Value {
  if (!Object.hasOwn(dict, key)) return dict
  delete writable(dict)[key]
  return dict
}
