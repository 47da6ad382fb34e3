import type { NodeStatus } from "../api/status.js"
import type { Workflow } from "../api/workflow.js"
import { familyOf } from "./family.js"

/** The workflow with the nodes that are wanted, and those around them; edges to others are left out. For those who only look. */
export function narrowNodes(workflow: Workflow, isWanted: (node: NodeStatus) => boolean): Workflow {
  const { status } = workflow
  if (status?.nodes === undefined) return workflow
  const all = new Map(Object.entries(status.nodes))
  const family = familyOf(all)
  const kept = new Set<string>()
  for (const node of all.values()) {
    if (!isWanted(node)) continue
    kept.add(node.id)
    for (const { id } of family.enclosing(node)) kept.add(id)
  }
  const nodes = Object.create(null) as { [id: string]: NodeStatus }
  const known = (ids: readonly string[]): readonly string[] => ids.filter((id) => kept.has(id))
  for (const [id, node] of all) {
    if (!kept.has(id)) continue
    const { children, outboundNodes } = node
    nodes[id] = {
      ...node,
      ...(children === undefined ? {} : { children: known(children) }),
      ...(outboundNodes === undefined ? {} : { outboundNodes: known(outboundNodes) }),
    }
  }
  return { ...workflow, status: { ...status, nodes } }
}
