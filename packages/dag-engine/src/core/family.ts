import type { NodeStatus } from "../api/status.js"

/** The nodes of a status by id. */
export type Nodes = ReadonlyMap<string, NodeStatus>

/** Who encloses whom, read from names and boundaries: edges tell the order only. */
export interface Family {
  /** Groups, Retry nodes and bodies around a node, from the inside. */
  enclosing(node: NodeStatus): readonly NodeStatus[]
  /** What runs inside a body, or below a Retry or group node. */
  inside(id: string): readonly string[]
  /** The Retry node of an attempt. */
  retryOf(node: NodeStatus): NodeStatus | undefined
}

/** Reads the nesting of a status. */
export function familyOf(nodes: Nodes): Family {
  const byName = new Map<string, NodeStatus>()
  for (const node of nodes.values()) byName.set(node.name, node)
  const around = (node: NodeStatus): NodeStatus | undefined => {
    const open = node.name.endsWith(")") ? node.name.lastIndexOf("(") : -1
    // Items and attempts stand below the node whose name is theirs without the index.
    const owner = open < 0 ? undefined : byName.get(node.name.slice(0, open))
    if (owner?.type === "Retry" || owner?.type === "TaskGroup") return owner
    const boundary = nodes.get(node.boundaryID ?? "")
    if (boundary?.type === "Steps" && node.type !== "StepGroup") {
      const group = /^\[\d+\]/.exec(node.name.slice(boundary.name.length))?.[0]
      const found = group === undefined ? undefined : byName.get(boundary.name + group)
      if (found !== undefined && found !== node) return found
    }
    return boundary
  }
  const below = new Map<string, string[]>()
  for (const node of nodes.values()) {
    const parent = around(node)
    if (parent === undefined) continue
    const list = below.get(parent.id) ?? []
    below.set(parent.id, list)
    list.push(node.id)
  }
  return {
    enclosing(node) {
      const found: NodeStatus[] = []
      for (
        let next = around(node);
        next !== undefined && found.length < nodes.size;
        next = around(next)
      ) {
        found.push(next)
      }
      return found
    },
    inside: (id) => below.get(id) ?? [],
    retryOf(node) {
      const owner = byName.get(node.name.replace(/\(\d+\)$/, ""))
      return owner?.type === "Retry" ? owner : undefined
    },
  }
}
