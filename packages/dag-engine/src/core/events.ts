import type { Outcome, WorkflowEvent } from "./actions.js"
import { beginEntry } from "./begin.js"
import { noteClaimed } from "./claims.js"
import { finishContainers, startContainers } from "./containers.js"
import { becomeReady, daemonFell } from "./daemons.js"
import { beginHeld } from "./execute.js"
import { failBegun, failLocked } from "./failing.js"
import { fault } from "./faults.js"
import { startHooks } from "./hooks.js"
import { unset } from "./instants.js"
import { finish, say } from "./mark.js"
import { isRecalling, isSaving, noteRecalled, noteRemembered } from "./memo.js"
import {
  dirty,
  extrasOf,
  isDaemoned,
  isFulfilled,
  isLeafType,
  type NodeRecord,
  progressOf,
} from "./node.js"
import { leafOutputs, setOutputs } from "./outputs.js"
import { countTold } from "./progress.js"
import { readProgress } from "./reported-progress.js"
import { noteResources } from "./resources.js"
import { enqueue, type Run, touch } from "./run.js"
import { carryOutShutdown } from "./shutdown.js"
import { resume, suppliedFault } from "./suspend.js"
import {
  isWaitingForLocks,
  noteHeld,
  noteWaiting,
  releaseLocks,
  wholeWorkflow,
} from "./synchronization.js"

/** Takes an event into the run's nodes; what follows from it is queued. */
export function applyEvent(run: Run, event: WorkflowEvent): void {
  switch (event.type) {
    case "Tick":
      return
    case "Started":
      return applyStarted(run, event.node, event.hostNodeName)
    case "Waiting":
      return applyWaiting(run, event.node, event.message)
    case "Progress":
      return applyProgress(run, event.node, event.progress)
    case "Claimed":
      return applyClaimed(run, event)
    case "Ready":
      return applyReady(run, event)
    case "Finished":
      return applyFinished(run, event.node, event.outcome)
    case "Resume":
      return applyResume(run, event.node)
    case "Set":
      return applySet(run, event)
    case "Suspend":
      run.isSuspended = event.isSuspended
      return
    case "Shutdown":
      return applyShutdown(run, event.strategy)
    case "Acquired":
      return applyAcquired(run, event.node)
    case "Queued":
      return noteWaiting(run, event)
    case "Recalled":
      return applyRecalled(run, event)
    case "Remembered":
      return applyRemembered(run, event.node, event.fault)
    case "Collected":
      // Of a workflow that has not ended: nobody has asked.
      return
    case "Refused":
      return applyRefused(run, event.node, event.message)
  }
}

function applyStarted(run: Run, id: string, hostNodeName: string | undefined): void {
  const node = run.byId.get(id)
  if (node === undefined || !isLeafType(node.type) || node.phase !== "Pending") return
  if (hostNodeName !== undefined) extrasOf(node).hostNodeName = hostNodeName
  // A daemon stays Pending until it is ready.
  const isDaemon = node.template?.source.daemon === true
  if (!isDaemon) {
    node.phase = "Running"
    node.message = ""
  }
  if (!isDaemon || hostNodeName !== undefined) touch(run, node, dirty.phase)
  startContainers(run, node)
  if (!isDaemon) startHooks(run, node)
}

/** A leaf has not started yet: its node tells why. */
function applyWaiting(run: Run, id: string, message: string): void {
  const node = run.byId.get(id)
  if (node !== undefined && isLeafType(node.type) && node.phase === "Pending") {
    say(run, node, message)
  }
}

/** A leaf tells how far it is; what is no progress is not told. */
function applyProgress(run: Run, id: string, text: string): void {
  const node = run.byId.get(id)
  const told = readProgress(text)
  if (node === undefined || told === undefined) return
  if (!isLeafType(node.type) || node.phase !== "Running" || node.isSettled) return
  const before = progressOf(node)
  if (before.done === told.done && before.all === told.all) return
  countTold(run, node, told)
  touch(run, node, dirty.phase)
}

function applyClaimed(run: Run, event: WorkflowEvent & { readonly type: "Claimed" }): void {
  if (run.claims !== undefined || run.startedAt === unset) return
  if (event.isPassing === true) return awaitVolumes(run, event.fault ?? "")
  const fault = noteClaimed(run, event)
  if (run.phase === "Pending") {
    run.phase = "Running"
    run.message = ""
  }
  if (fault === undefined) beginEntry(run)
  else failBegun(run, `pvc create error: ${fault}`)
}

/** Nothing is made for now: the workflow is Pending until it is. */
function awaitVolumes(run: Run, why: string): void {
  run.phase = "Pending"
  run.message = `Waiting for a PVC to be created. ${why}`
  run.isDirty = true
}

function applyReady(run: Run, event: WorkflowEvent & { readonly type: "Ready" }): void {
  const node = run.byId.get(event.node)
  if (node === undefined || !isLeafType(node.type) || !node.isSynced) return
  if (node.template?.source.daemon !== true || isFulfilled(node)) return
  if (event.hostNodeName !== undefined) extrasOf(node).hostNodeName = event.hostNodeName
  startContainers(run, node)
  becomeReady(run, node, event.podIP)
}

function applyFinished(run: Run, id: string, outcome: Outcome): void {
  const node = run.byId.get(id)
  if (node === undefined || !isLeafType(node.type)) return
  if (isFulfilled(node) && !isDaemoned(node)) return
  if (outcome.resourcesDuration !== undefined) noteResources(run, node, outcome.resourcesDuration)
  if (isSaving(node)) return
  if (!node.isSynced) {
    node.isSynced = true
    node.finishedAt = run.now
    touch(run, node, dirty.phase)
    return enqueue(run, node)
  }
  if (outcome.hostNodeName !== undefined) extrasOf(node).hostNodeName = outcome.hostNodeName
  finishContainers(run, node, outcome)
  if (node.template?.source.daemon === true) return daemonFell(run, node, outcome)
  if (outcome.isUnstarted === true) return fault(run, node, outcome.message ?? "")
  const outputs = leafOutputs(run, node, outcome)
  if (!outputs.ok) return finish(run, node, "Error", outputs.message)
  setOutputs(run, node, outputs.value)
  finish(run, node, outcome.phase, outcome.message ?? "")
}

/** A node has its locks: it begins. */
function applyAcquired(run: Run, id: string): void {
  if (id === wholeWorkflow) {
    if (noteHeld(run, id)) beginEntry(run)
    return
  }
  const node = run.byId.get(id)
  if (node !== undefined && !isFulfilled(node) && isWaitingForLocks(run, node)) beginHeld(run, node)
}

/** A cache has told: what it remembers is what the node came to, or the node begins. */
function applyRecalled(run: Run, event: WorkflowEvent & { readonly type: "Recalled" }): void {
  const node = run.byId.get(event.node)
  if (node === undefined || isFulfilled(node) || !isRecalling(run, node)) return
  const entry = noteRecalled(run, node, event.entry)
  if (event.fault !== undefined) return fault(run, node, event.fault)
  if (entry !== undefined) {
    setOutputs(run, node, entry.outputs)
    return finish(run, node, "Succeeded", "")
  }
  if (!isLeafType(node.type)) node.phase = "Running"
  enqueue(run, node)
}

/** A cache has what a node came to, or cannot take it: now the node is over. */
function applyRemembered(run: Run, id: string, fault: string | undefined): void {
  const node = run.byId.get(id)
  if (node === undefined || !isSaving(node)) return
  noteRemembered(run, node, fault)
  enqueue(run, node)
}

function applyRefused(run: Run, id: string, message: string): void {
  if (run.holds.get(id)?.isHeld !== false) return
  const node = run.byId.get(id)
  if (node !== undefined) return fault(run, node, message)
  releaseLocks(run, id)
  failLocked(run, message)
}

function isWaiting(node: NodeRecord | undefined): node is NodeRecord {
  return node !== undefined && node.type === "Suspend" && node.phase === "Running"
}

function applyResume(run: Run, id: string | undefined): void {
  const nodes = id === undefined ? [...run.byId.values()] : [run.byId.get(id)]
  for (const node of nodes) if (isWaiting(node)) resume(run, node, {})
}

function applySet(run: Run, event: WorkflowEvent & { readonly type: "Set" }): void {
  const node = run.byId.get(event.node)
  if (!isWaiting(node)) return
  const values = event.parameters ?? {}
  if (event.phase === "Failed" || event.phase === "Error" || event.phase === "Skipped") {
    return finish(run, node, event.phase, event.message ?? "")
  }
  const fault = suppliedFault(node.outputs?.parameters ?? [], values)
  if (fault !== undefined) return say(run, node, fault)
  resume(run, node, values)
  if (event.message !== undefined && node.phase === "Succeeded") node.message = event.message
}

function applyShutdown(run: Run, strategy: "Stop" | "Terminate"): void {
  if (run.isDone || run.shutdown === "Terminate" || run.shutdown === strategy) return
  run.shutdown = strategy
  carryOutShutdown(run)
}
