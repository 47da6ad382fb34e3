import { isClusterError, type ReconcileContext } from "@argo-ts/k8s"
import {
  formatInstant,
  formatIssue,
  formatKey,
  isOperationError,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import { sleep } from "@argo-ts/kernel/clock"
import { workflows } from "../api/kinds.js"
import { parseWorkflow } from "../api/parse.js"
import type { Workflow } from "../api/workflow.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { ArtifactDriver } from "../artifacts/driver.js"
import type { WorkflowEvent } from "../core/actions.js"
import type { StatusChange } from "../core/changes.js"
import type { Compatibility } from "../core/compatibility.js"
import { effectiveSpec } from "../core/effective-spec.js"
import { type OpenWorkflow, openWorkflow } from "../core/open.js"
import type { Executor } from "../executors/executor.js"
import { type Driver, startDriver } from "../runtime/driver.js"
import type { Locks } from "../runtime/locks.js"
import type { MemoCaches } from "../runtime/memo.js"
import type { MetricsSink } from "../runtime/metrics-sink.js"
import { holdForArtifacts } from "./artifact-gc.js"
import { type ControllerRepository, readRepositories } from "./artifact-repositories.js"
import { parameterMaps } from "./config-maps.js"
import { type PackOptions, unpackStatus } from "./pack.js"
import { statusWriter } from "./packed-save.js"
import { completedLabel, phaseLabel, type statusPatch } from "./status-patch.js"
import { readTemplates } from "./templates.js"

/** What a keeper works with. */
export interface KeeperPorts {
  readonly executors: readonly Executor[]
  readonly artifacts: ArtifactStore
  readonly artifactDrivers: readonly ArtifactDriver[]
  readonly locks: Locks
  readonly memo: MemoCaches
  readonly metrics: MetricsSink | undefined
  /** The controller's own artifact repository. */
  readonly repository: ControllerRepository
  readonly compatibility: Compatibility
  /** Where nodes go that no object holds. */
  readonly pack: PackOptions
}

/** One workflow of the cluster while it runs here: its index, its steps, its status on the way to the object. */
export interface Keeper {
  readonly uid: string
  readonly open: OpenWorkflow
  readonly driver: Driver
  /** What the object said when it was last looked at. */
  seen: Workflow
  /** Resolves when nothing is being written. */
  idle(): Promise<unknown>
}

/** Opens a workflow as its object says, performs what is pending, and keeps its status in step. */
export async function startKeeper(
  object: Stored<Workflow>,
  context: ReconcileContext,
  ports: KeeperPorts,
): Promise<Keeper | undefined> {
  const { cluster, clock, logger } = context
  const parsed = parseWorkflow(object)
  if (!parsed.ok) {
    const reasons = parsed.issues.map(formatIssue).join("; ")
    await refuse(object, `invalid spec: ${reasons}`, context)
    return undefined
  }
  const { uid, name, namespace } = object.metadata
  const workflow = await unpacked(parsed.value, { ...ports.pack, uid })
  const findTemplate = await readTemplates(workflow, cluster)
  const findConfigMap = parameterMaps(context, namespace ?? "default")
  const { spec } = effectiveSpec(workflow, findTemplate)
  await holdForArtifacts(object, spec, context)
  const findRepository = await readRepositories(
    cluster,
    namespace ?? "default",
    spec.artifactRepositoryRef,
    ports.repository,
  )
  const { compatibility } = ports
  const found = { findTemplate, findConfigMap, findRepository, compatibility }
  const open = openWorkflow(workflow, { now: clock.now(), ...found })
  await giveMetadata(object, open.object(), context)
  const startBytes = JSON.stringify(workflow.status ?? {}).length
  const writer = statusWriter(uid, open, { ...ports.pack, startBytes })
  const key: ObjectKey = namespace === undefined ? { name } : { namespace, name }
  let writing: Promise<unknown> = Promise.resolve()
  const write = async (changes: readonly StatusChange[]): Promise<void> =>
    save(context, key, await writer.patchOf(changes))
  const driver = startDriver({
    workflow,
    open,
    isRecovered: Object.keys(workflow.status?.nodes ?? {}).length > 0,
    executors: ports.executors,
    artifacts: ports.artifacts,
    artifactDrivers: ports.artifactDrivers,
    locks: ports.locks,
    memo: ports.memo,
    metrics: ports.metrics,
    clock,
    logger,
    save: (changes) => {
      const saved = write(changes)
      writing = saved.catch(() => undefined)
      return saved
    },
    changed: (step) => announce(object, step.changes, context),
    output: (task, stream, text) => {
      logger.debug("step output", { workflow: task.workflow, node: task.nodeName, stream, text })
    },
    ended: (error) => {
      if (error === undefined || isClusterError(error, "NotFound") || isLost(error)) return
      logger.error("a workflow can no longer be recorded", { workflow: name, error })
    },
  })
  return { uid, open, driver, seen: workflow, idle: () => writing }
}

/** Writes the labels and annotations that the spec gives the object. */
async function giveMetadata(
  object: Stored<Workflow>,
  { metadata }: Workflow,
  { cluster }: ReconcileContext,
): Promise<void> {
  const { labels = {}, annotations = {} } = metadata
  const { uid, name, namespace } = object.metadata
  const isThere = (has: object | undefined, given: object): boolean =>
    Object.keys(given).every((each) => has !== undefined && Object.hasOwn(has, each))
  if (
    isThere(object.metadata.labels, labels) &&
    isThere(object.metadata.annotations, annotations)
  ) {
    return
  }
  const key = namespace === undefined ? { name } : { namespace, name }
  const patch = { metadata: { uid, labels, annotations } }
  await cluster.patch(workflows, key, { type: "merge", patch })
}

/** True where another replica owns the workflow now. */
function isLost(error: unknown): boolean {
  return isOperationError(error) && error.code === "OwnershipLost"
}

async function unpacked(workflow: Workflow, options: PackOptions): Promise<Workflow> {
  const { status } = workflow
  return status === undefined
    ? workflow
    : { ...workflow, status: await unpackStatus(status, options) }
}

const retryFirstMs = 1000
const retryMaxMs = 30_000

/**
 * Writes a patch, however often that takes: what is not recorded must not go on. Gives up where the object is gone, or
 * another one has its name.
 */
async function save(
  context: ReconcileContext,
  key: ObjectKey,
  patch: ReturnType<typeof statusPatch>,
): Promise<void> {
  const { cluster, clock, logger } = context
  const uid = (patch["metadata"] as { readonly uid: string }).uid
  for (let waitMs = retryFirstMs; ; waitMs = Math.min(waitMs * 2, retryMaxMs)) {
    try {
      await cluster.patch(workflows, key, { type: "merge", patch })
      return
    } catch (error) {
      if (isLost(error)) throw error
      const isOurs = async (): Promise<boolean> =>
        (await cluster.get(workflows, key).catch(() => undefined))?.metadata.uid === uid
      if (isClusterError(error, "NotFound") || isClusterError(error, "Invalid")) throw error
      if (isClusterError(error, "Conflict") && !(await isOurs())) throw error
      logger.warn("a workflow's status is written again", { workflow: key.name, error })
      await sleep(clock, waitMs, `${formatKey(key)}/save`)
    }
  }
}

/** An object that is no valid workflow ends in Error at once; nothing of it runs. */
async function refuse(
  object: Stored<Workflow>,
  message: string,
  context: ReconcileContext,
): Promise<void> {
  const at = formatInstant(context.clock.now())
  const { name, namespace, uid } = object.metadata
  await context.cluster.patch(workflows, namespace === undefined ? { name } : { namespace, name }, {
    type: "merge",
    patch: {
      metadata: { uid, labels: { [phaseLabel]: "Error", [completedLabel]: "true" } },
      status: { phase: "Error", message, startedAt: at, finishedAt: at },
    },
  })
  context.record(object, { type: "Warning", reason: "WorkflowFailed", message })
}

/** Tells about a workflow's beginning and end, as upstream does. */
function announce(
  object: Stored<Workflow>,
  changes: readonly StatusChange[],
  context: ReconcileContext,
): void {
  for (const change of changes) {
    if (change.type !== "WorkflowChanged") continue
    const { phase, message = "", startedAt, progress } = change.status
    const isNew = object.status?.phase === undefined && phase === "Running"
    if (isNew && startedAt !== undefined && progress?.startsWith("0/") === true) {
      context.record(object, {
        type: "Normal",
        reason: "WorkflowRunning",
        message: "Workflow Running",
      })
    } else if (phase === "Succeeded") {
      context.record(object, {
        type: "Normal",
        reason: "WorkflowSucceeded",
        message: "Workflow completed",
      })
    } else if (phase === "Failed" || phase === "Error") {
      context.record(object, {
        type: "Warning",
        reason: "WorkflowFailed",
        message: message || phase,
      })
    }
  }
}

/** What people changed in an object since it was last looked at, as events. */
export function steeringEvents(keeper: Keeper, object: Workflow): readonly WorkflowEvent[] {
  const events: WorkflowEvent[] = []
  const { shutdown, suspend } = object.spec
  const wasSuspended = keeper.seen.spec.suspend === true
  if ((suspend === true) !== wasSuspended) {
    events.push({ type: "Suspend", isSuspended: suspend === true })
  }
  if (shutdown !== undefined && shutdown !== keeper.seen.spec.shutdown) {
    events.push({ type: "Shutdown", strategy: shutdown })
  }
  keeper.seen = object
  return [...events, ...resumptions(keeper, object)]
}

/** `argo resume` and `argo node set` write the suspended node's end into the status. */
function resumptions(keeper: Keeper, object: Workflow): readonly WorkflowEvent[] {
  const events: WorkflowEvent[] = []
  for (const node of Object.values(object.status?.nodes ?? {})) {
    if (node.type !== "Suspend" || node.phase === "Running" || node.phase === "Pending") continue
    if (node.phase === "Omitted" || keeper.open.node(node.id)?.phase !== "Running") continue
    const parameters: { [name: string]: string } = Object.create(null) as { [name: string]: string }
    for (const { name, value } of node.outputs?.parameters ?? []) {
      if (value !== undefined) parameters[name] = String(value)
    }
    const message = node.message === undefined ? {} : { message: node.message }
    events.push({ type: "Set", node: node.id, phase: node.phase, parameters, ...message })
  }
  return events
}
