import { goSprintf } from "../go/printf.js"
import { compareUtf8 } from "../go/text.js"
import { Fault } from "../issue.js"
import {
  isList,
  isPlainMap,
  NamedInteger,
  SizedNumber,
  typeOf,
  type Value,
} from "../values/value.js"

type Basic = {
  readonly kind: "bool" | "int" | "float" | "string"
  readonly value: boolean | bigint | number | string
}

/** The kind that comparisons go by; `undefined` for what they do not take. */
function basicOf(value: Value): Basic | undefined {
  if (typeof value === "boolean") return { kind: "bool", value }
  if (typeof value === "bigint") return { kind: "int", value }
  if (typeof value === "number") return { kind: "float", value }
  if (typeof value === "string") return { kind: "string", value }
  if (value instanceof SizedNumber || value instanceof NamedInteger) {
    return { kind: typeof value.value === "bigint" ? "int" : "float", value: value.value }
  }
  return undefined
}

/** `eq` of two values: of one basic kind; nil equals nil alone. */
export function isEqual(left: Value, right: Value): boolean {
  const [one, two] = [basicOf(left), basicOf(right)]
  if (one !== undefined && two !== undefined) {
    if (one.kind !== two.kind) throw new Fault("incompatible types for comparison")
    return one.value === two.value
  }
  if (left === null || right === null) return left === right
  for (const value of [left, right]) {
    if (isList(value) || isPlainMap(value)) {
      throw new Fault(`non-comparable type ${goSprintf("%v", [value])}: ${typeOf(value).name}`)
    }
  }
  return left === right
}

/** `lt`: numbers and texts of one basic kind. */
export function isLess(left: Value, right: Value): boolean {
  const [one, two] = [basicOf(left), basicOf(right)]
  if (one === undefined || two === undefined) throw new Fault("invalid type for comparison")
  if (one.kind !== two.kind) throw new Fault("incompatible types for comparison")
  if (one.kind === "bool") throw new Fault("invalid type for comparison")
  return one.kind === "string"
    ? compareUtf8(String(one.value), String(two.value)) < 0
    : one.value < two.value
}
