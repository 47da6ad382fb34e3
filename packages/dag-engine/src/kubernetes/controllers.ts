import {
  type Controller,
  type ControllerBuilder,
  controller,
  type Ownership,
  type ReconcileContext,
} from "@argo-ts/k8s"
import {
  type EpochMs,
  earliest,
  formatKey,
  keyOf,
  type ObjectKey,
  parseKey,
  type Stored,
} from "@argo-ts/kernel"
import { clusterWorkflowTemplates, workflows, workflowTemplates } from "../api/kinds.js"
import type { Workflow } from "../api/workflow.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { ArtifactDriver } from "../artifacts/driver.js"
import { temporaryArtifactStore } from "../artifacts/temporary.js"
import { awaitsCollection } from "../core/collection.js"
import type { Compatibility } from "../core/compatibility.js"
import type { WorkflowDefaults } from "../core/effective-spec.js"
import { readInstant } from "../core/instants.js"
import type { ArtifactPlaces } from "../executors/artifacts.js"
import type { Executor } from "../executors/executor.js"
import type { Locks } from "../runtime/locks.js"
import type { MemoCaches } from "../runtime/memo.js"
import type { MetricsSink } from "../runtime/metrics-sink.js"
import {
  type Admission,
  createAdmission,
  namespaces,
  postponedMessage,
  type WorkflowParallelism,
} from "./admission.js"
import { archiveWorkflow, createPruning, type WorkflowArchive } from "./archive.js"
import { releaseArtifacts } from "./artifact-gc.js"
import type { ControllerRepository } from "./artifact-repositories.js"
import { configMaps, parameterIndex, parameterMapNames } from "./config-maps.js"
import { unprotectPods } from "./disruption-budget.js"
import { type KeeperPorts, startKeeper, steeringEvents } from "./keeper.js"
import { createKeepers } from "./keepers.js"
import { isOver, ownLocks, sharedLocks } from "./lock-service.js"
import { configMapCaches } from "./memo-config-maps.js"
import type { PackOptions } from "./pack.js"
import { collectPods } from "./pods/pod-gc.js"
import { phaseLabel } from "./status-patch.js"

/** How workflows of a cluster are run. */
export interface WorkflowControllerOptions {
  /** Who runs leaves: the first that accepts one does. */
  readonly executors: readonly Executor[]
  /** Default: a temporary directory of this process. */
  readonly artifactStore?: ArtifactStore
  /** Who moves artifacts with a location of their own (`http`, `git`). Default: nobody. */
  readonly artifactDrivers?: readonly ArtifactDriver[]
  /**
   * Where artifact repositories are found besides the workflow's namespace, and the one of whoever names none. Default:
   * nowhere, and the artifact store.
   */
  readonly repository?: ControllerRepository
  /** Default: this controller's own, or shared with the other replicas; the limits of semaphores stand in ConfigMaps. */
  readonly locks?: Locks
  /** Default: ConfigMaps in the workflow's namespace. */
  readonly memo?: MemoCaches
  /** Keeps workflows that have ended; `ttlStrategy` deletes none before. Default: nobody. */
  readonly archive?: WorkflowArchive
  /** Takes the custom metrics of workflows: `customMetrics`. Default: nobody. */
  readonly metrics?: MetricsSink
  /**
   * Which of several replicas runs what: `joinShards` or `electLeader`, the same as the manager's. Locks are shared among
   * them then. Default: this is the only one.
   */
  readonly ownership?: Ownership
  /**
   * So many milliseconds may the steps that run go on after their workflow went to another replica, for their outcomes
   * to be recorded; then they are stopped, and begun again there. Default 30,000.
   */
  readonly handOverMs?: number
  /** The ConfigMap in which replicas share locks. Default `argo-ts-workflow-locks` in `default`. */
  readonly lockObject?: ObjectKey
  /**
   * True: an Event tells of every node that begins or ends, as upstream's controller does by default. They count against the
   * recorder's limit of Events about one object. Default false.
   */
  readonly nodeEvents?: boolean
  /** Where to do as upstream does though it is a bug: `upstreamCompatibility` is all of it. Default: nowhere. */
  readonly compatibility?: Compatibility
  /**
   * What workflows have that do not say otherwise, written into each before it begins; below the stored template of
   * `workflowTemplateRef`. Default: nothing.
   */
  readonly workflowDefaults?: WorkflowDefaults
  /** How many workflows run at once; the others are Pending. Default: as many as there are. */
  readonly parallelism?: WorkflowParallelism
  /** How a status is made to fit into its object. Default: compressed beyond 1 MiB, and no offload. */
  readonly pack?: Omit<PackOptions, "uid">
}

/** Controllers, and what they keep open. */
export type WorkflowControllers = readonly Controller[] & {
  /** Ends all driving; steps in flight are left to themselves and found again by whoever comes next. */
  readonly close: () => void
  /**
   * Says anew how many workflows run at once; whoever runs goes on. Only where the options gave limits (0 is one) are
   * workflows counted.
   */
  readonly limit: (parallelism: WorkflowParallelism) => void
}

const none: Pick<Workflow, "spec" | "status"> = { spec: {} }
const handOverDefaultMs = 30_000
const lockObjectDefault: ObjectKey = { namespace: "default", name: "argo-ts-workflow-locks" }

/**
 * Runs the Workflow objects of a cluster and writes their status, in patches as large as what changed. Everything a
 * restarted controller needs is in the objects: what runs is found again, what was recorded never runs again. With
 * `ownership` any number of replicas share the workflows, and each is driven by one of them at a time.
 */
export function workflowControllers(options: WorkflowControllerOptions): WorkflowControllers {
  const { ownership, handOverMs = handOverDefaultMs, lockObject = lockObjectDefault } = options
  // What the latest reconcile was given: its cluster is the one whose guard still lets through.
  let latest: ReconcileContext | undefined
  const context = (): ReconcileContext => latest as ReconcileContext
  const keepers = createKeepers(
    { ownership, handOverMs },
    { clock: () => context().clock, again: (id) => context().enqueue(parseKey(id)) },
  )
  const admission = createAdmission(options.parallelism ?? {})
  const serving =
    ownership === undefined || options.locks !== undefined
      ? ownLocks(options.locks)
      : sharedLocks(context, lockObject, admission.limitOf)
  const artifacts = options.artifactStore ?? temporaryArtifactStore()
  const { artifactDrivers = [], pack = {} } = options
  const places = { artifacts, artifactDrivers }
  const pruning = createPruning(options.archive?.retention)
  /** The uids of finished workflows whose nodes lie elsewhere: they go with their objects. */
  const offloaded = new Map<string, string>()
  const all: readonly Controller[] = [
    withNamespaces(controller("dag-engine", workflows), options.parallelism, admission)
      .watches(workflowTemplates, () => [])
      .watches(clusterWorkflowTemplates, () => [])
      .watches(configMaps, (object) => {
        serving.see(object)
        return []
      })
      .indexes(configMaps, parameterIndex, parameterMapNames)
      .reconcile(async (key, given) => {
        latest = given
        pruning.start(given)
        const id = formatKey(key)
        const object = await given.cluster.get(workflows, key)
        const known = keepers.find(id)
        if (known !== undefined && known.uid !== object?.metadata.uid) keepers.abandon(id)
        const isLeaving = object?.metadata.deletionTimestamp !== undefined
        const isKept = known !== undefined && !known.isBroken() && !known.open.isDone()
        const isCollecting = isKept || awaitsCollection(object ?? none)
        if (object === undefined || isLeaving || (isOver(object) && !isCollecting)) {
          if (isLeaving) keepers.abandon(id)
          keepers.release(id)
          admission.release(id)
          await serving.forget(id, given.cluster)
          await followNodes(id, object, { offloaded, pack })
          if (object === undefined) return {}
          if (isLeaving) return releaseArtifacts(object, given, places, pack)
          return tidy(object, given, options)
        }
        const keeper = keepers.find(id)
        if (keeper === undefined) {
          const locks = await serving.open(given.cluster)
          if (!(await isAdmitted(admission, object, { context: given, locks }))) return {}
          await keepers.keep(id, ({ check, fence }) => {
            const ports = portsOf(options, places, given, locks(check))
            return startKeeper(object, given, { ...ports, fence })
          })
        } else for (const event of steeringEvents(keeper, object)) keeper.driver.send(event)
        return {}
      }),
  ]
  const close = (): void => {
    keepers.close()
    serving.close()
    pruning.close()
  }
  return Object.assign(all, { close, limit: admission.limit })
}

function portsOf(
  options: WorkflowControllerOptions,
  { artifacts, artifactDrivers }: ArtifactPlaces,
  { cluster, clock }: ReconcileContext,
  locks: Locks,
): Omit<KeeperPorts, "fence"> {
  return {
    executors: options.executors,
    artifacts,
    artifactDrivers,
    locks,
    memo: options.memo ?? configMapCaches(cluster, { clock }),
    metrics: options.metrics,
    pack: options.pack ?? {},
    repository: options.repository ?? {},
    compatibility: options.compatibility ?? {},
    workflowDefaults: options.workflowDefaults ?? {},
    tellsNodes: options.nodeEvents === true,
  }
}

/** The nodes of a workflow that lie elsewhere go when it does. */
async function followNodes(
  id: string,
  object: Stored<Workflow> | undefined,
  by: { readonly offloaded: Map<string, string>; readonly pack: Omit<PackOptions, "uid"> },
): Promise<void> {
  const { offloaded, pack } = by
  if (object?.status?.offloadNodeStatusVersion !== undefined) {
    offloaded.set(id, object.metadata.uid)
  }
  const uid = object === undefined ? offloaded.get(id) : undefined
  if (uid === undefined) return
  offloaded.delete(id)
  await pack.offload?.prune(uid)
}

/** Limits of namespaces stand on their objects. */
function withNamespaces(
  builder: ControllerBuilder<Workflow>,
  parallelism: WorkflowParallelism | undefined,
  admission: Admission,
): ControllerBuilder<Workflow> {
  if (parallelism?.namespaceParallelism === undefined) return builder
  return builder.watches(namespaces, (object) => {
    admission.see(object)
    return []
  })
}

/** Whether it is a workflow's turn. Where it is not, the workflow says so, and is looked at again when it is. */
async function isAdmitted(
  admission: Admission,
  object: Stored<Workflow>,
  by: { readonly context: ReconcileContext; readonly locks: (check: () => void) => Locks },
): Promise<boolean> {
  const { context } = by
  // A turn is the workflow's, whichever replica drives it: no ownership is asked for.
  const locks = by.locks(() => undefined)
  await admission.fill(context.cluster, locks)
  const turn = admission.ask(object, locks, () => context.enqueue(keyOf(object)))
  if (turn === "Postponed") await postpone(object, context)
  return turn === "Admitted"
}

/** Tells of a workflow that its turn has not come. */
async function postpone(
  { metadata: { name, namespace, uid }, status }: Stored<Workflow>,
  { cluster }: ReconcileContext,
): Promise<void> {
  if (status?.phase !== undefined) return
  const key = namespace === undefined ? { name } : { namespace, name }
  await cluster.patch(workflows, key, {
    type: "merge",
    patch: {
      metadata: { uid, labels: { [phaseLabel]: "Pending" } },
      status: { phase: "Pending", message: postponedMessage },
    },
  })
}

/** What is left to do for a workflow that is over; `wakeAt` tells when there is more. */
async function tidy(
  object: Stored<Workflow>,
  context: ReconcileContext,
  { archive, pack = {} }: WorkflowControllerOptions,
): Promise<{ readonly wakeAt?: EpochMs }> {
  await unprotectPods(object, context)
  await archiveWorkflow(object, context, archive, pack)
  const collected = await collectPods(object, context)
  const at = earliest(collected.wakeAt, (await expire(object, context)).wakeAt)
  return at === undefined ? {} : { wakeAt: at }
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
