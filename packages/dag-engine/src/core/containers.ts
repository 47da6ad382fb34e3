import type { NodePhase } from "../api/status.js"
import type { ContainerNode } from "../api/template.js"
import type { ContainerOutcome, Outcome } from "./actions.js"
import { mark } from "./mark.js"
import { dirty, isFulfilled, type NodeRecord } from "./node.js"
import { countDone, countNew } from "./progress.js"
import { ensureNode, link, type Run, touch } from "./run.js"

/*
 * A containerSet is one pod. Its containers have nodes of their own below the pod's, linked by their dependencies; they
 * follow what the pod's executor reports and decide nothing.
 */

/** Makes the nodes of a pod's containers. */
export function makeContainers(run: Run, pod: NodeRecord): void {
  const containers = containersOf(pod)
  if (containers.length === 0) return
  const byName = new Map<string, NodeRecord>()
  for (const { name = "" } of containers) {
    const suffix = `.${name}`
    const place = { base: pod, suffix, displayName: name, boundaryId: pod.id }
    const node = ensureNode(run, place, "Container", "Pending")
    node.template = pod.template
    if (node.isFresh) {
      node.templateName = pod.templateName
      node.templateScope = pod.templateScope
      node.templateRef = pod.templateRef
      node.isHooked = pod.isHooked
      node.isRetried = pod.isRetried
      countNew(run, node)
    }
    byName.set(name, node)
  }
  for (const { name = "", dependencies = [] } of containers) {
    const node = byName.get(name) as NodeRecord
    if (dependencies.length === 0) link(run, pod, node)
    for (const before of dependencies) {
      const parent = byName.get(before)
      if (parent !== undefined) link(run, parent, node)
    }
  }
  pod.body = { kind: "containers", nodes: [...byName.values()] }
}

function containersOf(pod: NodeRecord): readonly ContainerNode[] {
  return pod.template?.source.containerSet?.containers ?? []
}

function nodesOf(pod: NodeRecord): readonly NodeRecord[] {
  return pod.body?.kind === "containers" ? pod.body.nodes : []
}

/** The pod runs: so do its containers, each waiting inside for those before it. */
export function startContainers(run: Run, pod: NodeRecord): void {
  for (const node of nodesOf(pod)) if (node.phase === "Pending") mark(run, node, "Running", "")
}

/** The pod has ended: every container ends as reported, else as the pod did. */
export function finishContainers(run: Run, pod: NodeRecord, outcome: Outcome): void {
  for (const node of nodesOf(pod)) {
    if (isFulfilled(node)) continue
    const reported = outcome.containers?.[node.displayName]
    const { phase, message = "", exitCode } = reported ?? silentOutcome(outcome)
    if (exitCode !== undefined) {
      node.outputs = { exitCode }
      touch(run, node, dirty.outputs)
    }
    end(run, node, phase, message)
  }
}

/** The pod is ended before its time, and its containers with it. */
export function failContainers(run: Run, pod: NodeRecord, message: string): void {
  for (const node of nodesOf(pod)) if (!isFulfilled(node)) end(run, node, "Failed", message)
}

/** Nobody waits for a container's node: it is counted here, and tells no one. */
function end(run: Run, node: NodeRecord, phase: NodePhase, message: string): void {
  mark(run, node, phase, message)
  node.isSettled = true
  countDone(run, node)
}

function silentOutcome(outcome: Outcome): ContainerOutcome {
  return outcome.phase === "Succeeded"
    ? { phase: "Succeeded" }
    : { phase: "Failed", message: "Pod Failed whilst container running" }
}
