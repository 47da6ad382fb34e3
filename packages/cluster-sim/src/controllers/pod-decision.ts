import {
  type Condition,
  type EpochMs,
  epochMs,
  fnv32a,
  formatInstant,
  setCondition,
} from "@argo-ts/kernel"
import type { ResolvedBehavior } from "./pod-script.js"
import {
  type ContainerState,
  type ContainerStatus,
  instantOf,
  isFinished,
  type Pod,
  type PodStatus,
  type Terminated,
} from "./workloads.js"

/** What the scheduler and the kubelet do about a pod next. */
export type PodDecision =
  | { readonly type: "Wait"; readonly wakeAt?: EpochMs }
  | { readonly type: "Schedule" }
  | { readonly type: "Remove" }
  | { readonly type: "Report"; readonly status: PodStatus }

const restartBaseMs = 10_000
const restartMaxMs = 300_000

function waitUntil(at: number | undefined): PodDecision {
  return at === undefined ? { type: "Wait" } : { type: "Wait", wakeAt: epochMs(at) }
}

function earliestOf(...instants: readonly (number | undefined)[]): number | undefined {
  const given = instants.filter((at) => at !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

/** What happens next to a pod: a function of the pod, its script and the time. */
export function decidePod(pod: Pod, behavior: ResolvedBehavior, now: EpochMs): PodDecision {
  if (pod.metadata.deletionTimestamp !== undefined) return decideGoing(pod, behavior, now)
  if (isFinished(pod)) return { type: "Wait" }
  if (pod.spec.nodeName === undefined) {
    return (pod.spec.schedulingGates?.length ?? 0) > 0 ? { type: "Wait" } : { type: "Schedule" }
  }
  const deadline = deadlineOf(pod)
  if (deadline !== undefined && now >= deadline) {
    return { type: "Report", status: deadlineExceeded(pod, now) }
  }
  if (pod.status?.startTime === undefined) return { type: "Report", status: accepted(pod, now) }
  const decision =
    pod.status.phase === "Running"
      ? decideRunning(pod, pod.status, { behavior, now })
      : decideStarting(pod, pod.status, { behavior, now })
  return decision.type === "Wait" ? waitUntil(earliestOf(decision.wakeAt, deadline)) : decision
}

function deadlineOf(pod: Pod): number | undefined {
  const start = instantOf(pod.status?.startTime)
  const { activeDeadlineSeconds } = pod.spec
  if (start === undefined || activeDeadlineSeconds === undefined) return undefined
  return start + activeDeadlineSeconds * 1000
}

function decideGoing(pod: Pod, behavior: ResolvedBehavior, now: EpochMs): PodDecision {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata
  const latest = instantOf(deletionTimestamp) ?? now
  const graceMs = deletionGracePeriodSeconds * 1000
  const hasStarted = pod.status?.phase === "Running"
  const takesMs = hasStarted ? Math.min(behavior.terminateMs, graceMs) : 0
  const goneAt = latest - graceMs + takesMs
  if (now < goneAt) return waitUntil(goneAt)
  return deletionGracePeriodSeconds === 0 ? { type: "Wait" } : { type: "Remove" }
}

interface Moment {
  readonly behavior: ResolvedBehavior
  readonly now: EpochMs
}

function decideStarting(pod: Pod, status: PodStatus, { behavior, now }: Moment): PodDecision {
  const startAt = (instantOf(status.startTime) ?? now) + behavior.startMs
  if (now < startAt) return waitUntil(startAt)
  if (behavior.pullError !== undefined) {
    const waiting = { reason: "ImagePullBackOff", message: behavior.pullError }
    const isKnown = status.containerStatuses?.[0]?.state.waiting?.reason === waiting.reason
    if (isKnown) return { type: "Wait" }
    return { type: "Report", status: withContainers(pod, status, { state: { waiting }, now }) }
  }
  const running = { startedAt: formatInstant(now) }
  const change = { state: { running }, isReady: behavior.readyMs === 0, now }
  const { podIP, hostIP } = addressesOf(pod)
  const started = withContainers(pod, status, change)
  return {
    type: "Report",
    status: { ...started, phase: "Running", hostIP, podIP, podIPs: [{ ip: podIP }] },
  }
}

function decideRunning(pod: Pod, status: PodStatus, { behavior, now }: Moment): PodDecision {
  const [first] = status.containerStatuses ?? []
  if (first === undefined) return { type: "Wait" }
  const startedAt = instantOf(first.state.running?.startedAt)
  if (startedAt === undefined) return decideRestart(pod, status, { behavior, now })
  const exitAt = behavior.exitMs === null ? undefined : startedAt + behavior.exitMs
  if (exitAt !== undefined && now >= exitAt) {
    const end = { exitCode: behavior.exitCode, startedAt: first.state.running?.startedAt ?? "" }
    return { type: "Report", status: exited(pod, status, { ...end, now }) }
  }
  const readyAt = behavior.readyMs === null ? undefined : startedAt + behavior.readyMs
  if (readyAt === undefined || now < readyAt) return waitUntil(earliestOf(exitAt, readyAt))
  const next = withContainers(pod, status, { state: first.state, isReady: true, now })
  if (isReported(status, next)) return waitUntil(exitAt)
  return { type: "Report", status: next }
}

function isReported(status: PodStatus, next: PodStatus): boolean {
  return JSON.stringify(status) === JSON.stringify(next)
}

function decideRestart(pod: Pod, status: PodStatus, { behavior, now }: Moment): PodDecision {
  const [first] = status.containerStatuses ?? []
  const finishedAt = instantOf(first?.lastState.terminated?.finishedAt) ?? now
  const restarts = first?.restartCount ?? 0
  const restartAt = finishedAt + Math.min(restartBaseMs * 2 ** restarts, restartMaxMs)
  if (now < restartAt) return waitUntil(restartAt)
  const state = { running: { startedAt: formatInstant(now) } }
  const isReady = behavior.readyMs === 0
  const next = withContainers(pod, status, { state, isReady, restarts: restarts + 1, now })
  return { type: "Report", status: next }
}

/** Addresses from the pod's uid: the same in every run, and no state to keep. */
function addressesOf(pod: Pod): { readonly podIP: string; readonly hostIP: string } {
  const hash = fnv32a(pod.metadata.uid ?? "")
  return { podIP: `10.244.${(hash >>> 8) & 255}.${1 + (hash % 254)}`, hostIP: "10.0.0.1" }
}

function accepted(pod: Pod, now: EpochMs): PodStatus {
  const waiting = { reason: "ContainerCreating" }
  const status: PodStatus = { ...pod.status, phase: "Pending", startTime: formatInstant(now) }
  return withContainers(pod, status, { state: { waiting }, now })
}

interface ContainerChange {
  readonly state: ContainerState
  readonly isReady?: boolean
  readonly restarts?: number
  readonly terminated?: Terminated
  readonly now: EpochMs
}

/** The status with all containers in one state, and the conditions that follow. */
function withContainers(pod: Pod, status: PodStatus, change: ContainerChange): PodStatus {
  const { state, isReady = false, now, terminated } = change
  const containerStatuses = pod.spec.containers.map(({ name, image }): ContainerStatus => {
    const old = status.containerStatuses?.find((each) => each.name === name)
    return {
      name,
      image,
      imageID: "",
      ready: isReady,
      started: state.running !== undefined,
      restartCount: change.restarts ?? old?.restartCount ?? 0,
      state,
      lastState: terminated === undefined ? (old?.lastState ?? {}) : { terminated },
    }
  })
  const conditions = conditionsOf(pod, status, { isReady, now })
  return { ...status, conditions, containerStatuses }
}

function conditionsOf(
  pod: Pod,
  status: PodStatus,
  { isReady, now }: { readonly isReady: boolean; readonly now: EpochMs },
): readonly Condition[] {
  const lastTransitionTime = formatInstant(now)
  const names = pod.spec.containers.map(({ name }) => name).join(" ")
  const unready = {
    reason: "ContainersNotReady",
    message: `containers with unready status: [${names}]`,
  }
  const gates = pod.spec.readinessGates ?? []
  const isOpen = gates.every(({ conditionType }) =>
    status.conditions?.some(({ type, status: is }) => type === conditionType && is === "True"),
  )
  const gated = { reason: "ReadinessGatesNotReady" }
  const of = (type: string, holds: boolean, why: object): Condition => ({
    type,
    status: holds ? "True" : "False",
    lastTransitionTime,
    ...(holds ? {} : why),
  })
  const wanted = [
    of("PodScheduled", true, {}),
    of("Initialized", true, {}),
    of("ContainersReady", isReady, unready),
    of("Ready", isReady && isOpen, isReady ? gated : unready),
  ]
  return wanted.reduce<readonly Condition[]>(setCondition, status.conditions ?? [])
}

interface Exit {
  readonly exitCode: number
  readonly startedAt: string
  readonly now: EpochMs
}

/** The containers have ended: for good, or until the restart policy starts them again. */
function exited(pod: Pod, status: PodStatus, { exitCode, startedAt, now }: Exit): PodStatus {
  const reason = exitCode === 0 ? "Completed" : "Error"
  const finishedAt = formatInstant(now)
  const terminated: Terminated = { exitCode, reason, startedAt, finishedAt }
  const { restartPolicy = "Always" } = pod.spec
  const restarts = restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0)
  if (restarts) {
    const message = `back-off restarting failed container in pod ${pod.metadata.name ?? ""}`
    const waiting = { reason: "CrashLoopBackOff", message }
    return withContainers(pod, status, { state: { waiting }, terminated, now })
  }
  const ended = withContainers(pod, status, { state: { terminated }, now })
  const phase = exitCode === 0 ? "Succeeded" : "Failed"
  return { ...withEndReason(ended, phase === "Failed" ? "PodFailed" : "PodCompleted"), phase }
}

function withEndReason(status: PodStatus, reason: string): PodStatus {
  const conditions = (status.conditions ?? []).map((condition) => {
    const { message: _message, ...rest } = condition
    return ["Ready", "ContainersReady"].includes(condition.type) ? { ...rest, reason } : condition
  })
  return { ...status, conditions }
}

function deadlineExceeded(pod: Pod, now: EpochMs): PodStatus {
  const at = formatInstant(now)
  const terminated: Terminated = { exitCode: 137, reason: "Error", startedAt: at, finishedAt: at }
  const ended = withContainers(pod, pod.status ?? {}, { state: { terminated }, now })
  return {
    ...withEndReason(ended, "PodFailed"),
    phase: "Failed",
    reason: "DeadlineExceeded",
    message: "Pod was active on the node longer than the specified deadline",
  }
}
