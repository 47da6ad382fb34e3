import type { ReconcileContext } from "@argo-ts/k8s"
import {
  type EpochMs,
  epochMs,
  isJsonObject,
  type JsonObject,
  type LabelSelector,
  matchesLabels,
  parseDuration,
  type Stored,
} from "@argo-ts/kernel"
import { workflows } from "../../api/kinds.js"
import type { Workflow } from "../../api/workflow.js"
import { readInstant } from "../../core/instants.js"
import { type PodObject, podLabels, pods } from "./kinds.js"

const delayDefaultMs = 5000

/** Milliseconds between the end and the deletion (`podGC.deleteDelayDuration`). */
export function deletionDelay(podGC: JsonObject): number {
  const delay = parseDuration(String(podGC["deleteDelayDuration"] ?? ""))
  return delay.ok ? delay.value : delayDefaultMs
}

/** True where `podGC.labelSelector` concerns a pod. */
export function isSelected(podGC: JsonObject, { metadata }: Pick<PodObject, "metadata">): boolean {
  const { labelSelector } = podGC
  if (!isJsonObject(labelSelector)) return true
  return matchesLabels(labelSelector as LabelSelector, metadata.labels ?? {})
}

/** When a workflow ended whose pods have been deleted: they are not looked for again, whoever looks at it next. */
export const collectedAnnotation = "dag-engine.argo-ts.dev/pods-deleted"

/** Deletes the pods of a workflow that has ended, once, where `podGC` says that they go with it. */
export async function collectPods(
  object: Stored<Workflow>,
  { cluster, clock }: ReconcileContext,
): Promise<{ readonly wakeAt?: EpochMs }> {
  const { status, spec, metadata } = object
  const podGC = status?.storedWorkflowTemplateSpec?.podGC ?? spec.podGC ?? {}
  const isSuccess = podGC["strategy"] === "OnWorkflowSuccess" && status?.phase === "Succeeded"
  if (podGC["strategy"] !== "OnWorkflowCompletion" && !isSuccess) return {}
  // A workflow that was retried has ended at another time.
  const { finishedAt = "" } = status ?? {}
  if (metadata.annotations?.[collectedAnnotation] === finishedAt) return {}
  const at = epochMs(readInstant(finishedAt) + deletionDelay(podGC))
  if (clock.now() < at) return { wakeAt: at }
  const { namespace = "default", name, uid } = metadata
  const labelSelector = { matchLabels: { [podLabels.workflow]: name } }
  const { items } = await cluster.list(pods, { namespace, labelSelector })
  for (const pod of items) {
    const isOurs = pod.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true
    if (isOurs && isSelected(podGC, pod)) {
      await cluster.delete(pods, { namespace, name: pod.metadata.name })
    }
  }
  const annotations = { [collectedAnnotation]: finishedAt }
  const patch = { metadata: { uid, annotations } }
  await cluster.patch(workflows, { namespace, name }, { type: "merge", patch })
  return {}
}
