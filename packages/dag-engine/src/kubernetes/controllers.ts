import { type Cluster, type Controller, controller, type ReconcileContext } from "@argo-ts/k8s"
import { type EpochMs, formatKey, type Stored } from "@argo-ts/kernel"
import { clusterWorkflowTemplates, workflows, workflowTemplates } from "../api/kinds.js"
import type { Workflow } from "../api/workflow.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { ArtifactDriver } from "../artifacts/driver.js"
import { temporaryArtifactStore } from "../artifacts/temporary.js"
import { readInstant } from "../core/node.js"
import { heldRequests } from "../core/synchronization.js"
import type { Executor } from "../executors/executor.js"
import { createLocks, type Locks } from "../runtime/locks.js"
import type { MemoCaches } from "../runtime/memo.js"
import { configMapLimits, configMaps, limitsIn } from "./config-maps.js"
import { type Keeper, startKeeper, steeringEvents } from "./keeper.js"
import { configMapCaches } from "./memo-config-maps.js"
import type { PackOptions } from "./pack.js"

/** How workflows of a cluster are run. */
export interface WorkflowControllerOptions {
  /** Who runs leaves: the first that accepts one does. */
  readonly executors: readonly Executor[]
  /** Default: a temporary directory of this process. */
  readonly artifactStore?: ArtifactStore
  /** Who moves artifacts with a location of their own (`http`, `git`). Default: nobody. */
  readonly artifactDrivers?: readonly ArtifactDriver[]
  /** Default: this controller's own; the limits of semaphores stand in ConfigMaps. */
  readonly locks?: Locks
  /** Default: ConfigMaps in the workflow's namespace. */
  readonly memo?: MemoCaches
  /** How a status is made to fit into its object. Default: compressed beyond 1 MiB, and no offload. */
  readonly pack?: Omit<PackOptions, "uid">
}

/** Controllers, and what they keep open. */
export type WorkflowControllers = readonly Controller[] & {
  /** Ends all driving; steps in flight are left to themselves and found again by whoever comes next. */
  readonly close: () => void
}

/**
 * Runs the Workflow objects of a cluster and writes their status, in patches as large as what changed. Everything a
 * restarted controller needs is in the objects: what runs is found again, what was recorded never runs again.
 */
export function workflowControllers(options: WorkflowControllerOptions): WorkflowControllers {
  const artifacts = options.artifactStore ?? temporaryArtifactStore()
  const keepers = new Map<string, Keeper>()
  let locks = options.locks
  const forget = (key: string, keeper: Keeper): void => {
    keeper.driver.abandon()
    keepers.delete(key)
  }
  const all: readonly Controller[] = [
    controller("dag-engine", workflows)
      .watches(workflowTemplates, () => [])
      .watches(clusterWorkflowTemplates, () => [])
      .watches(configMaps, (object) => {
        for (const [lock, limit] of limitsIn(object)) locks?.resize(lock, limit)
        return []
      })
      .reconcile(async (key, context) => {
        const id = formatKey(key)
        const object = await context.cluster.get(workflows, key)
        const keeper = keepers.get(id)
        if (keeper !== undefined && keeper.uid !== object?.metadata.uid) forget(id, keeper)
        if (object === undefined || object.metadata.deletionTimestamp !== undefined) return {}
        if (isOver(object)) {
          keepers.delete(id)
          return expire(object, context)
        }
        const known = keepers.get(id)
        if (known === undefined) {
          locks ??= await openLocks(context.cluster)
          const memo = options.memo ?? configMapCaches(context.cluster)
          const ports = {
            executors: options.executors,
            artifacts,
            artifactDrivers: options.artifactDrivers ?? [],
            locks,
            memo,
            pack: options.pack ?? {},
          }
          const started = await startKeeper(object, context, ports)
          if (started !== undefined) keepers.set(id, started)
        } else {
          for (const event of steeringEvents(known, object)) known.driver.send(event)
        }
        return {}
      }),
  ]
  const close = (): void => {
    for (const { driver } of keepers.values()) driver.close()
    keepers.clear()
  }
  return Object.assign(all, { close })
}

/** Locks that know, before anybody asks, what the workflows of the cluster hold already. */
async function openLocks(cluster: Cluster): Promise<Locks> {
  const locks = createLocks({ limits: configMapLimits(cluster) })
  const { items } = await cluster.list(workflows)
  for (const object of items.filter((each) => !isOver(each))) {
    for (const request of heldRequests(object)) locks.acquire(request, () => undefined)
  }
  return locks
}

function isOver({ status }: Workflow): boolean {
  const phase = status?.phase
  const isFinal = phase === "Succeeded" || phase === "Failed" || phase === "Error"
  return isFinal && status?.finishedAt !== undefined
}

/** `ttlStrategy`: deletes the finished object when its time has come. */
async function expire(
  object: Stored<Workflow>,
  context: ReconcileContext,
): Promise<{ readonly wakeAt?: EpochMs }> {
  const { status, metadata } = object
  const ttl = object.spec.ttlStrategy ?? status?.storedWorkflowTemplateSpec?.ttlStrategy
  const ofPhase =
    status?.phase === "Succeeded" ? ttl?.secondsAfterSuccess : ttl?.secondsAfterFailure
  const seconds = ofPhase ?? ttl?.secondsAfterCompletion
  if (seconds === undefined) return {}
  const at = (readInstant(status?.finishedAt) + seconds * 1000) as EpochMs
  if (context.clock.now() < at) return { wakeAt: at }
  const { name, namespace, uid } = metadata
  const key = namespace === undefined ? { name } : { namespace, name }
  await context.cluster.delete(workflows, key, { preconditions: { uid } })
  return {}
}
