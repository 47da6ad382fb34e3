import type { Node } from "./ast.js"

/** A node with its children replaced; the same node where none changed. */
export function mapChildren(node: Node, map: (child: Node) => Node): Node {
  switch (node.kind) {
    case "unary":
    case "chain":
      return { ...node, node: map(node.node) }
    case "binary":
      return { ...node, left: map(node.left), right: map(node.right) }
    case "member":
      return { ...node, node: map(node.node), property: map(node.property) }
    case "slice":
      return {
        ...node,
        node: map(node.node),
        from: node.from && map(node.from),
        to: node.to && map(node.to),
      }
    case "call":
      return { ...node, callee: map(node.callee), args: node.args.map(map) }
    case "builtin":
      return { ...node, args: node.args.map(map) }
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
      return { ...node, nodes: node.nodes.map(map) }
    case "array":
      return { ...node, items: node.items.map(map) }
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
