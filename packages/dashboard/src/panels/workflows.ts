import {
  compareText,
  type JsonValue,
  type KubernetesObject,
  listAt,
  objectAt,
  textAt,
  valueAt,
} from "@argo-ts/kernel"
import { lineOf } from "../line.js"
import type { NodeLine, WorkflowLine } from "../model.js"
import { toneOf } from "../tone.js"

function nodeLine(node: JsonValue, id: string, depth: number): NodeLine {
  const state = textAt(node, "phase")
  return {
    id,
    name: textAt(node, "displayName"),
    type: textAt(node, "type"),
    tone: toneOf(state),
    state,
    message: textAt(node, "message"),
    depth,
  }
}

/** The nodes in tree order, without recursion; a node with several parents is shown once, under the first. */
function treeOf(object: KubernetesObject): readonly NodeLine[] {
  const nodes = objectAt(object, "status", "nodes")
  const ids = Object.keys(nodes)
  const children = new Set(ids.flatMap((id) => listAt(nodes[id], "children").map(String)))
  const byStart = (left: string, right: string): number =>
    compareText(textAt(nodes[left], "startedAt"), textAt(nodes[right], "startedAt")) ||
    compareText(textAt(nodes[left], "name"), textAt(nodes[right], "name"))
  const lines: NodeLine[] = []
  const seen = new Set<string>()
  const stack = ids
    .filter((id) => !children.has(id))
    .toSorted(byStart)
    .toReversed()
    .map((id) => ({ id, depth: 0 }))
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { id, depth } = next
    const node = valueAt(nodes, id)
    if (seen.has(id) || node === undefined) continue
    seen.add(id)
    lines.push(nodeLine(node, id, depth))
    const below = listAt(node, "children").map(String).toSorted(byStart).toReversed()
    for (const child of below) stack.push({ id: child, depth: depth + 1 })
  }
  return lines
}

/** What a screen shows of a Workflow. */
export function workflowLine(object: KubernetesObject): WorkflowLine {
  return {
    ...lineOf(object, textAt(object, "status", "phase"), textAt(object, "status", "message")),
    startedAt: textAt(object, "status", "startedAt"),
    finishedAt: textAt(object, "status", "finishedAt"),
    progress: textAt(object, "status", "progress"),
    nodes: treeOf(object),
  }
}
