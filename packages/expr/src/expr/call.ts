import { Fault } from "../issue.js"
import type { GoType } from "../values/types.js"
import { type CallContext, GoFunc, isNil, typeOf, type Value } from "../values/value.js"
import { zeroOf } from "./access.js"
import { failAt } from "./operators.js"

/** Calls a function value as Go's reflection does: argument counts and types must fit. */
export function callFunction(
  value: Value,
  args: readonly Value[],
  context: CallContext,
  at: number,
): Value {
  if (isNil(value)) return failAt("invalid operation: cannot call nil", at)
  if (!(value instanceof GoFunc))
    return failAt(`invalid operation: cannot call non-function of type ${typeOf(value).name}`, at)
  const converted = checkArguments(value.type, args, at)
  try {
    return value.call(converted, context)
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.offset < 0 && thrown.phase === "run") {
      throw new Fault(thrown.message, at, thrown.phase, thrown.code)
    }
    throw thrown
  }
}

function checkArguments(type: GoType, args: readonly Value[], at: number): readonly Value[] {
  const params = type.params ?? []
  const isVariadic = type.variadic === true
  const least = isVariadic ? params.length - 1 : params.length
  if (args.length < least) failAt("reflect: Call with too few input arguments", at)
  if (args.length > least && !isVariadic) failAt("reflect: Call with too many input arguments", at)
  return args.map((arg, index) => {
    const param = params[Math.min(index, params.length - 1)] as GoType
    if (arg === null) return zeroOf(param)
    if (param.kind === "any" || typeOf(arg).name === param.name) return arg
    return failAt(`reflect: Call using ${typeOf(arg).name} as type ${param.name}`, at)
  })
}

/** A function whose type was known asserts its arguments: nil for a plain type is a fault. */
export function refuseNil(value: Value, args: readonly Value[], at: number): void {
  const params = value instanceof GoFunc ? (value.type.params ?? []) : []
  for (const [index, arg] of args.entries()) {
    const param = params[Math.min(index, params.length - 1)]
    if (
      arg === null &&
      param !== undefined &&
      !["any", "pointer", "slice", "map", "func"].includes(param.kind)
    ) {
      failAt(`interface conversion: interface {} is nil, not ${param.name}`, at)
    }
  }
}

/** 1.15 passes nil as an empty interface, which only parameters of that type take. */
export function refuseOpenNil(value: Value, args: readonly Value[], at: number): void {
  const params = value instanceof GoFunc ? (value.type.params ?? []) : []
  for (const [index, arg] of args.entries()) {
    const param = params[Math.min(index, params.length - 1)]
    if (arg !== null || param === undefined || param.kind === "any") continue
    failAt(`reflect: Call using interface {} as type ${param.name}`, at)
  }
}
