import type { Node } from "./ast.js"

/** True for a filter whose outputs hold no part of its input, whatever that is: it reads variables and literals alone. */
export function isFree(node: Node): boolean {
  switch (node.kind) {
    case "literal":
    case "variable":
    case "text":
      return true
    case "index":
      return isFree(node.target) && isFree(node.key)
    case "slice":
      return isFree(node.target)
    case "array":
      return node.body === undefined || isFree(node.body)
    case "object":
      return node.entries.every(({ value }) => isFree(value))
    case "negate":
      return true
    case "pipe":
      return isFree(node.left)
    case "comma":
    case "binary":
    case "choice":
      return isFree(node.left) && isFree(node.right)
    default:
      return false
  }
}
