import { Fault } from "../issue.js"
import { anySlice, boolType, float64Type, intType, stringType } from "../values/types.js"
import type { Value } from "../values/value.js"
import type { BinaryNode, Node } from "./ast.js"
import { goPow } from "./operators.js"
import { mapChildren } from "./rewrite.js"

/** Computes what consists of literals only. Throws a `Fault` for a division by a literal zero. */
export function fold(node: Node): Node {
  const inner = mapChildren(node, fold)
  switch (inner.kind) {
    case "unary":
      return foldUnary(inner)
    case "binary":
      return foldBinary(inner)
    case "array":
      return foldArray(inner)
    default:
      return inner
  }
}

function foldUnary(node: Extract<Node, { kind: "unary" }>): Node {
  const { node: operand, op, at } = node
  if (op === "-" && operand.kind === "int")
    return { kind: "int", value: BigInt.asIntN(64, -operand.value), at, type: intType }
  if (op === "-" && operand.kind === "float")
    return { kind: "float", value: -operand.value, at, type: float64Type }
  if (op === "+" && (operand.kind === "int" || operand.kind === "float")) return operand
  if ((op === "!" || op === "not") && operand.kind === "bool")
    return { kind: "bool", value: !operand.value, at, type: boolType }
  return node
}

function foldArray(node: Extract<Node, { kind: "array" }>): Node {
  if (node.items.length === 0) return node
  const [first] = node.items
  const isLiteral = first?.kind === "int" || first?.kind === "float" || first?.kind === "string"
  if (!isLiteral || !node.items.every((item) => item.kind === first.kind)) return node
  const value: Value = node.items.map((item) => (item as { readonly value: Value }).value)
  return { kind: "constant", value, at: node.at, type: node.type ?? anySlice }
}

function foldBinary(node: BinaryNode): Node {
  const { left, right, op, at } = node
  if (op === "and" || op === "&&" || op === "or" || op === "||") return foldLogic(node)
  if (left.kind === "string" && right.kind === "string") {
    if (op === "+") return { kind: "string", value: left.value + right.value, at, type: stringType }
    if (op === "==") return { kind: "bool", value: left.value === right.value, at, type: boolType }
    return node
  }
  if (left.kind === "bool" && right.kind === "bool" && op === "==") {
    return { kind: "bool", value: left.value === right.value, at, type: boolType }
  }
  const isNumbers =
    (left.kind === "int" || left.kind === "float") &&
    (right.kind === "int" || right.kind === "float")
  if (!isNumbers) return node
  if (left.kind === "int" && right.kind === "int")
    return foldIntegers(node, left.value, right.value)
  return foldFloats(node, Number(left.value), Number(right.value))
}

function foldIntegers(node: BinaryNode, left: bigint, right: bigint): Node {
  const { at } = node
  const int = (value: bigint): Node => ({
    kind: "int",
    value: BigInt.asIntN(64, value),
    at,
    type: intType,
  })
  switch (node.op) {
    case "+":
      return int(left + right)
    case "-":
      return int(left - right)
    case "*":
      return int(left * right)
    case "%":
      if (right === 0n) throw new Fault("integer divide by zero", at, "check")
      return int(left % right)
    case "==":
      return { kind: "bool", value: left === right, at, type: boolType }
    default:
      return foldFloats(node, Number(left), Number(right))
  }
}

function foldFloats(node: BinaryNode, left: number, right: number): Node {
  const { at, op } = node
  const float = (value: number): Node => ({ kind: "float", value, at, type: float64Type })
  switch (op) {
    case "+":
      return float(left + right)
    case "-":
      return float(left - right)
    case "*":
      return float(left * right)
    case "/":
      return float(left / right)
    case "**":
    case "^":
      return float(goPow(left, right))
    default:
      return node
  }
}

function foldLogic(node: BinaryNode): Node {
  const { left, right } = node
  const isAnd = node.op === "and" || node.op === "&&"
  const neutral = isAnd
  if (left.kind === "bool") return left.value === neutral ? right : left
  if (right.kind === "bool") return right.value === neutral ? left : right
  return node
}
