import type { JsonObject } from "@argo-ts/kernel"
import type { Cells, PrintContext } from "./printers.js"
import { at, countAt, listAt, textAt } from "./reading.js"

/** What a walk over a pod's containers has found. */
interface Walk {
  reason: string
  restarts: number
  ready: number
  lastRestart: string
}

function endOf(state: JsonObject | undefined): string {
  const reason = textAt(state, ["reason"])
  if (reason !== "") return reason
  const signal = countAt(state, "signal")
  return signal === 0 ? `ExitCode:${countAt(state, "exitCode")}` : `Signal:${signal}`
}

function noteRestart(walk: Walk, status: JsonObject): void {
  const restarts = countAt(status, "restartCount")
  walk.restarts += restarts
  const finished = textAt(status, ["lastState", "terminated", "finishedAt"])
  if (finished > walk.lastRestart) walk.lastRestart = finished
}

/** Walks the init containers; true where one of them still keeps the others from starting. */
function walkInit(pod: JsonObject, walk: Walk): boolean {
  const statuses = listAt(pod, "status", "initContainerStatuses")
  const specs = listAt(pod, "spec", "initContainers")
  for (const [index, status] of statuses.entries()) {
    noteRestart(walk, status)
    const spec = specs.find((each) => each["name"] === status["name"])
    const isSidecar = at(spec, "restartPolicy") === "Always"
    const ended = at(status, "state", "terminated") as JsonObject | undefined
    if (ended !== undefined && countAt(ended, "exitCode") === 0) continue
    if (isSidecar && at(status, "started") === true) {
      if (at(status, "ready") === true) walk.ready++
      continue
    }
    const waiting = textAt(status, ["state", "waiting", "reason"])
    if (ended !== undefined) walk.reason = `Init:${endOf(ended)}`
    else if (waiting !== "" && waiting !== "PodInitializing") walk.reason = `Init:${waiting}`
    else walk.reason = `Init:${index}/${specs.length}`
    return true
  }
  return false
}

function walkContainers(pod: JsonObject, walk: Walk): void {
  let isRunning = false
  for (const status of listAt(pod, "status", "containerStatuses").toReversed()) {
    noteRestart(walk, status)
    const waiting = textAt(status, ["state", "waiting", "reason"])
    const ended = at(status, "state", "terminated") as JsonObject | undefined
    if (waiting !== "") walk.reason = waiting
    else if (ended !== undefined) walk.reason = endOf(ended)
    else if (at(status, "ready") === true && at(status, "state", "running") !== undefined) {
      isRunning = true
      walk.ready++
    }
  }
  if (walk.reason !== "Completed" || !isRunning) return
  const isReady = listAt(pod, "status", "conditions").some(
    (each) => each["type"] === "Ready" && each["status"] === "True",
  )
  walk.reason = isReady ? "Running" : "NotReady"
}

function reasonOf(pod: JsonObject, walk: Walk): string {
  const phase = textAt(pod, ["status", "phase"])
  const isDeleting = at(pod, "metadata", "deletionTimestamp") !== undefined
  if (!isDeleting) return walk.reason
  if (textAt(pod, ["status", "reason"]) === "NodeLost") return "Unknown"
  return phase === "Succeeded" || phase === "Failed" ? walk.reason : "Terminating"
}

/** `1/2`: how many gates are open. */
function gateText(pod: JsonObject): string {
  const gates = listAt(pod, "spec", "readinessGates")
  if (gates.length === 0) return "<none>"
  const conditions = listAt(pod, "status", "conditions")
  const open = gates.filter((gate) =>
    conditions.some((each) => each["type"] === gate["conditionType"] && each["status"] === "True"),
  )
  return `${open.length}/${gates.length}`
}

/** The cells of a pod: what kubectl has shown since there were pods. */
export function podCells(pod: JsonObject, { age }: PrintContext): Cells {
  const sidecars = listAt(pod, "spec", "initContainers").filter(
    (each) => each["restartPolicy"] === "Always",
  )
  const total = listAt(pod, "spec", "containers").length + sidecars.length
  const scheduled = listAt(pod, "status", "conditions").find(
    (each) => each["type"] === "PodScheduled",
  )
  const phase = textAt(pod, ["status", "phase"])
  const isGated = scheduled?.["reason"] === "SchedulingGated"
  const reason = isGated ? "SchedulingGated" : textAt(pod, ["status", "reason"], phase)
  const walk: Walk = { reason, restarts: 0, ready: 0, lastRestart: "" }
  if (!walkInit(pod, walk)) walkContainers(pod, walk)
  const restarts =
    walk.lastRestart === "" ? `${walk.restarts}` : `${walk.restarts} (${age(walk.lastRestart)} ago)`
  return {
    Ready: `${walk.ready}/${total}`,
    Status: reasonOf(pod, walk),
    Restarts: restarts,
    IP: textAt(pod, ["status", "podIP"], "<none>"),
    Node: textAt(pod, ["spec", "nodeName"], "<none>"),
    "Nominated Node": textAt(pod, ["status", "nominatedNodeName"], "<none>"),
    "Readiness Gates": gateText(pod),
  }
}

/** A finished pod says so in its row. */
export function podConditions(pod: JsonObject): readonly JsonObject[] | undefined {
  const phase = textAt(pod, ["status", "phase"])
  if (phase !== "Succeeded" && phase !== "Failed") return undefined
  return [{ type: "Completed", status: "True", reason: phase, message: "The pod has completed." }]
}
