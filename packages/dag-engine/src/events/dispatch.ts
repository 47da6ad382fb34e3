import { type Cluster, isClusterError } from "@argo-ts/k8s"
import { compareText, type EpochMs, formatIssue, thrownText } from "@argo-ts/kernel"
import { workflowEventBindings, workflows } from "../api/kinds.js"
import { parseWorkflowEventBinding } from "../api/parse.js"
import type { Workflow } from "../api/workflow.js"
import { type BoundEventData, bindEvent } from "./bind.js"

/** Where bindings stand and workflows are made. */
export type EventCluster = Pick<Cluster, "list" | "create">

/** What became of an event. */
export interface DispatchResult {
  readonly submitted: readonly Workflow[]
  /** What went wrong, for each binding one sentence; the others have submitted theirs. */
  readonly faults: readonly string[]
}

/**
 * Submits the workflow of every WorkflowEventBinding in the event's namespace that selects it; in all namespaces where it
 * names none. The same event at the same instant makes the same workflow, once. Rejects where the bindings cannot be listed.
 */
export async function dispatchEvent(
  cluster: EventCluster,
  event: BoundEventData,
  now: EpochMs,
): Promise<DispatchResult> {
  const namespace = event.namespace === "" ? {} : { namespace: event.namespace }
  const { items } = await cluster.list(workflowEventBindings, namespace)
  const submitted: Workflow[] = []
  const faults: string[] = []
  const inOrder = items.toSorted(
    (left, right) =>
      compareText(left.metadata.namespace ?? "", right.metadata.namespace ?? "") ||
      compareText(left.metadata.name, right.metadata.name),
  )
  for (const binding of inOrder) {
    const at = binding.metadata.namespace ?? "default"
    const outcome = await submit(cluster, binding, { ...event, namespace: at }, now)
    if (typeof outcome !== "string") submitted.push(...outcome)
    else faults.push(`WorkflowEventBinding ${at}/${binding.metadata.name}: ${outcome}`)
  }
  return { submitted, faults }
}

/** The workflow of one binding, if it selects the event; or why there is none. */
async function submit(
  cluster: EventCluster,
  object: unknown,
  event: BoundEventData,
  now: EpochMs,
): Promise<readonly Workflow[] | string> {
  const binding = parseWorkflowEventBinding(object)
  if (!binding.ok) return binding.issues.map(formatIssue).join("; ")
  const bound = bindEvent(binding.value, event, now)
  if (!bound.ok) return bound.issues.map(formatIssue).join("; ")
  if (bound.value === undefined) return []
  try {
    return [await cluster.create(workflows, bound.value)]
  } catch (error) {
    // The same event at the same instant is one workflow: its name says so.
    if (isClusterError(error, "AlreadyExists")) return []
    return thrownText(error)
  }
}
