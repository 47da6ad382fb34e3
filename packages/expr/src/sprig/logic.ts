import { sprint } from "../go/sprint.js"
import { typeOf, type Value } from "../values/value.js"
import { define, type FunctionTable, isEmpty, kindOf, refuse, text } from "./define.js"
import { equalValues } from "./equal.js"

function typeName(value: Value): string {
  return value === null ? "<nil>" : typeOf(value).name
}

/** Defaults, choices and questions about types. */
export const logicFunctions: FunctionTable = {
  all: define("a*", (args) => args.every((value) => !isEmpty(value))),
  any: define("a*", (args) => args.some((value) => !isEmpty(value))),
  coalesce: define("a*", (args) => args.find((value) => !isEmpty(value)) ?? null),
  deepEqual: define("aa", ([left = null, right = null]) => equalValues(left, right)),
  default: define("aa*", ([fallback = null, value]) =>
    isEmpty(value) ? fallback : (value ?? null),
  ),
  empty: define("a", ([value]) => isEmpty(value)),
  fail: define("s", ([message = ""]) => refuse(sprint(message))),
  kindIs: define("sa", (args) => kindOf(args[1] ?? null) === text(args, 0)),
  kindOf: define("a", ([value = null]) => kindOf(value)),
  ternary: define("aab", ([yes = null, no = null, condition]) => (condition === true ? yes : no)),
  typeIs: define("sa", (args) => typeName(args[1] ?? null) === text(args, 0)),
  typeIsLike: define("sa", (args) => {
    const name = typeName(args[1] ?? null)
    return name === text(args, 0) || name === `*${text(args, 0)}`
  }),
  typeOf: define("a", ([value = null]) => typeName(value)),
}
