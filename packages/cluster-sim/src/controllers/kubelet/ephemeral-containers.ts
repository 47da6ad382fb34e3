import { type EpochMs, formatInstant } from "@argo-ts/kernel"
import type { ContainerStatus, Pod, PodStatus } from "../workloads.js"
import {
  type ProcessView,
  type Step,
  stepContainer,
  terminatedBy,
  untouched,
} from "./container-step.js"
import type { PodPlan } from "./pod-script.js"

interface EphemeralView {
  readonly plan: PodPlan
  readonly now: EpochMs
  readonly processes?: ProcessView | undefined
  readonly ephemeralSince: (container: string) => EpochMs
}

/**
 * What is due for the ephemeral containers of a pod that has begun: the turn of each comes when it is first seen there, and
 * none runs a second time.
 */
export function advanceEphemeral(pod: Pod, base: PodStatus, view: EphemeralView): readonly Step[] {
  const { plan, now, processes, ephemeralSince } = view
  const known = base.ephemeralContainerStatuses ?? []
  return plan.ephemeral.map((each) => {
    const before =
      known.find(({ name }) => name === each.container.name) ?? untouched(each, "ContainerCreating")
    const turnAt = ephemeralSince(each.container.name)
    return stepContainer(each, before, { pod, now, turnAt, processes, isClosing: false })
  })
}

/** The status with its ephemeral containers ended: they never outlive their pod. */
export function withEphemeralEnded(
  status: PodStatus,
  { now, processes }: Pick<EphemeralView, "now" | "processes">,
): PodStatus {
  const { ephemeralContainerStatuses: known } = status
  if (known === undefined) return status
  const ended = known.map((each): ContainerStatus => {
    if (each.state.terminated !== undefined) return each
    const startedAt = each.state.running?.startedAt ?? formatInstant(now)
    const end = processes?.runOf(each.name, each.restartCount).end ?? { exitCode: 137 }
    const state = { terminated: terminatedBy(end, startedAt, now) }
    return { ...each, ready: false, started: false, state }
  })
  return { ...status, ephemeralContainerStatuses: ended }
}
