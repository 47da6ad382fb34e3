import { type EpochMs, epochMs } from "@argo-ts/kernel"
import {
  type ContainerStatus,
  instantOf,
  isFinished,
  type Pod,
  type PodStatus,
} from "../workloads.js"
import type { ProcessView } from "./container-step.js"
import type { PodPlan } from "./pod-script.js"

/** A run that is to end. */
export interface ContainerStop {
  readonly container: string
  readonly restartCount: number
  /** When it is ended if it does not obey. */
  readonly killAt: EpochMs
}

const graceDefaultSeconds = 30

/** The states of all containers of a pod. */
export function statusesOf(status: PodStatus | undefined): readonly ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {}
  return [
    ...initContainerStatuses,
    ...containerStatuses,
    ...(status?.ephemeralContainerStatuses ?? []),
  ]
}

/** When a pod's time is over. */
export function deadlineOf({ spec, status }: Pod): number | undefined {
  const start = instantOf(status?.startTime)
  const { activeDeadlineSeconds } = spec
  if (start === undefined || activeDeadlineSeconds === undefined) return undefined
  return start + activeDeadlineSeconds * 1000
}

/** True where every main container has ended for good: sidecars have nothing left to do. */
export function isClosing({ main }: PodPlan, status: PodStatus | undefined): boolean {
  const known = status?.containerStatuses ?? []
  return (
    main.length > 0 &&
    main.every(({ container }) =>
      known.some(({ name, state }) => name === container.name && state.terminated !== undefined),
    )
  )
}

/** True while a container of the pod, as far as is known, runs as a process. */
export function hasProcesses(pod: Pod, processes: ProcessView): boolean {
  return statusesOf(pod.status).some((status) => runs(status, processes))
}

function runs({ name, state, restartCount }: ContainerStatus, processes: ProcessView): boolean {
  return state.running !== undefined && processes.runOf(name, restartCount).end === undefined
}

/**
 * Which processes of a pod are to end, and when at the latest: all of a pod that is deleted or out of time, its sidecars
 * and ephemeral containers after everything else; those of one whose main containers have ended.
 */
export function stopsOf(
  pod: Pod,
  view: { readonly plan: PodPlan; readonly processes: ProcessView; readonly now: EpochMs },
): readonly ContainerStop[] {
  const { plan, processes, now } = view
  const running = statusesOf(pod.status).filter((status) => runs(status, processes))
  const beside = new Set(
    [...plan.init, ...plan.ephemeral].flatMap(({ role, container }) =>
      role === "init" ? [] : [container.name],
    ),
  )
  const others = running.filter(({ name }) => !beside.has(name))
  const { terminationGracePeriodSeconds: grace = graceDefaultSeconds } = pod.spec
  const goneAt = instantOf(pod.metadata.deletionTimestamp)
  const isOver =
    goneAt !== undefined || isFinished(pod) || now >= (deadlineOf(pod) ?? Number.POSITIVE_INFINITY)
  if (!isOver && !isClosing(plan, pod.status)) return []
  const ending =
    others.length > 0 && isOver ? others : running.filter(({ name }) => beside.has(name))
  const killAt = goneAt ?? epochMs(now + grace * 1000)
  return ending.map(({ name, restartCount }) => ({ container: name, restartCount, killAt }))
}
