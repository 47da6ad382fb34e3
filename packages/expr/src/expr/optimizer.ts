import { anySlice, boolType, intType } from "../values/types.js"
import type { ArrayNode, BinaryNode, BuiltinNode, Node } from "./ast.js"
import type { Dialect } from "./dialect.js"
import { fold } from "./fold.js"
import { mapChildren, sameTree } from "./rewrite.js"

/**
 * The rewrites of upstream's optimiser that change results (spec/languages §1.11). Works on a checked tree and gives a
 * new one.
 */
export function optimize(root: Node, dialect: Dialect): Node {
  return fold(shorten(fold(membership(root)), dialect))
}

/** `x in ["a", "b"]` as the look-up in a set; `x in 1..9` as two comparisons. */
function membership(node: Node): Node {
  const inner = mapChildren(node, membership)
  if (inner.kind !== "binary" || inner.op !== "in") return inner
  const { right } = inner
  if (right.kind === "array" && right.items.length > 0) return inArray(inner, right)
  if (right.kind === "binary" && right.op === "..") return inRange(inner, right)
  return inner
}

function inArray(node: BinaryNode, right: ArrayNode): Node {
  if (right.items.every((item) => item.kind === "string")) {
    const set = new Set(right.items.map((item) => (item.kind === "string" ? item.value : "")))
    return { ...node, right: { kind: "constant", value: null, set, at: right.at, type: anySlice } }
  }
  if (node.left.type?.name === "int" && right.items.every((item) => item.kind === "int")) {
    const set = new Set(right.items.map((item) => (item.kind === "int" ? item.value : 0n)))
    return { ...node, right: { kind: "constant", value: null, set, at: right.at, type: anySlice } }
  }
  return node
}

function inRange(node: BinaryNode, range: BinaryNode): Node {
  if (node.left.type?.name !== "int" || range.left.kind !== "int" || range.right.kind !== "int")
    return node
  const { at, left } = node
  return {
    kind: "binary",
    op: "and",
    at,
    type: boolType,
    left: { kind: "binary", op: ">=", left, right: range.left, at, type: boolType },
    right: { kind: "binary", op: "<=", left, right: range.right, at, type: boolType },
  }
}

/** Fused and shortened collection functions. */
function shorten(node: Node, dialect: Dialect): Node {
  const inner = mapChildren(node, (child) => shorten(child, dialect))
  switch (inner.kind) {
    case "builtin":
      // 1.15 knows no short form of a sum.
      return dialect === "1.15" && inner.name === "sum" ? inner : shortenBuiltin(inner)
    case "member":
      return firstOfFilter(inner)
    case "binary":
      return shortenBinary(inner)
    default:
      return inner
  }
}

function filterOf(node: Node | undefined): BuiltinNode | undefined {
  return node?.kind === "builtin" && node.name === "filter" && node.throws !== true
    ? node
    : undefined
}

function shortenBuiltin(node: BuiltinNode): Node {
  const [first] = node.args
  const filter = filterOf(first)
  switch (node.name) {
    case "len":
      return filter === undefined ? node : { ...filter, name: "count", type: intType }
    case "first":
      return filter === undefined
        ? node
        : { ...filter, name: "find", ...(node.type && { type: node.type }) }
    case "last":
      return filter === undefined
        ? node
        : { ...filter, name: "findLast", ...(node.type && { type: node.type }) }
    case "filter":
      return filter === undefined ? node : mergedFilters(node, filter)
    case "sum":
      return shortenSum(node)
    case "reduce":
      return shortenReduce(node)
    default:
      return node
  }
}

function mergedFilters(outer: BuiltinNode, inner: BuiltinNode): Node {
  const [items, first] = inner.args
  const second = outer.args[1]
  if (items === undefined || first === undefined || second === undefined) return outer
  const test: Node = {
    kind: "binary",
    op: "&&",
    left: first,
    right: second,
    at: outer.at,
    type: boolType,
  }
  return { ...outer, args: [items, test] }
}

function firstOfFilter(node: Extract<Node, { kind: "member" }>): Node {
  const filter = filterOf(node.node)
  const { property } = node
  if (filter === undefined || property.kind !== "int" || node.optional) return node
  if (property.value === 0n)
    return { ...filter, name: "find", throws: true, ...(node.type && { type: node.type }) }
  if (property.value === -1n)
    return { ...filter, name: "findLast", throws: true, ...(node.type && { type: node.type }) }
  return node
}

function literalRange(node: Node | undefined): readonly [bigint, bigint] | undefined {
  if (
    node?.kind !== "binary" ||
    node.op !== ".." ||
    node.left.kind !== "int" ||
    node.right.kind !== "int"
  )
    return undefined
  return node.left.value <= node.right.value ? [node.left.value, node.right.value] : undefined
}

function total([from, to]: readonly [bigint, bigint]): bigint {
  return BigInt.asIntN(64, ((from + to) * (to - from + 1n)) / 2n)
}

function shortenSum(node: BuiltinNode): Node {
  const [items, predicate] = node.args
  if (items?.kind === "array" && items.items.length >= 2 && predicate === undefined)
    return nested(items, node.at)
  const range = literalRange(items)
  if (range === undefined) return node
  if (predicate === undefined)
    return { kind: "int", value: total(range), at: node.at, type: intType }
  if (predicate.kind === "pointer" && predicate.name === "") {
    return { kind: "int", value: total(range), at: node.at, type: intType }
  }
  return node
}

/** `a + (b + c)`: upstream sums an array of expressions from the right. */
function nested(array: ArrayNode, at: number): Node {
  const reversed = array.items.toReversed()
  let sum = reversed[0] as Node
  for (const item of reversed.slice(1))
    sum = { kind: "binary", op: "+", left: item, right: sum, at }
  return sum
}

function shortenReduce(node: BuiltinNode): Node {
  const [items, predicate, initial] = node.args
  const range = literalRange(items)
  const isSum =
    predicate?.kind === "binary" &&
    predicate.op === "+" &&
    predicate.left.kind === "pointer" &&
    predicate.right.kind === "pointer" &&
    [predicate.left.name, predicate.right.name].toSorted().join() === ",acc"
  if (range === undefined || !isSum || (initial !== undefined && initial.kind !== "int"))
    return node
  const start = initial?.kind === "int" ? initial.value : 0n
  return { kind: "int", value: BigInt.asIntN(64, total(range) + start), at: node.at, type: intType }
}

const combinable: ReadonlyMap<string, readonly [outer: string, inner: string]> = new Map([
  ["all", ["and", "and"]],
  ["any", ["or", "or"]],
  ["none", ["and", "or"]],
])

function shortenBinary(node: BinaryNode): Node {
  const counted = countThreshold(node)
  if (counted !== undefined) return counted
  const op = node.op === "&&" ? "and" : node.op === "||" ? "or" : node.op
  const { left, right } = node
  if (left.kind !== "builtin" || right.kind !== "builtin" || left.name !== right.name) return node
  const rule = combinable.get(left.name)
  const [items, first] = left.args
  const [others, second] = right.args
  if (rule === undefined || rule[0] !== op || items === undefined || others === undefined)
    return node
  if (first === undefined || second === undefined || !sameTree(items, others)) return node
  const test: Node = {
    kind: "binary",
    op: rule[1],
    left: first,
    right: second,
    at: node.at,
    type: boolType,
  }
  return { ...left, args: [items, test] }
}

/** A comparison of a count with a literal stops counting once the answer is known. */
function countThreshold(node: BinaryNode): Node | undefined {
  const { left, right, op } = node
  if (
    left.kind !== "builtin" ||
    left.name !== "count" ||
    left.args.length !== 2 ||
    right.kind !== "int"
  )
    return undefined
  const limit = Number(right.value)
  const threshold =
    op === ">" || op === "<=" ? limit + 1 : op === ">=" || op === "<" ? limit : undefined
  if (threshold === undefined || threshold < 1) return undefined
  return { ...node, left: { ...left, threshold } }
}
