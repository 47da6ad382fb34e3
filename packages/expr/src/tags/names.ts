import type { Node } from "../expr/ast.js"
import { childrenOf } from "../expr/references.js"

/**
 * The names that Workflows demands of an expression's environment: every identifier and every dotted path with its
 * prefixes. Exempt are paths to the left of `??` and the base directly under `?.`; identifiers never are
 * (spec/languages §3.2).
 */
export function demandedNames(root: Node): readonly string[] {
  const names = new Set<string>()
  const exempt = new Set<string>()
  visit(root, names, exempt)
  return [...names].filter((name) => !exempt.has(name))
}

function visit(node: Node, names: Set<string>, exempt: Set<string>): void {
  if (node.kind === "ident") names.add(node.name)
  if (node.kind === "let") names.add(node.name)
  if (node.kind === "binary" && node.op === "??") exemptPaths(node.left, exempt)
  if (node.kind === "member") {
    const path = pathOf(node)
    if (path !== undefined && node.optional) {
      exempt.add(path)
      const base = pathOf(node.node)
      if (base?.includes(".") === true) exempt.add(base)
    } else if (path !== undefined) names.add(path)
  }
  for (const child of childrenOf(node)) visit(child, names, exempt)
}

function exemptPaths(node: Node, exempt: Set<string>): void {
  const path = pathOf(node)
  if (path?.includes(".") === true) exempt.add(path)
  for (const child of childrenOf(node)) exemptPaths(child, exempt)
}

function pathOf(node: Node): string | undefined {
  if (node.kind === "ident") return node.name
  if (node.kind === "chain") return pathOf(node.node)
  if (node.kind !== "member" || node.property.kind !== "string" || !node.dotted) return undefined
  const base = pathOf(node.node)
  return base === undefined ? undefined : `${base}.${node.property.value}`
}
