import { type EpochMs, epochMs, equalJson, formatInstant } from "@argo-ts/kernel"
import {
  type ContainerStatus,
  instantOf,
  isFinished,
  type Pod,
  type PodStatus,
} from "../workloads.js"
import {
  type PodEvent,
  type ProcessView,
  restarts,
  type Step,
  stepContainer,
  terminatedBy,
  untouched,
} from "./container-step.js"
import { advanceEphemeral, withEphemeralEnded } from "./ephemeral-containers.js"
import { conditionsOf } from "./pod-conditions.js"
import type { ContainerPlan, PodPlan } from "./pod-script.js"
import { statusesOf as allStatusesOf, deadlineOf, hasProcesses, isClosing } from "./pod-stops.js"

/** What a kubelet does about a pod next. */
export type PodDecision =
  | { readonly type: "Wait"; readonly wakeAt?: EpochMs }
  | { readonly type: "Remove" }
  | {
      readonly type: "Report"
      readonly status: PodStatus
      readonly events: readonly PodEvent[]
      readonly wakeAt?: EpochMs
      /** True where nothing more can follow from the report itself: it need not be looked at again. */
      readonly isSettled?: boolean
    }

/** What a kubelet knows beside the pod. */
export interface PodView {
  readonly plan: PodPlan
  readonly now: EpochMs
  readonly hostIP: string
  readonly podIP: string
  /** What is known of its processes; absent where its containers play scripts. */
  readonly processes?: ProcessView | undefined
  /** Since when the kubelet knows of an ephemeral container of a pod that has begun: now, where it is asked first. */
  readonly ephemeralSince: (container: string) => EpochMs
}

function waitUntil(at: number | undefined): PodDecision {
  return at === undefined ? { type: "Wait" } : { type: "Wait", wakeAt: epochMs(at) }
}

function earliestOf(...instants: readonly (number | undefined)[]): number | undefined {
  const given = instants.filter((at) => at !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

/** What happens next to a pod on its node: a function of the pod, its script and the time (spec/cluster §8.14). */
export function decidePod(pod: Pod, view: PodView): PodDecision {
  if (pod.metadata.deletionTimestamp !== undefined) return decideGoing(pod, view)
  if (isFinished(pod) || pod.spec.nodeName === undefined) return { type: "Wait" }
  const deadline = deadlineOf(pod)
  if (deadline !== undefined && view.now >= deadline) {
    if (isBusy(pod, view)) return { type: "Wait" }
    return { type: "Report", status: deadlineExceeded(pod, view), events: [] }
  }
  const { status, events, wakeAt } = advance(pod, view)
  const next = earliestOf(wakeAt, deadlineOf({ ...pod, status }))
  if (equalJson(status, pod.status)) return waitUntil(next)
  return {
    type: "Report",
    status,
    events,
    ...(next === undefined ? { isSettled: isSettled(view) } : { wakeAt: epochMs(next) }),
  }
}

/**
 * Containers that run beside each other come to rest in one decision. Those that wait for each other, and processes,
 * which are started after the report, may go on from what it says.
 */
function isSettled({ plan, processes }: PodView): boolean {
  return plan.init.length === 0 && plan.ephemeral.length === 0 && processes === undefined
}

/** True while processes of the pod run: their end is waited for. */
function isBusy(pod: Pod, { processes }: PodView): boolean {
  return processes !== undefined && hasProcesses(pod, processes)
}

/** When a deleted pod's containers have ended, by their scripts. */
function goneAt(pod: Pod, { plan, now }: PodView): number {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata
  const latest = instantOf(deletionTimestamp) ?? now
  const graceMs = deletionGracePeriodSeconds * 1000
  const running = allStatusesOf(pod.status).filter(({ state }) => state.running !== undefined)
  if (running.length === 0 || isFinished(pod)) return latest - graceMs
  const takesMs = [...plan.init, ...plan.main, ...plan.ephemeral]
    .filter(({ container }) => running.some(({ name }) => name === container.name))
    .map(({ terminateMs }) => Math.min(terminateMs, graceMs))
  return latest - graceMs + Math.max(0, ...takesMs)
}

function statusesOf(status: PodStatus | undefined, part: "init" | "main") {
  return (part === "init" ? status?.initContainerStatuses : status?.containerStatuses) ?? []
}

function decideGoing(pod: Pod, view: PodView): PodDecision {
  if (isBusy(pod, view)) return { type: "Wait" }
  const at = view.processes === undefined ? goneAt(pod, view) : view.now
  if (view.now < at) return waitUntil(at)
  const hasRun = pod.status?.phase === "Running" && !isFinished(pod)
  if (hasRun) return { type: "Report", status: stopped(pod, view), events: [] }
  return (pod.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    (pod.metadata.finalizers?.length ?? 0) > 0
    ? { type: "Wait" }
    : { type: "Remove" }
}

/** The last status of a deleted pod: everything that ran was told to end, and did or was killed. */
function stopped(pod: Pod, view: PodView): PodStatus {
  const { plan, now, processes } = view
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000
  const stop = (each: ContainerPlan, status: ContainerStatus): ContainerStatus => {
    const { running } = status.state
    if (running === undefined) return status
    const scripted = { exitCode: each.terminateMs > graceMs ? 137 : each.terminateExitCode }
    const end = processes?.runOf(status.name, status.restartCount).end ?? scripted
    const terminated = terminatedBy(end, running.startedAt, now)
    return { ...status, ready: false, started: false, state: { terminated } }
  }
  const all = mapStatuses(pod.status ?? {}, plan, stop)
  const hasFailed = all.main.some(({ state }) => (state.terminated?.exitCode ?? 1) !== 0)
  return reported(pod, withEphemeralEnded(pod.status ?? {}, view), view, {
    ...all,
    phase: hasFailed ? "Failed" : "Succeeded",
  })
}

interface Statuses {
  readonly init: readonly ContainerStatus[]
  readonly main: readonly ContainerStatus[]
}

function mapStatuses(
  status: PodStatus,
  plan: PodPlan,
  change: (each: ContainerPlan, status: ContainerStatus) => ContainerStatus,
): Statuses {
  const mapPart = (part: "init" | "main"): ContainerStatus[] =>
    plan[part].map((each) => change(each, knownStatus(each, statusesOf(status, part))))
  return { init: mapPart("init"), main: mapPart("main") }
}

function knownStatus(
  plan: ContainerPlan,
  statuses: readonly ContainerStatus[],
  reason = "ContainerCreating",
): ContainerStatus {
  return statuses.find(({ name }) => name === plan.container.name) ?? untouched(plan, reason)
}

interface Progress extends Statuses {
  readonly isInitialized: boolean
  readonly hasFailed: boolean
  readonly events: readonly PodEvent[]
  readonly wakeAt: number | undefined
}

/** Init containers in their order, each when the one before is done (or, a sidecar, has started). */
function advanceInit(pod: Pod, status: PodStatus, view: PodView, steps: Step[]) {
  const { plan, now, processes } = view
  let turnAt: number = instantOf(status.startTime) ?? now
  let isBlocked = false
  let hasFailed = false
  const statuses = plan.init.map((each): ContainerStatus => {
    const before = knownStatus(each, statusesOf(status, "init"), "PodInitializing")
    if (isBlocked) return before
    const at = { pod, now, turnAt, processes, isClosing: isClosing(plan, status) }
    const step = stepContainer(each, before, at)
    steps.push(step)
    const { terminated, running } = step.status.state
    if (each.role === "sidecar") {
      if (step.status.started) turnAt = Math.max(turnAt, instantOf(running?.startedAt) ?? turnAt)
      else isBlocked = true
    } else if (terminated?.exitCode === 0) {
      turnAt = Math.max(turnAt, instantOf(terminated.finishedAt) ?? turnAt)
    } else {
      isBlocked = true
      hasFailed = terminated !== undefined && !restarts(each, pod, terminated.exitCode)
    }
    return step.status
  })
  return { statuses, isBlocked, hasFailed, turnAt }
}

function advanceAll(pod: Pod, status: PodStatus, view: PodView): Progress {
  const { plan, now, processes } = view
  const steps: Step[] = []
  const wasInitialized = statusesOf(status, "main").some(hasBegun)
  const init = advanceInit(pod, status, view, steps)
  // A sidecar that restarts later holds nothing up any more.
  const isInitialized = wasInitialized || !init.isBlocked
  const waiting = plan.init.length > 0 ? "PodInitializing" : "ContainerCreating"
  const main = plan.main.map((each): ContainerStatus => {
    const before = knownStatus(each, statusesOf(status, "main"), waiting)
    if (!isInitialized || init.hasFailed) return before
    const at = { pod, now, turnAt: init.turnAt, processes, isClosing: false }
    const step = stepContainer(each, before, at)
    steps.push(step)
    return step.status
  })
  return {
    init: init.statuses,
    main,
    isInitialized,
    hasFailed: init.hasFailed,
    events: steps.flatMap(({ events }) => events),
    wakeAt: earliestOf(...steps.map(({ wakeAt }) => wakeAt)),
  }
}

function hasBegun({ state, lastState }: ContainerStatus): boolean {
  return state.waiting === undefined || lastState.terminated !== undefined
}

function phaseOf({ main, hasFailed, isInitialized }: Progress): NonNullable<PodStatus["phase"]> {
  if (hasFailed) return "Failed"
  if (!isInitialized || !main.every(hasBegun)) return "Pending"
  const codes = main.map(({ state }) => state.terminated?.exitCode)
  if (codes.includes(undefined)) return "Running"
  return codes.every((code) => code === 0) ? "Succeeded" : "Failed"
}

/** Sidecars end once nothing is left that they are for. */
function endSidecars(statuses: readonly ContainerStatus[], now: EpochMs): ContainerStatus[] {
  return statuses.map((status) => {
    const { running } = status.state
    if (running === undefined) return status
    const { startedAt } = running
    const finishedAt = formatInstant(now)
    const terminated = { exitCode: 0, reason: "Completed", startedAt, finishedAt }
    return { ...status, ready: false, started: false, state: { terminated } }
  })
}

interface Report extends Statuses {
  readonly phase: NonNullable<PodStatus["phase"]>
  readonly isInitialized?: boolean
}

function reported(pod: Pod, base: PodStatus, view: PodView, report: Report): PodStatus {
  const { plan, now, hostIP, podIP } = view
  const { init, main, phase, isInitialized = true } = report
  const sidecars = init.filter((_status, index) => plan.init[index]?.role === "sidecar")
  const lasting = [...sidecars, ...main]
  const hasSandbox = [...init, ...main].some(hasBegun)
  const facts = { isInitialized, hasSandbox, init, lasting, phase }
  const conditions = conditionsOf(pod, facts, { known: base.conditions, now })
  return {
    ...base,
    phase,
    conditions,
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(hasSandbox ? { podIP, podIPs: [{ ip: podIP }] } : {}),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
  }
}

function advance(pod: Pod, view: PodView) {
  const { now } = view
  const base: PodStatus =
    pod.status?.startTime === undefined
      ? { ...pod.status, startTime: formatInstant(now) }
      : pod.status
  const progress = advanceAll(pod, base, view)
  const hasSandbox = [...progress.init, ...progress.main].some(hasBegun)
  const steps = hasSandbox ? advanceEphemeral(pod, base, view) : []
  const beside =
    steps.length === 0
      ? base
      : { ...base, ephemeralContainerStatuses: steps.map(({ status }) => status) }
  const ending = phaseOf(progress)
  const isEnding = ending === "Succeeded" || ending === "Failed"
  // Sidecars that are processes are asked to end first.
  const isOver = isEnding && !isBusy({ ...pod, status: statusWith(beside, progress) }, view)
  const phase = isEnding && !isOver ? "Running" : ending
  const init = isOver ? endSidecars(progress.init, now) : progress.init
  const known = isOver ? withEphemeralEnded(beside, view) : beside
  const status = reported(pod, known, view, { ...progress, init, phase })
  const events = [...progress.events, ...steps.flatMap((step) => step.events)]
  const wakeAt = earliestOf(progress.wakeAt, ...steps.map((step) => step.wakeAt))
  return { status, events, wakeAt: isOver ? undefined : wakeAt }
}

function statusWith(base: PodStatus, { init, main }: Statuses): PodStatus {
  return { ...base, initContainerStatuses: init, containerStatuses: main }
}

function deadlineExceeded(pod: Pod, view: PodView): PodStatus {
  const finishedAt = formatInstant(view.now)
  const all = mapStatuses(pod.status ?? {}, view.plan, (_each, status) => {
    if (status.state.terminated !== undefined) return status
    const startedAt = status.state.running?.startedAt ?? finishedAt
    const known = view.processes?.runOf(status.name, status.restartCount).end
    const terminated = terminatedBy(known ?? { exitCode: 137 }, startedAt, view.now)
    return { ...status, ready: false, started: false, state: { terminated } }
  })
  const base = withEphemeralEnded(pod.status ?? {}, view)
  const ended = reported(pod, base, view, { ...all, phase: "Failed" })
  return {
    ...ended,
    reason: "DeadlineExceeded",
    message: "Pod was active on the node longer than the specified deadline",
  }
}
