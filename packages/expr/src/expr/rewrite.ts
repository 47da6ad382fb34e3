import type { Node } from "./ast.js"

type Rewrite = (child: Node) => Node

/** A list with its nodes replaced; the same list where none changed. */
function mapped(nodes: readonly Node[], map: Rewrite): readonly Node[] {
  let copy: Node[] | undefined
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index] as Node
    const next = map(node)
    if (next === node) continue
    copy ??= [...nodes]
    copy[index] = next
  }
  return copy ?? nodes
}

/** A node with its children replaced; the same node where none changed. */
export function mapChildren(node: Node, map: Rewrite): Node {
  switch (node.kind) {
    case "unary":
    case "chain": {
      const inner = map(node.node)
      return inner === node.node ? node : { ...node, node: inner }
    }
    case "binary": {
      const [left, right] = [map(node.left), map(node.right)]
      return left === node.left && right === node.right ? node : { ...node, left, right }
    }
    case "member": {
      const [inner, property] = [map(node.node), map(node.property)]
      const isSame = inner === node.node && property === node.property
      return isSame ? node : { ...node, node: inner, property }
    }
    case "call": {
      const [callee, args] = [map(node.callee), mapped(node.args, map)]
      return callee === node.callee && args === node.args ? node : { ...node, callee, args }
    }
    case "builtin": {
      const args = mapped(node.args, map)
      return args === node.args ? node : { ...node, args }
    }
    case "array": {
      const items = mapped(node.items, map)
      return items === node.items ? node : { ...node, items }
    }
    default:
      return mapRareChildren(node, map)
  }
}

/** Kinds that are rare enough to be copied every time. */
function mapRareChildren(node: Node, map: Rewrite): Node {
  switch (node.kind) {
    case "slice":
      return {
        ...node,
        node: map(node.node),
        from: node.from && map(node.from),
        to: node.to && map(node.to),
      }
    case "let":
      return { ...node, value: map(node.value), body: map(node.body) }
    case "conditional":
      return {
        ...node,
        condition: map(node.condition),
        then: map(node.then),
        otherwise: map(node.otherwise),
      }
    case "sequence":
      return { ...node, nodes: mapped(node.nodes, map) }
    case "map":
      return {
        ...node,
        pairs: node.pairs.map(({ key, value }) => ({ key: map(key), value: map(value) })),
      }
    default:
      return node
  }
}

const ignored = new Set(["at", "type"])

/** True where two trees were written the same way. */
export function sameTree(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null)
    return false
  const a = left as { readonly [key: string]: unknown }
  const b = right as { readonly [key: string]: unknown }
  const keys = Object.keys(a).filter((key) => !ignored.has(key))
  if (keys.length !== Object.keys(b).filter((key) => !ignored.has(key)).length) return false
  return keys.every((key) => sameTree(a[key], b[key]))
}
