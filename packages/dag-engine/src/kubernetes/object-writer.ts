import { type Cluster, isClusterError, type ReconcileContext } from "@argo-ts/k8s"
import {
  formatKey,
  isOperationError,
  type JsonObject,
  keyOf,
  type ObjectKey,
  OperationError,
  type Stored,
} from "@argo-ts/kernel"
import { sleep } from "@argo-ts/kernel/clock"
import { workflows } from "../api/kinds.js"
import type { Workflow } from "../api/workflow.js"

/*
 * Writing a workflow's object as its owner. Among several replicas an owner writes the number of its ownership into the
 * object before anything else (`fence`), and each write after that holds for the version it knows only. So what a former
 * owner has sent, however late it comes, is refused by the cluster itself.
 */

/** Where the number of the owner stands. */
export const fenceAnnotation = "dag-engine.argo-ts.dev/fence"

/** Writes one object for as long as this replica owns it. */
export interface ObjectWriter {
  /** The object as it was when it was taken. */
  readonly object: Stored<Workflow>
  /**
   * Applies a merge patch, however often that takes: what is not recorded must not go on. Rejects where the object is gone,
   * another one has its name, or another replica has taken it.
   */
  write(patch: JsonObject): Promise<void>
}

/** An object, and no namesake of it. */
interface Target {
  readonly key: ObjectKey
  readonly uid: string
}

/** What the server itself says: what is watched may be behind. */
export async function readNow(
  cluster: Cluster,
  { name, namespace = "default" }: ObjectKey,
): Promise<Stored<Workflow> | undefined> {
  const fieldSelector = { "metadata.name": name }
  const { items } = await cluster.list(workflows, { namespace, fieldSelector })
  return items[0]
}

/** True where another replica owns the workflow now. */
export function isLost(error: unknown): boolean {
  return isOperationError(error) && error.code === "OwnershipLost"
}

function lost(key: ObjectKey): OperationError {
  const message = `another replica has taken the workflow ${formatKey(key)}`
  return new OperationError(message, { code: "OwnershipLost", retryable: false })
}

function fenceOf({ metadata }: Stored<Workflow>): number {
  return Number(metadata.annotations?.[fenceAnnotation] ?? Number.NEGATIVE_INFINITY)
}

/**
 * Takes an object to be written from here. `fence` is the number of the ownership, where there are several replicas: whoever
 * had a smaller one writes it no more. Answers nothing where the object is gone; rejects with code `OwnershipLost` where
 * somebody with a larger number has it.
 */
export async function takeObject(
  seen: Stored<Workflow>,
  context: ReconcileContext,
  fence: number | undefined,
): Promise<ObjectWriter | undefined> {
  const key = keyOf(seen)
  const { uid } = seen.metadata
  const target = { key, uid }
  if (fence === undefined) {
    const write = (patch: JsonObject): Promise<void> =>
      persist(context, target, () => send(context, key, patch))
    return { object: seen, write }
  }
  const object = await takeFenced(seen, fence, context)
  if (object === undefined) return undefined
  let version = object.metadata.resourceVersion
  const attempt = async (patch: JsonObject): Promise<void> => {
    const metadata = { ...(patch["metadata"] as JsonObject), resourceVersion: version }
    version = await send(context, key, { ...patch, metadata })
  }
  const write = (patch: JsonObject): Promise<void> =>
    persist(context, target, async () => {
      try {
        await attempt(patch)
      } catch (error) {
        if (!isClusterError(error, "Conflict")) throw error
        // Somebody else has written: a person, or the next owner.
        const now = await readNow(context.cluster, key)
        if (now === undefined || now.metadata.uid !== uid) throw error
        if (fenceOf(now) > fence) throw lost(key)
        version = now.metadata.resourceVersion
        await attempt(patch)
      }
    })
  return { object, write }
}

/** Writes the number into the object as it was seen; where that is behind, into the one that the server has. */
async function takeFenced(
  seen: Stored<Workflow>,
  fence: number,
  { cluster }: ReconcileContext,
): Promise<Stored<Workflow> | undefined> {
  const key = keyOf(seen)
  const { uid } = seen.metadata
  let known: Stored<Workflow> | undefined = seen
  while (known?.metadata.uid === uid) {
    if (fenceOf(known) > fence) throw lost(key)
    const { resourceVersion } = known.metadata
    const annotations = { [fenceAnnotation]: String(fence) }
    const patch = { metadata: { uid, resourceVersion, annotations } }
    try {
      return await cluster.patch(workflows, key, { type: "merge", patch })
    } catch (error) {
      const isGone = isClusterError(error, "NotFound") || isClusterError(error, "Invalid")
      if (!isGone && !isClusterError(error, "Conflict")) throw error
      known = await readNow(cluster, key)
      // A namesake refuses the uid as invalid; the object itself has other reasons.
      if (isGone && known?.metadata.uid === uid) throw error
    }
  }
  return undefined
}

async function send(
  { cluster }: ReconcileContext,
  key: ObjectKey,
  patch: JsonObject,
): Promise<string> {
  const { metadata } = await cluster.patch(workflows, key, { type: "merge", patch })
  return metadata.resourceVersion
}

const retryFirstMs = 1000
const retryMaxMs = 30_000

/** Tries until it works, or never can. */
async function persist(
  { cluster, clock, logger }: ReconcileContext,
  { key, uid }: Target,
  attempt: () => Promise<unknown>,
): Promise<void> {
  for (let waitMs = retryFirstMs; ; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
    try {
      await attempt()
      return
    } catch (error) {
      if (isLost(error) || isClusterError(error, "RequestEntityTooLarge")) throw error
      const isThere = async (): Promise<boolean> =>
        (await cluster.get(workflows, key).catch(() => undefined))?.metadata.uid === uid
      if (isClusterError(error, "NotFound") || isClusterError(error, "Invalid")) throw error
      if (isClusterError(error, "Conflict") && !(await isThere())) throw error
      logger.warn("a workflow's object is written again", { workflow: key.name, error })
      await sleep(clock, waitMs, `${formatKey(key)}/save`)
    }
  }
}
