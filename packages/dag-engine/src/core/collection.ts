import type { Artifact } from "../api/artifact.js"
import type { ArtifactGCStatus, NodeOutputs, NodeStatus, WorkflowStatus } from "../api/status.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import type { CollectAction, NodeArtifact, WorkflowEvent } from "./actions.js"
import { dueClaims } from "./claims.js"
import { dirty, type NodeRecord } from "./node.js"
import { type Run, touch } from "./run.js"

/*
 * Garbage collection of artifacts (spec/workflows §1.7): those that go with the workflow's end are deleted by an action when
 * it has ended, those that go with its deletion by whoever deletes it. Each that is gone is marked in the status.
 */

/** When artifacts are deleted. */
export type CollectionStrategy = "OnWorkflowCompletion" | "OnWorkflowDeletion"

/** What a run knows about it. */
export interface Collection {
  /** True: it has been tried; what is left then stays. */
  readonly isOver: boolean
  /** What is to be deleted at the workflow's end, once that has come. */
  readonly due: readonly NodeArtifact[]
  /** Names of volume claims that go with it as well. */
  readonly claims: readonly string[]
  readonly processed: { readonly [strategy: string]: boolean }
  readonly fault: string
}

/** What a stored status says about it. */
export function storedCollection(status: WorkflowStatus | undefined): Collection {
  const processed = status?.artifactGCStatus?.strategiesProcessed ?? {}
  const condition = status?.conditions?.find(({ type }) => type === "ArtifactGCError")
  const isOver = processed["OnWorkflowCompletion"] === true
  return { isOver, due: [], claims: [], processed, fault: condition?.message ?? "" }
}

/** Its part of the status. */
export function collectionStatus({ collection }: Run): ArtifactGCStatus | undefined {
  const { processed } = collection
  return Object.keys(processed).length === 0 ? undefined : { strategiesProcessed: processed }
}

/** True where an artifact is to be deleted then, is there, and can be. */
function isDue(artifact: Artifact, spec: WorkflowSpec, strategy: CollectionStrategy): boolean {
  if (artifact.deleted === true || artifact.s3?.key === undefined) return false
  const own = artifact.artifactGC?.strategy
  return (own === undefined || own === "" ? spec.artifactGC?.strategy : own) === strategy
}

interface Owner extends Pick<NodeStatus, "id" | "type"> {
  readonly outputs?: NodeOutputs | undefined
}

/** The artifacts of nodes that a strategy deletes. Bodies only pass on what leaves have made. */
export function dueArtifacts(
  nodes: Iterable<Owner>,
  spec: WorkflowSpec,
  strategy: CollectionStrategy,
): readonly NodeArtifact[] {
  const due: NodeArtifact[] = []
  for (const { id, type, outputs } of nodes) {
    if (type !== "Pod" && type !== "HTTP" && type !== "Plugin") continue
    for (const artifact of outputs?.artifacts ?? []) {
      if (isDue(artifact, spec, strategy)) due.push({ node: id, artifact })
    }
  }
  return due
}

/** True where some artifact may have to be deleted then. */
export function hasCollection(spec: WorkflowSpec, strategy: CollectionStrategy): boolean {
  if (spec.artifactGC?.strategy === strategy) return true
  return (spec.templates ?? []).some((template) =>
    (template.outputs?.artifacts ?? []).some(({ artifactGC }) => artifactGC?.strategy === strategy),
  )
}

/** True for a workflow that has ended, and whose artifacts may still have to be deleted. */
export function awaitsCollection({ spec, status }: Pick<Workflow, "spec" | "status">): boolean {
  if (status?.artifactGCStatus?.strategiesProcessed?.["OnWorkflowCompletion"] === true) return false
  return hasCollection(status?.storedWorkflowTemplateSpec ?? spec, "OnWorkflowCompletion")
}

/** The workflow has ended: looks for what goes with it. */
export function planCollection(run: Run): void {
  const claims = dueClaims(run)
  if (claims.length > 0) run.collection = { ...run.collection, claims }
  if (run.collection.isOver) return
  const due = dueArtifacts(run.byId.values(), run.spec, "OnWorkflowCompletion")
  if (due.length > 0 || !hasCollection(run.spec, "OnWorkflowCompletion")) {
    run.collection = { ...run.collection, due }
    return
  }
  const processed = { ...run.collection.processed, OnWorkflowCompletion: true }
  run.collection = { ...run.collection, isOver: true, processed }
  run.isDirty = true
}

/** True while the end of the workflow waits for artifacts to be deleted. */
export function isCollecting({ collection }: Run): boolean {
  return collection.claims.length > 0 || (!collection.isOver && collection.due.length > 0)
}

/** What is to be deleted now that the workflow has ended. */
export function collectActions(run: Run): readonly CollectAction[] {
  if (!isCollecting(run)) return []
  const { due: artifacts, claims } = run.collection
  return [{ type: "Collect", key: "collect/OnWorkflowCompletion", node: "", artifacts, claims }]
}

/** Marks what is gone. */
export function noteCollected(
  run: Run,
  { deleted, faults = [] }: WorkflowEvent & { readonly type: "Collected" },
): void {
  if (!isCollecting(run)) return
  for (const { node: id, name } of deleted) {
    const node = run.byId.get(id)
    if (node !== undefined) markDeleted(run, node, name)
  }
  const { due, processed, claims } = run.collection
  if (claims.length > 0) run.claims = []
  run.collection = {
    isOver: true,
    due: [],
    claims: [],
    processed: due.length > 0 ? { ...processed, OnWorkflowCompletion: true } : processed,
    fault: faults.join("; "),
  }
  run.isDirty = true
}

function markDeleted(run: Run, node: NodeRecord, name: string): void {
  const { outputs } = node
  if (outputs?.artifacts === undefined) return
  node.outputs = { ...outputs, artifacts: outputs.artifacts.map((each) => gone(each, name)) }
  touch(run, node, dirty.outputs)
}

/** An artifact as it is remembered when it is gone. */
export function gone(artifact: Artifact, name: string): Artifact {
  return artifact.name === name ? { ...artifact, deleted: true } : artifact
}
