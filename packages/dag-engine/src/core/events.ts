import type { Parameter } from "../api/parameter.js"
import type { Outcome, WorkflowEvent } from "./actions.js"
import { scalarText } from "./compile-call.js"
import { finishContainers, startContainers } from "./containers.js"
import { afterAttempt, halt } from "./decide.js"
import { startHooks } from "./hooks.js"
import {
  deadlineMessage,
  expireLeaf,
  expirePending,
  failLeaf,
  isPastDeadline,
  workflowDeadlineMessage,
} from "./leaf.js"
import { finish } from "./mark.js"
import { dirty, isFulfilled, isLeafType, type NodeRecord, unset } from "./node.js"
import { leafOutputs, setOutputs } from "./outputs.js"
import { enqueue, type Run, touch } from "./run.js"

/** Takes an event into the run's nodes; what follows from it is queued. */
export function applyEvent(run: Run, event: WorkflowEvent): void {
  switch (event.type) {
    case "Tick":
      return
    case "Started":
      return applyStarted(run, event.node, event.hostNodeName)
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
  }
}

function applyStarted(run: Run, id: string, hostNodeName: string | undefined): void {
  const node = run.byId.get(id)
  if (node === undefined || !isLeafType(node.type) || node.phase !== "Pending") return
  node.phase = "Running"
  if (hostNodeName !== undefined) node.hostNodeName = hostNodeName
  touch(run, node, dirty.phase)
  startContainers(run, node)
  startHooks(run, node)
}

function applyFinished(run: Run, id: string, outcome: Outcome): void {
  const node = run.byId.get(id)
  if (node === undefined || !isLeafType(node.type) || isFulfilled(node)) return
  if (!node.isSynced) {
    node.isSynced = true
    node.finishedAt = run.now
    touch(run, node, dirty.phase)
    return enqueue(run, node)
  }
  if (outcome.hostNodeName !== undefined) node.hostNodeName = outcome.hostNodeName
  finishContainers(run, node, outcome)
  const outputs = leafOutputs(node.template, outcome)
  if (!outputs.ok) return finish(run, node, "Error", outputs.message)
  setOutputs(run, node, outputs.value)
  finish(run, node, outcome.phase, outcome.message ?? "")
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
  resume(run, node, values)
  if (event.message !== undefined && isFulfilled(node)) node.message = event.message
}

/** Ends a suspended node: its `supplied` outputs take the given values, else their defaults. */
function resume(run: Run, node: NodeRecord, values: { readonly [name: string]: string }): void {
  const parameters: Parameter[] = []
  for (const declared of node.template?.source.outputs?.parameters ?? []) {
    const given = Object.hasOwn(values, declared.name) ? values[declared.name] : undefined
    const fallback = declared.valueFrom?.default ?? declared.default ?? inputOf(node, declared.name)
    if (given === undefined && fallback === undefined) {
      const message = `output parameter '${declared.name}' was not supplied and has no default`
      return finish(run, node, "Error", message)
    }
    parameters.push({ ...declared, value: given ?? scalarText(fallback as string) })
  }
  if (parameters.length > 0) setOutputs(run, node, { parameters })
  finish(run, node, "Succeeded", "")
}

/** Intermediate parameters: an input of the same name is the default of a supplied output. */
function inputOf(node: NodeRecord, name: string): string | undefined {
  const value = node.inputs?.parameters?.find((parameter) => parameter.name === name)?.value
  return value === undefined ? undefined : scalarText(value)
}

/** What upstream says of pods differs from what it says of everything else. */
function shutdownMessage(node: NodeRecord, strategy: "Stop" | "Terminate"): string {
  return node.type === "Pod"
    ? `workflow shutdown with strategy:  ${strategy}`
    : `Stopped with strategy '${strategy}'`
}

function applyShutdown(run: Run, strategy: "Stop" | "Terminate"): void {
  if (run.isDone || run.shutdown === "Terminate" || run.shutdown === strategy) return
  run.shutdown = strategy
  run.waiting.clear()
  const nodes = [...run.byId.values()].filter(
    (node) => !isFulfilled(node) && (!node.isExit || strategy === "Terminate"),
  )
  for (const node of nodes) {
    if (isLeafType(node.type) && node.isSynced) {
      failLeaf(run, node, shutdownMessage(node, strategy))
    } else if (node.type === "Suspend") {
      finish(run, node, "Failed", `Stopped with strategy '${strategy}'`)
    }
  }
  for (const node of nodes) {
    if (node.body?.kind === "frame") halt(run, node.body, "shutdown")
    else if (node.body?.kind === "attempts") afterAttempt(run, node.body)
  }
}

/** Lets pass what the present instant ends: waits, deadlines, the workflow's own. */
export function applyTime(run: Run): void {
  for (let timer = run.timers.due(run.now); timer !== undefined; timer = run.timers.due(run.now)) {
    const { node } = timer
    if (isFulfilled(node)) continue
    if (timer.kind === "deadline" && node.isSynced) expireLeaf(run, node)
    else if (timer.kind === "pending") expirePending(run, node)
    else if (timer.kind === "resume") resume(run, node, {})
    else if (timer.kind === "backoff" && node.body?.kind === "attempts")
      afterAttempt(run, node.body)
  }
  if (run.deadline === unset || run.isExpired || run.now < run.deadline) return
  run.isExpired = true
  for (const node of run.byId.values())
    if (!isFulfilled(node) && isPastDeadline(run, node)) expire(run, node)
}

function expire(run: Run, node: NodeRecord): void {
  if (isLeafType(node.type) && node.isSynced) {
    const isUnborn = node.type !== "Pod" || node.phase === "Pending"
    failLeaf(run, node, isUnborn ? workflowDeadlineMessage : deadlineMessage)
  } else if (node.type === "Suspend") {
    finish(run, node, "Failed", workflowDeadlineMessage)
  } else if (node.body?.kind === "attempts") {
    afterAttempt(run, node.body)
  }
}
