import { typePreview } from "./encode.js"
import { JqError } from "./fault.js"
import { type Emit, type Filter, many, type Path } from "./filter.js"
import { type Machine, spend } from "./machine.js"
import { extendPath } from "./path.js"
import { fieldOf, isArray, isObject, type JqValue, sortedKeys } from "./value.js"

/** Hands on every item of an array or field of an object; false where the consumer wanted no more. */
export function eachChild(value: JqValue, path: Path | undefined, emit: Emit): boolean {
  if (isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item = value[index] ?? null
      if (!emit(item, extendPath(path, value, index, item))) return false
    }
    return true
  }
  if (!isObject(value)) throw new JqError(() => `cannot iterate over: ${typePreview(value)}`)
  for (const key of sortedKeys(value)) {
    const item = fieldOf(value, key)
    if (!emit(item, extendPath(path, value, key, item))) return false
  }
  return true
}

/** `..`: a value and all that it holds, each before what is in it. */
export function recurseValues(machine: Machine): Filter {
  const visit = (value: JqValue, path: Path | undefined, emit: Emit): boolean => {
    spend(machine, 1)
    if (!emit(value, path)) return false
    if (typeof value !== "object" || value === null) return true
    return eachChild(value, path, (item, inner) => visit(item, inner, emit))
  }
  return many((_env, input, path, emit) => visit(input, path, emit))
}
