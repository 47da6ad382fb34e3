import { Fault } from "../issue.js"
import { anyType, type GoType, isFloatType, isIntegerType, wrapInteger } from "../values/types.js"
import { SizedNumber } from "../values/value.js"
import type { Node } from "./ast.js"
import { olderType } from "./check-115.js"
import { acceptsNil, failCheck, isAssignable, isNilType } from "./check-types.js"
import type { Dialect } from "./dialect.js"

/** A call that is checked: the function's name, its arguments and their types. */
export interface CheckedCall {
  readonly name: string
  readonly args: Node[]
  readonly types: readonly GoType[]
  readonly at: number
  readonly dialect: Dialect
}

/** Checks arguments against a function type and gives the type of its result. Integer literals take the parameter's kind. */
export function checkCall(type: GoType, call: CheckedCall): GoType {
  const params = type.params ?? []
  const isVariadic = type.variadic === true
  const least = isVariadic ? params.length - 1 : params.length
  const results = type.results ?? []
  if (results.length === 0) failCheck(`func ${call.name} doesn't return value`, call.at)
  if (results.length > 2) failCheck(`func ${call.name} returns more then two values`, call.at)
  if (call.args.length > params.length && !isVariadic)
    failCheck(`too many arguments to call ${call.name}`, call.at)
  if (call.args.length < least) failCheck(`not enough arguments to call ${call.name}`, call.at)
  for (const [index, found] of call.types.entries()) {
    const wanted = params[Math.min(index, params.length - 1)] ?? anyType
    checkArgument(call, index, found, wanted)
  }
  return results[0] ?? anyType
}

function checkArgument(call: CheckedCall, index: number, found: GoType, wanted: GoType): void {
  const node = call.args[index] as Node
  const isOlder = call.dialect === "1.15"
  if (isNilType(found)) {
    if (!acceptsNil(wanted) && !isOlder)
      failCheck(`cannot use nil as argument (type ${wanted.name}) to call ${call.name}`, node.at)
    return
  }
  const fits = isAssignable(found, wanted) || (isOlder && isAssignable(olderType(found), wanted))
  if (!fits) {
    failCheck(
      `cannot use ${found.name} as argument (type ${wanted.name}) to call ${call.name} `,
      node.at,
    )
  }
  if (isIntegerType(found) && wanted.name !== found.name)
    call.args[index] = convertLiterals(node, wanted, isOlder)
}

const converted = new Set(["+", "-", "*"])

/** Integer literals below unary signs and `+ - *` as numbers of another kind. */
function convertLiterals(node: Node, type: GoType, wraps: boolean): Node {
  if (node.kind === "int") {
    if (isFloatType(type)) {
      const value = Number(node.value)
      return type.kind === "float64"
        ? { kind: "float", value, at: node.at, type }
        : { kind: "constant", value: new SizedNumber(type, Math.fround(value)), at: node.at, type }
    }
    if (!isIntegerType(type)) return node
    const value = wrapInteger(type.kind, node.value)
    if (value !== node.value && !wraps) {
      throw new Fault(`constant ${node.value} overflows ${type.name}`, node.at, "check")
    }
    return type.kind === "int"
      ? node
      : { kind: "constant", value: new SizedNumber(type, value), at: node.at, type }
  }
  if (!isFloatType(type)) return node
  if (node.kind === "unary" && (node.op === "-" || node.op === "+")) {
    return { ...node, node: convertLiterals(node.node, type, wraps) }
  }
  if (
    node.kind === "binary" &&
    (converted.has(node.op) || (node.op === "/" && isFloatType(type)))
  ) {
    return {
      ...node,
      left: convertLiterals(node.left, type, wraps),
      right: convertLiterals(node.right, type, wraps),
    }
  }
  return node
}
