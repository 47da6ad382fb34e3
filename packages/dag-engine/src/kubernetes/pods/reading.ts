import type { WorkflowTaskResult } from "../../api/task-result.js"
import type { Template } from "../../api/template.js"
import type { ContainerOutcome, Outcome } from "../../core/actions.js"
import type { Task } from "../../executors/executor.js"
import { type ContainerStatus, type PodObject, podLabels } from "./kinds.js"
import { resourcesDuration } from "./resources.js"

/** What a pod says about its task. */
export type PodReading =
  | { readonly state: "waiting"; readonly message: string }
  | { readonly state: "running" }
  | { readonly state: "ready"; readonly podIP: string }
  /** It has ended, and what it left has not been reported yet. */
  | { readonly state: "reporting" }
  | { readonly state: "ended"; readonly outcome: Outcome }

/** What is read: the pod, what its executor reported, and whether one still waits for more of that. */
export interface PodSight {
  readonly pod: PodObject
  readonly result: WorkflowTaskResult | undefined
  /** False: nobody waits for reports any longer. */
  readonly isPatient: boolean
}

/** Reads a pod (spec/workflows §2.24). */
export function readPod(task: Task, sight: PodSight): PodReading {
  const { status = {} } = sight.pod
  switch (status.phase) {
    case "Running":
      return readRunning(task, sight.pod)
    case "Succeeded":
    case "Failed":
      return readEnded(task, sight)
    default:
      return { state: "waiting", message: waitingFor(sight.pod) }
  }
}

function waitingFor({ status = {} }: PodObject): string {
  const { initContainerStatuses = [], containerStatuses = [], conditions = [] } = status
  for (const { state } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason, message } = state?.waiting ?? {}
    if (reason !== undefined) return withMessage(reason, message)
  }
  const unscheduled = conditions.find((each) => each.reason === "Unschedulable")
  return unscheduled === undefined ? "" : withMessage("Unschedulable", unscheduled.message)
}

function withMessage(reason: string, message: string | undefined): string {
  return message === undefined || message === "" ? reason : `${reason}: ${message}`
}

function readRunning({ template }: Task, { status = {} }: PodObject): PodReading {
  const { podIP = "", containerStatuses = [] } = status
  if (template.daemon !== true) return { state: "running" }
  const isReady =
    containerStatuses.length > 0 && containerStatuses.every(({ ready }) => ready === true)
  return isReady ? { state: "ready", podIP } : { state: "waiting", message: "" }
}

function readEnded(task: Task, { pod, result, isPatient }: PodSight): PodReading {
  const statuses = pod.status?.containerStatuses ?? []
  const wait = statuses.find(({ name }) => name === "wait")
  const isReported =
    result !== undefined && result.metadata.labels?.[podLabels.reported] !== "false"
  const verdict = verdictOf(pod)
  const isOwed = verdict.phase === "Succeeded" && owesReport(task)
  const isWaiting = wait?.state?.running !== undefined
  if (isPatient && (isWaiting || (isOwed && !isReported))) return { state: "reporting" }
  return { state: "ended", outcome: outcomeOf(task, pod, { verdict, result }) }
}

/** True where a task that succeeded has something to report. */
function owesReport({ template, isResultWanted }: Task): boolean {
  const { parameters = [], artifacts = [] } = template.outputs ?? {}
  if (parameters.some(({ valueFrom }) => valueFrom?.path !== undefined)) return true
  return artifacts.some(({ optional }) => optional !== true) || isResultWanted
}

interface Verdict {
  readonly phase: "Succeeded" | "Failed" | "Error"
  readonly message: string
}

const own: ReadonlySet<string> = new Set(["wait", "supervisor"])
const killed: ReadonlySet<number> = new Set([137, 143])
/** What upstream's executor exits with where it failed before the main container began. */
const beforeMainCode = 65

/** How a pod ended: the first failure, looking at init containers, main, the executor, then sidecars. */
function verdictOf({ status = {}, metadata }: PodObject): Verdict {
  if (status.phase === "Succeeded") return { phase: "Succeeded", message: "" }
  const { message, initContainerStatuses = [], containerStatuses = [] } = status
  if (message !== undefined && message !== "") return { phase: "Failed", message }
  if (initContainerStatuses.length + containerStatuses.length === 0) {
    return { phase: "Failed", message: `can't find failed message for pod ${metadata.name ?? ""}` }
  }
  const isInit = new Set(initContainerStatuses)
  const main = containerStatuses.filter(({ name }) => name === "main")
  const argo = containerStatuses.filter(({ name }) => own.has(name))
  const others = containerStatuses.filter(({ name }) => name !== "main" && !own.has(name))
  // The executor is to blame for what it could not begin.
  const isBeforeMain = argo.some(({ state }) => state?.terminated?.exitCode === beforeMainCode)
  const ordered = isBeforeMain ? [...argo, ...main] : [...main, ...argo]
  for (const container of [...initContainerStatuses, ...ordered, ...others]) {
    const isArgo = isInit.has(container) || own.has(container.name)
    const found = failureOf(container, { isArgo, isMain: container.name === "main" })
    if (found !== undefined) return found
  }
  // Only sidecars that were ended from outside: what counts is whether the two that matter went well.
  const bad = [main[0], argo[0]].map((each) => each?.state?.terminated?.exitCode !== 0)
  if (!bad[0] && !bad[1]) return { phase: "Succeeded", message: "" }
  const which = bad[0] && bad[1] ? "neither main nor wait container completed" : undefined
  const one = `${bad[0] ? "main" : "wait"} container did not complete`
  return { phase: "Failed", message: `pod failed: ${which ?? one} successfully` }
}

function failureOf(
  { name, state }: ContainerStatus,
  { isArgo, isMain }: { readonly isArgo: boolean; readonly isMain: boolean },
): Verdict | undefined {
  const { waiting, terminated } = state ?? {}
  if (waiting !== undefined) {
    const { reason = "", message = "" } = waiting
    const text = `Pod failed before ${name} container starts due to ${reason}: ${message}`
    return { phase: "Error", message: text }
  }
  if (terminated === undefined || terminated.exitCode === 0) return undefined
  const { exitCode } = terminated
  if (!isArgo && !isMain && killed.has(exitCode)) return undefined
  return { phase: isArgo ? "Error" : "Failed", message: exitMessage(name, terminated) }
}

function exitMessage(
  name: string,
  terminated: NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>,
): string {
  const { exitCode, reason = "Error", message = "" } = terminated
  const text = `${name}: ${reason} (exit code ${exitCode})`
  return message === "" ? text : `${text}: ${message}`
}

function outcomeOf(
  { template }: Task,
  pod: PodObject,
  {
    verdict,
    result,
  }: { readonly verdict: Verdict; readonly result: WorkflowTaskResult | undefined },
): Outcome {
  const statuses = pod.status?.containerStatuses ?? []
  const main = statuses.find(({ name }) => name === "main")?.state?.terminated
  const { parameters = [], artifacts = [], result: text } = result?.outputs ?? {}
  const values = Object.create(null) as { [name: string]: string }
  for (const { name, value } of parameters) if (value !== undefined) values[name] = String(value)
  // The executor may know better than the pod: that an output could not be stored.
  const phase =
    result?.phase === "Error" || result?.phase === "Failed" ? result.phase : verdict.phase
  const message = result?.message ?? verdict.message
  const host = pod.spec["nodeName"]
  return {
    phase,
    ...(message === "" ? {} : { message }),
    ...(main === undefined ? {} : { exitCode: String(main.exitCode) }),
    ...(text === undefined ? {} : { result: text }),
    parameters: values,
    artifacts,
    ...(typeof host === "string" ? { hostNodeName: host } : {}),
    resourcesDuration: resourcesDuration(pod),
    ...(template.containerSet === undefined
      ? {}
      : { containers: containersOf(template, statuses) }),
  }
}

/** The end of a pod that somebody has deleted, and of the containers that went with it. */
export function deletedPod({ containerSet }: Template): Outcome {
  const outcome = { phase: "Error", message: "pod deleted" } as const
  if (containerSet === undefined) return outcome
  const gone = { phase: "Error", message: "container deleted" } as const
  const names = (containerSet.containers ?? []).map(({ name = "" }) => name)
  return { ...outcome, containers: Object.fromEntries(names.map((name) => [name, gone])) }
}

/** What upstream's wrapper exits with where it failed itself. */
const wrapperCode = 64

function containersOf(
  template: Template,
  statuses: readonly ContainerStatus[],
): { [name: string]: ContainerOutcome } {
  const outcomes = Object.create(null) as { [name: string]: ContainerOutcome }
  for (const { name = "" } of template.containerSet?.containers ?? []) {
    const terminated = statuses.find((each) => each.name === name)?.state?.terminated
    if (terminated === undefined) continue
    const exitCode = String(terminated.exitCode)
    if (terminated.exitCode === 0) outcomes[name] = { phase: "Succeeded", exitCode }
    else {
      const phase = terminated.exitCode === wrapperCode ? "Error" : "Failed"
      outcomes[name] = { phase, exitCode, message: exitMessage(name, terminated) }
    }
  }
  return outcomes
}
