import { isClusterError, type ReconcileContext } from "@argo-ts/k8s"
import {
  defineKind,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type Stored,
  thrownText,
} from "@argo-ts/kernel"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import { ownerOf, podLabels } from "./pods/kinds.js"

interface DisruptionBudget extends KubernetesObject {
  readonly spec: JsonObject
}

const budgets: Kind<DisruptionBudget> = defineKind<DisruptionBudget>({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  scope: "Namespaced",
  hasStatus: true,
})

/**
 * Protects the pods of a workflow as `podDisruptionBudget` says, by a budget of the workflow's name; one that is there is kept.
 * Answers why it cannot be made.
 */
export async function protectPods(
  { metadata }: Stored<Workflow>,
  { podDisruptionBudget }: WorkflowSpec,
  { cluster }: Pick<ReconcileContext, "cluster">,
): Promise<string | undefined> {
  if (podDisruptionBudget === undefined) return undefined
  const { name, namespace = "default", uid } = metadata
  const labels = { [podLabels.workflow]: name }
  const budget: DisruptionBudget = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: {
      name,
      namespace,
      labels,
      ownerReferences: [ownerOf({ workflow: name, workflowUid: uid })],
    },
    spec: { ...podDisruptionBudget, selector: { matchLabels: labels } },
  }
  try {
    await cluster.create(budgets, budget)
    return undefined
  } catch (error) {
    if (isClusterError(error, "AlreadyExists")) return undefined
    if (!isClusterError(error, "Invalid") && !isClusterError(error, "BadRequest")) throw error
    return `Unable to create PDB resource for workflow, ${name} error: ${thrownText(error)}`
  }
}

/** Takes the protection of a workflow that is over away. */
export async function unprotectPods(
  { metadata, spec, status }: Stored<Workflow>,
  { cluster }: Pick<ReconcileContext, "cluster">,
): Promise<void> {
  const { podDisruptionBudget } = status?.storedWorkflowTemplateSpec ?? spec
  if (podDisruptionBudget === undefined) return
  const { name, namespace = "default" } = metadata
  await cluster.delete(budgets, { namespace, name })
}
