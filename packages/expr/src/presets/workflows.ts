import { floatOf, intOf } from "../expr/builtins/math.js"
import { goJson } from "../go/json.js"
import { anyType, errorType, float64Type, funcOf, intType, stringType } from "../values/types.js"
import { GoFunc, type Value } from "../values/value.js"

function unary(
  result: Parameters<typeof funcOf>[0]["results"],
  call: (value: Value) => Value,
): GoFunc {
  return new GoFunc(funcOf({ params: [anyType], results: result }), ([value = null]) => call(value))
}

/** Functions that Workflows and Events add to every expression: `asInt`, `asFloat`, `toJson`. */
export const workflowFunctions: { readonly [name: string]: Value } = Object.freeze({
  asInt: unary([intType], (value) => intOf(value, -1)),
  asFloat: unary([float64Type], (value) => floatOf(value, -1)),
  toJson: unary([stringType, errorType], (value) => goJson(value)),
})
