import { compareUtf8 } from "../go/text.js"
import { mapValue, type Value } from "../values/value.js"

/** Values by dotted name, as Workflows collects them; `null` is an absent optional output. */
export type TagScope = { readonly [name: string]: Value }

type Tree = Map<string, Tree | { readonly leaf: Value }>

/**
 * A flat scope as the nested maps that expressions see. Where both `a` and `a.b` exist, `a` is dropped: upstream's
 * outcome depends on the order of a map (spec/languages §1.13).
 */
export function nestedScope(scope: TagScope): { readonly [name: string]: Value } {
  const root: Tree = new Map()
  for (const name of Object.keys(scope).toSorted(compareUtf8))
    insert(root, name.split("."), scope[name] ?? null)
  return toValue(root)
}

function insert(root: Tree, path: readonly string[], leaf: Value): void {
  let tree = root
  for (const [index, key] of path.entries()) {
    const found = tree.get(key)
    if (index === path.length - 1) {
      if (!(found instanceof Map)) tree.set(key, { leaf })
      return
    }
    if (found instanceof Map) tree = found
    else {
      const next: Tree = new Map()
      tree.set(key, next)
      tree = next
    }
  }
}

function toValue(tree: Tree): { readonly [name: string]: Value } {
  return mapValue(
    [...tree].map(([key, node]) => [key, node instanceof Map ? toValue(node) : node.leaf] as const),
  )
}
