import type { Node } from "./ast.js"

/** A function by its name and number of parameters. */
export interface CallOf {
  readonly name: string
  readonly size: number
}

function isCall(node: Node, { name, size }: CallOf): boolean {
  return node.kind === "call" && node.name === name && node.args.length === size
}

/** True where a filter calls a function anywhere. */
export function isRecursion(node: Node, call: CallOf): boolean {
  if (isCall(node, call)) return true
  return partsOf(node).some((part) => part !== undefined && isRecursion(part, call))
}

/** True where a filter calls a function last: such calls need no room and are made in a loop. */
export function endsWith(node: Node, call: CallOf): boolean {
  switch (node.kind) {
    case "call":
      return isCall(node, call)
    case "pipe":
    case "comma":
    case "choice":
      return endsWith(node.right, call)
    case "if":
      return (
        endsWith(node.then, call) ||
        (node.otherwise !== undefined && endsWith(node.otherwise, call))
      )
    case "bind":
    case "define":
      return endsWith(node.body, call)
    default:
      return false
  }
}

function partsOf(node: Node): readonly (Node | undefined)[] {
  switch (node.kind) {
    case "text":
      return node.parts.filter((part) => typeof part !== "string")
    case "index":
      return [node.target, node.key]
    case "slice":
      return [node.target, node.from, node.to]
    case "iterate":
      return [node.target]
    case "array":
    case "label":
      return [node.body]
    case "object":
      return node.entries.flatMap(({ key, value }) => [key, value])
    case "negate":
      return [node.operand]
    case "pipe":
    case "comma":
    case "binary":
    case "choice":
    case "assign":
      return [node.left, node.right]
    case "call":
      return node.args
    case "if":
      return [node.condition, node.then, node.otherwise]
    case "try":
      return [node.body, node.handler]
    case "bind":
      return [node.source, node.body]
    case "reduce":
      return [node.source, node.start, node.update]
    case "foreach":
      return [node.source, node.start, node.update, node.extract]
    case "define":
      return [node.definition.body, node.body]
    default:
      return []
  }
}
