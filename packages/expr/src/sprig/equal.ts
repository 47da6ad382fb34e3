import { isList, isPlainMap, SizedNumber, Special, typeOf, type Value } from "../values/value.js"

const depthMax = 1000

/** Go's `reflect.DeepEqual`: 1 and 1.0 differ, as their types do. */
export function equalValues(left: Value, right: Value, depth = 0): boolean {
  if (left === right) return true
  if (left === null || right === null || depth > depthMax) return false
  if (typeOf(left).name !== typeOf(right).name) return false
  if (left instanceof SizedNumber && right instanceof SizedNumber) return left.value === right.value
  if (left instanceof Special || right instanceof Special) return false
  if (isList(left) && isList(right)) {
    return (
      left.length === right.length &&
      left.every((item, index) => equalValues(item, right[index] as Value, depth + 1))
    )
  }
  return isPlainMap(left) && isPlainMap(right) ? equalMaps(left, right, depth) : false
}

type Dict = { readonly [key: string]: Value }

function equalMaps(left: Dict, right: Dict, depth: number): boolean {
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        equalValues(left[key] as Value, right[key] as Value, depth + 1),
    )
  )
}

/** True where a list holds an equal value. */
export function isValueIn(value: Value, list: readonly Value[]): boolean {
  return list.some((item) => equalValues(item, value))
}
