import { type EpochMs, formatInstant, formatNanoseconds } from "@argo-ts/kernel"
import { type ContainerStatus, instantOf, type Pod, type Terminated } from "../workloads.js"
import type { ContainerPlan } from "./pod-script.js"

/** Something that happened to a container, to be told as an event. */
export interface PodEvent {
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly message: string
}

/** How a run ended, where the container is a process of this machine. */
export interface RunEnd {
  readonly exitCode: number
  readonly signal?: number
  /** Default `Completed` for code 0 and `Error` for others. */
  readonly reason?: string
  readonly message?: string
}

/** One run of a container that is a process, as it is observed. */
export interface RunView {
  /** Absent: it runs. */
  readonly end?: RunEnd | undefined
  readonly isStarted: boolean
  readonly isReady: boolean
}

/** What keeps a container from being started now. */
export interface StartFault {
  /** What it waits with. */
  readonly reason: string
  readonly message: string
  /** The reason of the event that tells it. Default `Failed`. */
  readonly event?: string
}

/** What is known of the containers of a pod whose containers are processes. */
export interface ProcessView {
  faultOf(container: string): StartFault | undefined
  /** The run of a container that began with this `restartCount`. */
  runOf(container: string, restartCount: number): RunView
}

/** What a step looks at beside the container. */
export interface StepView {
  readonly pod: Pod
  readonly now: EpochMs
  /** Since when it is the container's turn. */
  readonly turnAt: number
  /** Absent: containers play their scripts. */
  readonly processes: ProcessView | undefined
  /** The main containers have ended for good. */
  readonly isClosing: boolean
}

/** A container a moment later. */
export interface Step {
  readonly status: ContainerStatus
  readonly events: readonly PodEvent[]
  readonly wakeAt: number | undefined
}

const restartBaseMs = 10_000
const restartMaxMs = 300_000
/** A container that ran so long has recovered: it is started again at once. */
const recoveredMs = 600_000
const pullErrorShownMs = 1_000
const [errImagePull, imagePullBackOff] = ["ErrImagePull", "ImagePullBackOff"] as const

/** The last try to pull up to an instant and the next one: the first at `firstAt`, then after 10, 20, 40 … 300 s. */
function pullsAround(
  firstAt: number,
  now: EpochMs,
): { readonly lastAt: number; readonly nextAt: number } {
  let lastAt = firstAt
  for (let delayMs = restartBaseMs; delayMs < restartMaxMs; delayMs *= 2) {
    if (now < lastAt + delayMs) return { lastAt, nextAt: lastAt + delayMs }
    lastAt += delayMs
  }
  lastAt += Math.floor((now - lastAt) / restartMaxMs) * restartMaxMs
  return { lastAt, nextAt: lastAt + restartMaxMs }
}

/** A container that nothing has happened to. */
export function untouched({ container }: ContainerPlan, reason: string): ContainerStatus {
  return {
    name: container.name,
    image: container.image,
    imageID: "",
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason } },
    lastState: {},
  }
}

/** True where a container that ended so is started again. */
export function restarts(plan: ContainerPlan, pod: Pod, exitCode: number): boolean {
  const { restartPolicy = "Always" } = pod.spec
  switch (plan.role) {
    case "sidecar":
      return true
    case "init":
      return exitCode !== 0 && restartPolicy !== "Never"
    case "ephemeral":
      return false
    case "main":
      return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0)
    default:
      return plan.role satisfies never
  }
}

function earliestOf(...instants: readonly (number | undefined | null)[]): number | undefined {
  const given = instants.filter((at) => at !== undefined && at !== null)
  return given.length === 0 ? undefined : Math.min(...given)
}

function normal(reason: string, message: string): PodEvent {
  return { type: "Normal", reason, message }
}

function warning(reason: string, message: string): PodEvent {
  return { type: "Warning", reason, message }
}

function started(plan: ContainerPlan, status: ContainerStatus, view: StepView): ContainerStatus {
  const isStarted =
    view.processes === undefined ? plan.startedMs === 0 : plan.container.startupProbe === undefined
  return {
    ...status,
    ready: false,
    started: isStarted,
    state: { running: { startedAt: formatInstant(view.now) } },
  }
}

/** The container begins to run, or waits with what keeps it from that. */
function begin(
  plan: ContainerPlan,
  status: ContainerStatus,
  view: StepView,
  events: readonly PodEvent[],
): Step {
  const fault = view.processes?.faultOf(plan.container.name)
  if (fault === undefined) return { status: started(plan, status, view), events, wakeAt: undefined }
  const { reason, message, event } = fault
  const known = status.state.waiting
  if (known?.reason === reason && known.message === message) {
    return { status, events: [], wakeAt: undefined }
  }
  const told =
    event === undefined ? warning("Failed", `Error: ${message}`) : warning(event, message)
  return {
    status: { ...status, state: { waiting: { reason, message } } },
    events: [told],
    wakeAt: undefined,
  }
}

/** How long a container that has ended waits: not at all the first time or after it recovered, then 10, 20, 40 … 300 s. */
function restartDelayMs(restartCount: number, last: Terminated | undefined): number {
  const finishedAt = instantOf(last?.finishedAt) ?? 0
  const ranMs = finishedAt - (instantOf(last?.startedAt) ?? finishedAt)
  if (restartCount === 0 || ranMs >= recoveredMs) return 0
  return Math.min(restartBaseMs * 2 ** (restartCount - 1), restartMaxMs)
}

function restart(plan: ContainerPlan, status: ContainerStatus, view: StepView): Step {
  const restartCount = status.restartCount + 1
  return begin(plan, { ...status, restartCount }, view, startEvents({ ...plan, pullMs: 0 }))
}

function startEvents({ container, pullMs }: ContainerPlan): PodEvent[] {
  const { name, image, imagePullPolicy } = container
  const isPulled = pullMs > 0 || imagePullPolicy === "Always"
  return [
    isPulled
      ? normal(
          "Pulled",
          `Successfully pulled image "${image}" in ${pullMs}ms (${pullMs}ms including waiting)`,
        )
      : normal("Pulled", `Container image "${image}" already present on machine`),
    normal("Created", `Created container: ${name}`),
    normal("Started", `Started container ${name}`),
  ]
}

/** The image does not come: an error, back-off, and another try when that is over, as long as the script says so. */
function failPull(
  plan: ContainerPlan,
  status: ContainerStatus,
  moment: { readonly pulledAt: number; readonly now: EpochMs },
): Step {
  const { image } = plan.container
  const message = plan.pullError ?? ""
  const known = status.state.waiting?.reason
  const { lastAt, nextAt } = pullsAround(moment.pulledAt, moment.now)
  const shownUntil = lastAt + pullErrorShownMs
  const isFresh = moment.now < shownUntil || (known !== errImagePull && known !== imagePullBackOff)
  const reason = isFresh ? errImagePull : imagePullBackOff
  const wakeAt = isFresh ? Math.max(shownUntil, moment.now + 1) : nextAt
  if (known === reason) return { status, events: [], wakeAt }
  const again = known === imagePullBackOff ? [normal("Pulling", `Pulling image "${image}"`)] : []
  const events = isFresh
    ? [...again, warning("Failed", `Failed to pull image "${image}": ${message}`)]
    : [normal("BackOff", `Back-off pulling image "${image}"`)]
  const state = { waiting: { reason, message } }
  return {
    status: { ...status, state },
    events: [...events, warning("Failed", `Error: ${reason}`)],
    wakeAt,
  }
}

function stepWaiting(plan: ContainerPlan, status: ContainerStatus, view: StepView): Step {
  const { now, turnAt } = view
  if (status.state.waiting?.reason === "CrashLoopBackOff") {
    const last = status.lastState.terminated
    const finishedAt = instantOf(last?.finishedAt) ?? now
    const restartAt = finishedAt + restartDelayMs(status.restartCount, last)
    if (now < restartAt) return { status, events: [], wakeAt: restartAt }
    return restart(plan, status, view)
  }
  const pulledAt = turnAt + plan.pullMs
  const { image, imagePullPolicy } = plan.container
  const isPulling = plan.pullMs > 0 || imagePullPolicy === "Always" || plan.pullError !== undefined
  const pulling = isPulling ? [normal("Pulling", `Pulling image "${image}"`)] : []
  const isFirst = status.state.waiting?.message === undefined
  if (plan.pullError !== undefined && now >= pulledAt) {
    const step = failPull(plan, status, { pulledAt, now })
    return isFirst ? { ...step, events: [...pulling, ...step.events] } : step
  }
  const startAt = pulledAt + plan.startMs
  if (now < startAt) return { status, events: [], wakeAt: earliestOf(startAt) }
  return begin(plan, status, view, [...(isFirst ? pulling : []), ...startEvents(plan)])
}

/** A duration as Go prints it: `1m20s`. */
function durationOf(ms: number): string {
  return formatNanoseconds(BigInt(ms) * 1_000_000n)
}

/** The container has ended: for good, or until the restart policy starts it again. */
function ended(
  plan: ContainerPlan,
  status: ContainerStatus,
  view: StepView & { readonly terminated: Terminated },
): Step {
  const { pod, terminated } = view
  const idle = { ...status, ready: false, started: false }
  const isLast = plan.role === "sidecar" && view.isClosing
  if (isLast || !restarts(plan, pod, terminated.exitCode)) {
    const isDone = plan.role === "init" && terminated.exitCode === 0
    return {
      status: { ...idle, ready: isDone, state: { terminated } },
      events: [],
      wakeAt: undefined,
    }
  }
  const delayMs = restartDelayMs(status.restartCount, terminated)
  if (delayMs === 0) {
    const state = { waiting: { reason: "ContainerCreating" } }
    return restart(plan, { ...idle, state, lastState: { terminated } }, view)
  }
  const { name = "", namespace = "", uid = "" } = pod.metadata
  const where = `container=${plan.container.name} pod=${name}_${namespace}(${uid})`
  const message = `back-off ${durationOf(delayMs)} restarting failed ${where}`
  const state = { waiting: { reason: "CrashLoopBackOff", message } }
  const told = `Back-off restarting failed container ${plan.container.name} in pod ${name}_${namespace}(${uid})`
  return {
    status: { ...idle, state, lastState: { terminated } },
    events: [warning("BackOff", told)],
    wakeAt: undefined,
  }
}

/** What readiness the script gives at an instant, and when it next changes. */
function readinessAt(plan: ContainerPlan, startedAt: number, now: EpochMs) {
  const { readyMs, readiness } = plan
  const changes = [...(readyMs === null ? [] : [{ atMs: readyMs, ready: true }]), ...readiness]
  let isReady = false
  let nextAt: number | undefined
  for (const { atMs, ready } of changes) {
    if (startedAt + atMs <= now) isReady = ready
    else nextAt = earliestOf(nextAt, startedAt + atMs)
  }
  return { isReady, nextAt }
}

/** How a run ended, as its container's state tells it. */
export function terminatedBy(end: RunEnd, startedAt: string, now: EpochMs): Terminated {
  const reason = end.exitCode === 0 ? "Completed" : "Error"
  return { reason, ...end, startedAt, finishedAt: formatInstant(now) }
}

/** A container that is a process is as its process is. */
function stepProcess(
  plan: ContainerPlan,
  status: ContainerStatus,
  view: StepView & { readonly processes: ProcessView },
): Step {
  const { end, isStarted, isReady } = view.processes.runOf(status.name, status.restartCount)
  if (end !== undefined) {
    const terminated = terminatedBy(end, status.state.running?.startedAt ?? "", view.now)
    return ended(plan, status, { ...view, terminated })
  }
  const ready = isStarted && isReady
  const isSame = ready === status.ready && isStarted === status.started
  const next = isSame ? status : { ...status, ready, started: isStarted }
  return { status: next, events: [], wakeAt: undefined }
}

function stepRunning(plan: ContainerPlan, status: ContainerStatus, view: StepView): Step {
  const { now, processes } = view
  if (processes !== undefined) return stepProcess(plan, status, { ...view, processes })
  const startedAtText = status.state.running?.startedAt ?? ""
  const startedAt = instantOf(startedAtText) ?? now
  const since = (ms: number | null): number | undefined =>
    ms === null ? undefined : startedAt + ms
  const exit = plan.exits[Math.min(status.restartCount, plan.exits.length - 1)]
  const exitAt = since(exit?.afterMs ?? null)
  const finish = (by: { exitCode: number; reason: string }): Step => {
    const times = { startedAt: startedAtText, finishedAt: formatInstant(now) }
    return ended(plan, status, { ...view, terminated: { ...by, ...times } })
  }
  if (exitAt !== undefined && now >= exitAt && exit !== undefined) {
    return finish({ exitCode: exit.exitCode, reason: exit.reason })
  }
  const failsAt = since(plan.livenessFailsMs)
  const { name } = plan.container
  if (failsAt !== undefined && now >= failsAt) {
    const step = finish({ exitCode: 137, reason: "Error" })
    const told = [
      warning("Unhealthy", "Liveness probe failed: the script says so"),
      normal("Killing", `Container ${name} failed liveness probe, will be restarted`),
    ]
    return { ...step, events: [...told, ...step.events] }
  }
  const startAt = since(plan.startedMs)
  const isStarted = startAt !== undefined && now >= startAt
  const { isReady, nextAt } = readinessAt(plan, startedAt, now)
  const ready = isStarted && isReady
  const wakeAt = earliestOf(exitAt, failsAt, isStarted ? undefined : startAt, nextAt)
  if (ready === status.ready && isStarted === status.started) return { status, events: [], wakeAt }
  const lost = status.ready && !ready
  const events = lost ? [warning("Unhealthy", "Readiness probe failed: the script says so")] : []
  return { status: { ...status, ready, started: isStarted }, events, wakeAt }
}

/** Bounds the changes of one container in one instant: a script without delays must not loop. */
const changesMax = 4

/** Everything that is due for a container whose turn it is. */
export function stepContainer(plan: ContainerPlan, before: ContainerStatus, view: StepView): Step {
  const isOver = plan.role === "sidecar" && view.isClosing && before.state.running === undefined
  if (isOver) return { status: before, events: [], wakeAt: undefined }
  let status = before
  const events: PodEvent[] = []
  for (let changes = 0; changes < changesMax; changes++) {
    if (status.state.terminated !== undefined) return { status, events, wakeAt: undefined }
    const step =
      status.state.running === undefined
        ? stepWaiting(plan, status, view)
        : stepRunning(plan, status, view)
    events.push(...step.events)
    if (step.status === status) return { status, events, wakeAt: step.wakeAt }
    const isAnother =
      status.state.running === undefined || status.restartCount !== step.status.restartCount
    const hasBegun = isAnother && step.status.state.running !== undefined
    status = step.status
    // A process has to be started before anything can be said of it.
    if (hasBegun && view.processes !== undefined) return { status, events, wakeAt: undefined }
  }
  return { status, events, wakeAt: view.now + 1 }
}
