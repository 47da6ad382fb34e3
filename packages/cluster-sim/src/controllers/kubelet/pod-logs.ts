import { type EpochMs, epochMs } from "@argo-ts/kernel"
import { type ContainerStatus, instantOf, type Pod } from "../workloads.js"
import type { ContainerPlan, PodPlan } from "./pod-script.js"
import { statusesOf } from "./pod-stops.js"

/** Which lines of a pod's logs to read. */
export interface PodLogOptions {
  /** Default: the annotated default container, else the only or first one. */
  readonly container?: string
  /** The run before the current one. Default false. */
  readonly previous?: boolean
  /** The last so many lines. Default all. */
  readonly tailLines?: number
  /** Lines from this instant on. Default all. */
  readonly since?: EpochMs
}

/** One line. */
export interface PodLogLine {
  readonly at: EpochMs
  readonly stream: "stdout" | "stderr"
  readonly text: string
}

/** What a container has written so far. `isEnded` is true where nothing will follow. */
export interface PodLog {
  readonly container: string
  readonly lines: readonly PodLogLine[]
  /** How many lines before these are gone, for a process wrote more than is kept (10 MiB). Default 0. */
  readonly dropped?: number
  readonly isEnded: boolean
}

/** Answers what a run of a container that is a process has written; absent where it is not known any more. */
export type ProcessLogs = (
  container: string,
  restartCount: number,
) => Pick<PodLog, "lines" | "dropped" | "isEnded"> | undefined

/** Repeated lines of one run are bounded. */
const linesMax = 100_000

interface Run {
  readonly restartCount: number
  readonly startedAt: number
  /** The whole second. */
  readonly endedAt: number | undefined
}

function runOf(status: ContainerStatus | undefined, isPrevious: boolean): Run | undefined {
  const { running, terminated } = status?.state ?? {}
  const last = status?.lastState.terminated
  const isWaiting = running === undefined && terminated === undefined
  const count = status?.restartCount ?? 0
  const ended = isPrevious || isWaiting ? last : terminated
  if (ended !== undefined) {
    const startedAt = instantOf(ended.startedAt) ?? 0
    const restartCount = isPrevious && !isWaiting ? count - 1 : count
    return { restartCount, startedAt, endedAt: instantOf(ended.finishedAt) ?? startedAt }
  }
  if (running === undefined || isPrevious) return undefined
  const startedAt = instantOf(running.startedAt) ?? 0
  return { restartCount: count, startedAt, endedAt: undefined }
}

/**
 * Until when a run has written. States tell whole seconds: an end that the script says is known exactly, of any other what
 * its last second had is told.
 */
function writtenUntil(plan: ContainerPlan, run: Run, now: EpochMs): number {
  const { startedAt, endedAt, restartCount } = run
  if (endedAt === undefined) return now
  const exit = plan.exits[Math.min(restartCount, plan.exits.length - 1)]
  const ends = [exit?.afterMs, plan.livenessFailsMs].flatMap((ms) =>
    ms === undefined || ms === null ? [] : [startedAt + ms],
  )
  const isIn = (at: number): boolean => at >= endedAt && at < endedAt + 1_000
  return ends.find(isIn) ?? Math.min(now, endedAt + 999)
}

/** The lines that a script writes in one run, up to an instant. */
function linesOf(plan: ContainerPlan, startedAt: number, until: number): PodLogLine[] {
  const lines: PodLogLine[] = []
  for (const scripted of plan.logs) {
    const line = typeof scripted === "string" ? { text: scripted } : scripted
    const { atMs = 0, everyMs, text, stream = "stdout" } = line
    for (let at = startedAt + atMs; at <= until && lines.length < linesMax; at += everyMs ?? 0) {
      lines.push({ at: epochMs(at), stream, text })
      if (everyMs === undefined || everyMs <= 0) break
    }
  }
  return lines.toSorted((left, right) => left.at - right.at)
}

function chosenPlan(pod: Pod, plan: PodPlan, name: string | undefined): ContainerPlan | undefined {
  const wanted = name ?? pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"]
  const all = [...plan.main, ...plan.init, ...plan.ephemeral]
  return wanted === undefined ? plan.main[0] : all.find((each) => each.container.name === wanted)
}

/** Why a log cannot be read, in the words of a server. */
export type LogRefusal = { readonly refusal: string }

/** What a container has written by now: a function of the pod, its script and the time. */
export function readLog(
  pod: Pod,
  plan: PodPlan,
  options: PodLogOptions & { readonly now: EpochMs; readonly processes?: ProcessLogs | undefined },
): PodLog | LogRefusal {
  const chosen = chosenPlan(pod, plan, options.container)
  const { name = "" } = pod.metadata
  if (chosen === undefined) {
    return { refusal: `container ${options.container ?? ""} is not valid for pod ${name}` }
  }
  const container = chosen.container.name
  const status = statusesOf(pod.status).find((each) => each.name === container)
  const run = runOf(status, options.previous === true)
  if (run === undefined) {
    if (options.previous === true) {
      return { refusal: `previous terminated container "${container}" in pod "${name}" not found` }
    }
    const why = status?.state.waiting?.reason ?? "ContainerCreating"
    const text =
      why === "ErrImagePull" || why === "ImagePullBackOff"
        ? "trying and failing to pull image"
        : why
    return { refusal: `container "${container}" in pod "${name}" is waiting to start: ${text}` }
  }
  const { since = 0, tailLines } = options
  const written = options.processes?.(container, run.restartCount) ?? {
    lines:
      options.processes === undefined
        ? linesOf(chosen, run.startedAt, writtenUntil(chosen, run, options.now))
        : [],
    isEnded: run.endedAt !== undefined,
  }
  const recent = written.lines.filter(({ at }) => at >= since)
  const lines =
    tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - tailLines))
  return { container, ...written, lines }
}
