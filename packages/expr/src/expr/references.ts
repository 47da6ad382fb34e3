import type { Reference } from "../issue.js"
import type { Node } from "./ast.js"

interface Walk {
  readonly found: Reference[]
  readonly functions: Set<string>
}

/** What a tree reads from its environment, in source order, and the names it calls. */
export function referencesOf(root: Node): {
  references: readonly Reference[]
  functions: ReadonlySet<string>
} {
  const walk: Walk = { found: [], functions: new Set() }
  visit(root, walk, new Set(), false)
  return {
    references: walk.found.toSorted((a, b) => a.offset - b.offset),
    functions: walk.functions,
  }
}

function visit(node: Node, walk: Walk, bound: ReadonlySet<string>, guarded: boolean): void {
  const path = pathOf(node)
  if (path !== undefined) {
    const [root = ""] = path.names
    if (!bound.has(root)) {
      const { names, dynamic, optional, offset, end } = path
      walk.found.push({
        path: names,
        dynamic,
        guarded: guarded || optional,
        offset,
        length: end - offset,
      })
    }
    for (const key of path.keys) visit(key, walk, bound, false)
    return
  }
  switch (node.kind) {
    case "binary":
      visit(node.left, walk, bound, node.op === "??" ? true : guarded)
      return visit(node.right, walk, bound, guarded)
    case "let":
      visit(node.value, walk, bound, false)
      return visit(node.body, walk, new Set(bound).add(node.name), guarded)
    case "call":
      if (node.callee.kind === "ident") walk.functions.add(node.callee.name)
      else visit(node.callee, walk, bound, guarded)
      for (const arg of node.args) visit(arg, walk, bound, false)
      return
    default:
      for (const child of childrenOf(node))
        visit(child, walk, bound, node.kind === "chain" && guarded)
  }
}

/** The nodes directly below a node. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "unary":
    case "chain":
      return [node.node]
    case "binary":
      return [node.left, node.right]
    case "member":
      return [node.node, node.property]
    case "slice":
      return [node.node, node.from, node.to].filter((child) => child !== undefined)
    case "call":
      return [node.callee, ...node.args]
    case "builtin":
      return node.args
    case "let":
      return [node.value, node.body]
    case "conditional":
      return node.style === "elvis"
        ? [node.condition, node.otherwise]
        : [node.condition, node.then, node.otherwise]
    case "sequence":
      return node.nodes
    case "array":
      return node.items
    case "map":
      return node.pairs.flatMap(({ key, value }) => [key, value])
    default:
      return []
  }
}

interface Path {
  readonly names: readonly string[]
  readonly dynamic: boolean
  readonly optional: boolean
  readonly offset: number
  readonly end: number
  /** Computed keys on the way, which read the environment themselves. */
  readonly keys: readonly Node[]
}

function pathOf(node: Node): Path | undefined {
  if (node.kind === "chain") return pathOf(node.node)
  if (node.kind === "ident") {
    const names = node.name === "$env" ? [] : [node.name]
    return {
      names,
      dynamic: false,
      optional: false,
      offset: node.at,
      end: node.at + node.name.length,
      keys: [],
    }
  }
  if (node.kind !== "member") return undefined
  const base = pathOf(node.node)
  if (base === undefined) return undefined
  const { property } = node
  const optional = base.optional || node.optional
  if (property.kind === "string" && !base.dynamic) {
    return {
      ...base,
      optional,
      names: [...base.names, property.value],
      end: property.at + property.value.length,
    }
  }
  return {
    ...base,
    optional,
    dynamic: true,
    keys: property.kind === "string" ? base.keys : [...base.keys, property],
  }
}
