import type { JsonValue } from "@argo-ts/kernel"
import { floatOf, intOf } from "../expr/builtins/math.js"
import { goJson } from "../go/json.js"
import { Fault } from "../issue.js"
import { compileSelector } from "../jsonpath/selector.js"
import { sprigFunctions, without } from "../sprig/index.js"
import { anyType, errorType, float64Type, funcOf, intType, stringType } from "../values/types.js"
import { GoFunc, mapValue, type Value } from "../values/value.js"

function unary(
  result: Parameters<typeof funcOf>[0]["results"],
  call: (value: Value) => Value,
): GoFunc {
  return new GoFunc(funcOf({ params: [anyType], results: result }), ([value = null]) => call(value))
}

/** What a selector finds in a JSON text; Go's numbers of JSON are floats. */
function jsonpath([text, path]: readonly Value[]): Value {
  const compiled = compileSelector(String(path))
  const document = parseJson(String(text))
  const found = compiled.ok ? compiled.value.evaluate(document) : compiled
  if (!found.ok) throw new Fault(found.issues[0]?.message ?? "")
  return found.value
}

function parseJson(text: string): Value {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new Fault("the first argument of jsonpath is no JSON")
  }
}

/** Functions that Workflows and Events add to every expression: `asInt`, `asFloat`, `jsonpath`, `toJson`, `sprig.*`. */
export const workflowFunctions: { readonly [name: string]: Value } = Object.freeze({
  asInt: unary([intType], (value) => intOf(value, -1)),
  asFloat: unary([float64Type], (value) => floatOf(value, -1)),
  jsonpath: new GoFunc(funcOf({ params: [stringType, stringType], results: [anyType] }), jsonpath),
  sprig: Object.freeze(mapValue(Object.entries(without(sprigFunctions, ["env", "expandenv"])))),
  toJson: unary([stringType, errorType], (value) => goJson(value)),
})
