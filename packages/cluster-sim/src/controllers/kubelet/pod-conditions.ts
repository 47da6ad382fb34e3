import { type Condition, type EpochMs, findCondition, formatInstant } from "@argo-ts/kernel"
import type { ContainerStatus, Pod, PodStatus } from "../workloads.js"

interface Reasons {
  readonly reason?: string
  readonly message?: string
}

interface Facts {
  readonly isInitialized: boolean
  readonly hasSandbox: boolean
  readonly init: readonly ContainerStatus[]
  /** Sidecars and main containers. */
  readonly lasting: readonly ContainerStatus[]
  readonly phase: NonNullable<PodStatus["phase"]>
}

function unready(statuses: readonly ContainerStatus[]): Reasons {
  const names = statuses.filter((each) => !each.ready).map(({ name }) => name)
  return {
    reason: "ContainersNotReady",
    message: `containers with unready status: [${names.join(" ")}]`,
  }
}

/** What the readiness gates that are not open say together. */
function closedGates(pod: Pod, conditions: readonly Condition[] | undefined): Reasons | undefined {
  const messages = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = findCondition(conditions, conditionType)
    if (found?.status === "True") return []
    return found === undefined
      ? [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`]
  })
  if (messages.length === 0) return undefined
  return { reason: "ReadinessGatesNotReady", message: messages.join(", ") }
}

function finished(phase: Facts["phase"]): Reasons | undefined {
  if (phase === "Succeeded") return { reason: "PodCompleted" }
  return phase === "Failed" ? { reason: "PodFailed" } : undefined
}

function initialized({ isInitialized, init, phase }: Facts): readonly [boolean, Reasons] {
  if (isInitialized) return [true, phase === "Succeeded" ? { reason: "PodCompleted" } : {}]
  const names = init.filter(({ ready }) => !ready).map(({ name }) => name)
  const message = `containers with incomplete status: [${names.join(" ")}]`
  return [false, { reason: "ContainersNotInitialized", message }]
}

/** The conditions of a pod that follow from its containers; transition times move only with the status. */
export function conditionsOf(
  pod: Pod,
  facts: Facts,
  moment: { readonly known: readonly Condition[] | undefined; readonly now: EpochMs },
): readonly Condition[] {
  const { known, now } = moment
  const { lasting, phase, hasSandbox } = facts
  const end = finished(phase)
  const areReady = end === undefined && facts.isInitialized && lasting.every(({ ready }) => ready)
  const whyNot = end ?? unready(lasting)
  const gate = areReady ? closedGates(pod, known) : undefined
  const [isInitialized, whyInitialized] = initialized(facts)
  const wanted: readonly (readonly [string, boolean, Reasons])[] = [
    ["PodReadyToStartContainers", hasSandbox && end === undefined, {}],
    ["Initialized", isInitialized, whyInitialized],
    ["Ready", areReady && gate === undefined, areReady ? (gate ?? {}) : whyNot],
    ["ContainersReady", areReady, areReady ? {} : whyNot],
    ["PodScheduled", true, {}],
  ]
  const own = wanted.map(([type, holds, why]): Condition => {
    const status = holds ? "True" : "False"
    const old = findCondition(known, type)
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatInstant(now)
    return {
      type,
      status,
      ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
      ...why,
    }
  })
  const others = (known ?? []).filter(({ type }) => !wanted.some(([name]) => name === type))
  return [...own, ...others]
}
