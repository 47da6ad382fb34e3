import type { ReconcileContext } from "@argo-ts/k8s"
import { equalJson, formatIssue, type JsonObject, type Stored } from "@argo-ts/kernel"
import { parseWorkflow } from "../api/parse.js"
import type { Workflow } from "../api/workflow.js"
import type { ArtifactStore } from "../artifacts/artifact-store.js"
import type { ArtifactDriver } from "../artifacts/driver.js"
import type { WorkflowEvent } from "../core/actions.js"
import type { StatusChange } from "../core/changes.js"
import type { Compatibility } from "../core/compatibility.js"
import {
  effectiveSpec,
  type WorkflowDefaults,
  withWorkflowDefaults,
} from "../core/effective-spec.js"
import { type OpenWorkflow, openWorkflow } from "../core/open.js"
import type { Executor } from "../executors/executor.js"
import { type Driver, startDriver } from "../runtime/driver.js"
import type { Locks } from "../runtime/locks.js"
import type { MemoCaches } from "../runtime/memo.js"
import type { MetricsSink } from "../runtime/metrics-sink.js"
import { runKey } from "../stores/store.js"
import { turnHolders } from "./admission.js"
import { announce, announceNodes } from "./announce.js"
import { holdForArtifacts } from "./artifact-gc.js"
import { type ControllerRepository, readRepositories } from "./artifact-repositories.js"
import { parameterMaps } from "./config-maps.js"
import { protectPods } from "./disruption-budget.js"
import { type ObjectWriter, takeObject } from "./object-writer.js"
import { type PackOptions, unpackStatus } from "./pack.js"
import { statusWriter } from "./packed-save.js"
import { giveUp, type Refusal, refuse, unreadable, unrecordable } from "./refusal.js"
import { readTemplates } from "./templates.js"

/** What a keeper works with. */
export interface KeeperPorts {
  readonly executors: readonly Executor[]
  readonly artifacts: ArtifactStore
  readonly artifactDrivers: readonly ArtifactDriver[]
  readonly locks: Locks
  /** Absent: there are no other replicas. */
  readonly fence: number | undefined
  readonly memo: MemoCaches
  readonly metrics: MetricsSink | undefined
  /** The controller's own artifact repository. */
  readonly repository: ControllerRepository
  readonly compatibility: Compatibility
  readonly workflowDefaults: WorkflowDefaults
  /** True: Events tell of nodes. */
  readonly tellsNodes: boolean
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
  /** True once it could not be recorded any more, and was given up. */
  isBroken(): boolean
  /** Resolves when nothing is being written. */
  idle(): Promise<unknown>
}

/**
 * Opens a workflow as its object says, performs what is pending, and keeps its status in step. `ports.fence` is the number
 * of the ownership under which that is done.
 */
export async function startKeeper(
  seen: Stored<Workflow>,
  context: ReconcileContext,
  ports: KeeperPorts,
): Promise<Keeper | undefined> {
  const { cluster, clock, logger } = context
  const own = await takeObject(seen, context, ports.fence)
  if (own === undefined) return undefined
  const { object } = own
  const by = { context, write: own.write }
  const filled = await fillIn(own, ports.workflowDefaults)
  const { uid, namespace = "default" } = object.metadata
  const workflow = await readable(filled, { ...ports.pack, uid })
  if ("phase" in workflow) return refuse(object, workflow, by)
  const findTemplate = await readTemplates(workflow, cluster)
  const findConfigMap = parameterMaps(context, namespace)
  const { spec: specDefaults = {} } = ports.workflowDefaults
  const { spec } = effectiveSpec(workflow, findTemplate, specDefaults)
  await holdForArtifacts(object, spec, context)
  const unprotected = await protectPods(object, spec, context)
  if (unprotected !== undefined) {
    return refuse(object, { phase: "Failed", message: unprotected }, by)
  }
  const { artifactRepositoryRef: ref } = spec
  const findRepository = await readRepositories(cluster, namespace, ref, ports.repository)
  const { compatibility } = ports
  const found = { findTemplate, findConfigMap, findRepository, compatibility, specDefaults }
  const open = openWorkflow(workflow, { now: clock.now(), ...found })
  await giveMetadata(own, open.object())
  const writer = statusWriter(uid, open, { ...ports.pack, startBytes: bytesOf(workflow.status) })
  let writing: Promise<unknown> = Promise.resolve()
  let isBroken = false
  const write = async (changes: readonly StatusChange[]): Promise<void> =>
    own.write(await writer.patchOf(changes))
  retainLocks(workflow, open, ports.locks)
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
    changed: (step) => {
      announce(object, step.changes, context)
      if (ports.tellsNodes) announceNodes(object, step.changes, { context, open })
    },
    output: (task, stream, text) => {
      logger.debug("step output", { workflow: task.workflow, node: task.nodeName, stream, text })
    },
    ended: (error) => {
      const refusal = error === undefined ? undefined : unrecordable(error)
      if (refusal === undefined) return
      isBroken = true
      driver.abandon()
      writing = giveUp(object, refusal, by)
    },
  })
  return { uid, open, driver, seen: filled, isBroken: () => isBroken, idle: () => writing }
}

/** What the open run holds or asks for is kept; the rest its former owner could not give back. */
function retainLocks(workflow: Workflow, open: OpenWorkflow, locks: Locks): void {
  const id = runKey(workflow)
  const asked = open
    .pending()
    .flatMap((action) => (action.type === "Acquire" ? [action.request.holder] : []))
  locks.retain(id, new Set([...turnHolders(id), ...asked]))
}

function bytesOf(status: Workflow["status"]): number {
  return JSON.stringify(status ?? {}).length
}

/** Writes into a workflow that has not begun what the controller's defaults add to it. */
async function fillIn(own: ObjectWriter, defaults: WorkflowDefaults): Promise<Workflow> {
  const { object } = own
  const isBegun = (object.status?.phase ?? "Pending") !== "Pending"
  const filled = isBegun ? object : withWorkflowDefaults(object, defaults)
  const { labels = {}, annotations = {} } = filled.metadata
  const isNew =
    !equalJson(filled.spec, object.spec) ||
    !equalJson(labels, object.metadata.labels ?? {}) ||
    !equalJson(annotations, object.metadata.annotations ?? {})
  if (isNew) {
    const metadata = { uid: object.metadata.uid, labels, annotations }
    await own.write({ metadata, spec: filled.spec as unknown as JsonObject })
  }
  return filled
}

/** Writes the labels and annotations that the spec gives the object. */
async function giveMetadata(
  { object, write }: ObjectWriter,
  { metadata }: Workflow,
): Promise<void> {
  const { labels = {}, annotations = {} } = metadata
  const isThere = (has: object | undefined, given: object): boolean =>
    Object.keys(given).every((each) => has !== undefined && Object.hasOwn(has, each))
  if (
    isThere(object.metadata.labels, labels) &&
    isThere(object.metadata.annotations, annotations)
  ) {
    return
  }
  await write({ metadata: { uid: object.metadata.uid, labels, annotations } })
}

/** A workflow as its object says, with its nodes, wherever they lie; or why it cannot be read. */
async function readable(object: Workflow, options: PackOptions): Promise<Workflow | Refusal> {
  const parsed = parseWorkflow(object)
  if (!parsed.ok) {
    const reasons = parsed.issues.map(formatIssue).join("; ")
    return { phase: "Failed", message: `invalid spec: ${reasons}` }
  }
  const workflow = parsed.value
  const { status } = workflow
  if (status === undefined) return workflow
  try {
    return { ...workflow, status: await unpackStatus(status, options) }
  } catch (error) {
    const refusal = unreadable(error)
    if (refusal === undefined) throw error
    return refusal
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
