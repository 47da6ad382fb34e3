import type { ASTNode, Environment } from "@marcbachmann/cel-js"

/** The name under which the library has its own `matches`: the built-in one backtracks. */
export const linearMatches = "matchesLinearly"

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value
}

/** Every node below and including one, without recursion: sources may nest deeply. */
function nodesOf(root: ASTNode): ASTNode[] {
  const found: ASTNode[] = []
  const open: unknown[] = [root]
  while (open.length > 0) {
    const next = open.pop()
    if (Array.isArray(next)) open.push(...(next as readonly unknown[]))
    else if (isNode(next)) {
      found.push(next)
      open.push(next.args)
    }
  }
  return found
}

/**
 * The source with every call of `matches` replaced by one of {@link linearMatches}. Replaced in the tree, not in the
 * text: a rule may well contain the word in a literal.
 */
export function withLinearMatches(environment: Environment, source: string): string {
  if (!source.includes("matches")) return source
  const places: number[] = []
  for (const node of nodesOf(environment.parse(source).ast)) {
    if (node.op === "rcall" && node.args[0] === "matches") {
      places.push(source.indexOf("matches", node.args[1].range.end))
    }
  }
  let text = source
  for (const place of places.toSorted((left, right) => right - left)) {
    text = text.slice(0, place) + linearMatches + text.slice(place + "matches".length)
  }
  return text
}
