import type { ReconcileContext } from "@argo-ts/k8s"
import {
  type EpochMs,
  epochMs,
  type JsonObject,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import { workflows } from "../api/kinds.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import { dueArtifacts, hasCollection } from "../core/collection.js"
import { type ArtifactPlaces, deleteAll } from "../executors/artifacts.js"
import { type PackOptions, unpackStatus } from "./pack.js"

/** Keeps a Workflow until its artifacts are deleted. */
export const artifactFinalizer = "workflows.argoproj.io/artifact-gc"

const retryMs = 30_000

function keyOf({ metadata }: Stored<Workflow>): ObjectKey {
  const { name, namespace } = metadata
  return namespace === undefined ? { name } : { namespace, name }
}

/** Holds a workflow whose artifacts go with it: nobody deletes it before them. */
export async function holdForArtifacts(
  object: Stored<Workflow>,
  spec: WorkflowSpec,
  { cluster }: ReconcileContext,
): Promise<void> {
  const { finalizers = [], uid } = object.metadata
  if (!hasCollection(spec, "OnWorkflowDeletion") || finalizers.includes(artifactFinalizer)) return
  const metadata = { uid, finalizers: [...finalizers, artifactFinalizer] }
  await cluster.patch(workflows, keyOf(object), { type: "merge", patch: { metadata } })
}

/**
 * A workflow is being deleted: so are its artifacts, and then it may go. What cannot be deleted holds it, and is tried again
 * later, unless `forceFinalizerRemoval` says otherwise.
 */
export async function releaseArtifacts(
  object: Stored<Workflow>,
  context: ReconcileContext,
  places: ArtifactPlaces,
  pack: Omit<PackOptions, "uid">,
): Promise<{ readonly wakeAt?: EpochMs }> {
  const { finalizers = [], uid, namespace = "default" } = object.metadata
  if (!finalizers.includes(artifactFinalizer)) return {}
  const status = object.status && (await unpackStatus(object.status, { ...pack, uid }))
  const spec = status?.storedWorkflowTemplateSpec ?? object.spec
  const nodes = Object.values(status?.nodes ?? {})
  const due = [
    ...dueArtifacts(nodes, spec, "OnWorkflowCompletion"),
    ...dueArtifacts(nodes, spec, "OnWorkflowDeletion"),
  ]
  const { faults } = await deleteAll(places, due, namespace)
  const isForced = spec.artifactGC?.forceFinalizerRemoval === true
  if (faults.length > 0) {
    const message = faults.join("; ")
    context.record(object, { type: "Warning", reason: "ArtifactGCFailed", message })
    if (!isForced) {
      await noteFault(object, context, message)
      return { wakeAt: epochMs(context.clock.now() + retryMs) }
    }
  }
  const metadata = { uid, finalizers: finalizers.filter((each) => each !== artifactFinalizer) }
  await context.cluster.patch(workflows, keyOf(object), { type: "merge", patch: { metadata } })
  return {}
}

async function noteFault(
  object: Stored<Workflow>,
  { cluster }: ReconcileContext,
  message: string,
): Promise<void> {
  const others = (object.status?.conditions ?? []).filter(({ type }) => type !== "ArtifactGCError")
  const conditions = [...others, { type: "ArtifactGCError", status: "True", message }]
  const patch = { metadata: { uid: object.metadata.uid }, status: { conditions } }
  await cluster.patch(workflows, keyOf(object), {
    type: "merge",
    patch: patch as unknown as JsonObject,
  })
}
