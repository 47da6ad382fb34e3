import type { WorkflowStatus } from "../api/status.js"
import { extrasOf, type NodeRecord } from "./node.js"
import type { Run } from "./run.js"

/** Seconds of each resource. */
type Resources = { readonly [resource: string]: number }

function plus(left: Resources | undefined, right: Resources): Resources {
  const sum: { [resource: string]: number } = { ...left }
  for (const [resource, seconds] of Object.entries(right)) {
    sum[resource] = (sum[resource] ?? 0) + seconds
  }
  return sum
}

/** Writes down what a pod took; the workflow has the sum over its pods. */
export function noteResources(run: Run, node: NodeRecord, resources: Resources): void {
  if (extrasOf(node).resources !== undefined) return
  extrasOf(node).resources = resources
  run.resources = plus(run.resources, resources)
  run.isDirty = true
}

/** The sum over the pods of a stored status: what a retry took away no longer counts. */
export function storedResources(status: WorkflowStatus | undefined): Resources | undefined {
  if (status?.resourcesDuration === undefined) return undefined
  let sum: Resources | undefined
  for (const { type, resourcesDuration } of Object.values(status.nodes ?? {})) {
    if (type === "Pod" && resourcesDuration !== undefined) sum = plus(sum, resourcesDuration)
  }
  return sum
}
