import type { WorkflowStatus } from "../api/status.js"
import { extrasOf, type NodeRecord } from "./node.js"
import type { Run } from "./run.js"

/** Seconds of each resource. */
export type Resources = { readonly [resource: string]: number }

/** Both together; `undefined` is nothing. */
export function addResources(left: Resources | undefined, right: Resources): Resources
export function addResources(
  left: Resources | undefined,
  right: Resources | undefined,
): Resources | undefined
export function addResources(
  left: Resources | undefined,
  right: Resources | undefined,
): Resources | undefined {
  if (right === undefined) return left
  const sum: { [resource: string]: number } = { ...left }
  for (const [resource, seconds] of Object.entries(right)) {
    sum[resource] = (sum[resource] ?? 0) + seconds
  }
  return sum
}

/** The one without the other. */
export function withoutResources(
  all: Resources | undefined,
  some: Resources | undefined,
): Resources | undefined {
  if (all === undefined || some === undefined) return all
  const taken = (resource: string): number =>
    Object.hasOwn(some, resource) ? (some[resource] ?? 0) : 0
  return Object.fromEntries(
    Object.entries(all).map(([name, seconds]) => [name, seconds - taken(name)]),
  )
}

/** Writes down what a pod took; the workflow has the sum over its pods. */
export function noteResources(run: Run, node: NodeRecord, resources: Resources): void {
  if (extrasOf(node).resources !== undefined) return
  extrasOf(node).resources = resources
  run.resources = addResources(run.resources, resources)
  run.isDirty = true
}

/** The sum over the pods of a stored status: what a retry took away no longer counts. */
export function storedResources(status: WorkflowStatus | undefined): Resources | undefined {
  if (status?.resourcesDuration === undefined) return undefined
  let sum: Resources | undefined
  for (const { type, resourcesDuration } of Object.values(status.nodes ?? {})) {
    if (type === "Pod" && resourcesDuration !== undefined)
      sum = addResources(sum, resourcesDuration)
  }
  return sum
}
