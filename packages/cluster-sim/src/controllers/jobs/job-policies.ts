import type { ContainerStatus, Pod } from "../workloads.js"
import { readIndexes } from "./indexes.js"
import type { ExitCodeRequirement, Job, PodFailureRule } from "./job.js"

/** What the failure of a pod means to its Job. */
export interface FailureMeaning {
  readonly action: PodFailureRule["action"]
  /** Why, for `FailJob`. */
  readonly message: string
}

const counts: FailureMeaning = { action: "Count", message: "" }

function ended(pod: Pod, { containerName, operator, values }: ExitCodeRequirement) {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const isMeant = ({ name, state }: ContainerStatus): boolean => {
    const code = state.terminated?.exitCode ?? 0
    // Success is no failure, whatever the list says.
    if (code === 0 || (containerName !== undefined && containerName !== name)) return false
    return values.includes(code) === (operator === "In")
  }
  return [...containerStatuses, ...initContainerStatuses].find(isMeant)
}

function matched(pod: Pod, rule: PodFailureRule): string | undefined {
  const place = `${pod.metadata.namespace}/${pod.metadata.name}`
  if (rule.onExitCodes !== undefined) {
    const container = ended(pod, rule.onExitCodes)
    if (container === undefined) return undefined
    const code = container.state.terminated?.exitCode
    return `Container ${container.name} for pod ${place} failed with exit code ${code}`
  }
  for (const { type, status } of rule.onPodConditions ?? []) {
    const found = pod.status?.conditions?.some(
      (condition) => condition.type === type && condition.status === status,
    )
    if (found === true) return `Pod ${place} has condition ${type}`
  }
  return undefined
}

/** What `spec.podFailurePolicy` says of a failed pod: the first rule that it matches counts. */
export function meaningOf({ spec }: Job, pod: Pod): FailureMeaning {
  if (spec.podFailurePolicy === undefined || pod.status?.phase !== "Failed") return counts
  for (const [index, rule] of spec.podFailurePolicy.rules.entries()) {
    const what = matched(pod, rule)
    if (what === undefined) continue
    const isIdle = rule.action === "FailIndex" && spec.backoffLimitPerIndex === undefined
    if (isIdle) continue
    const message = `${what} matching ${rule.action} rule at index ${index}`
    return { action: rule.action, message }
  }
  return counts
}

/** Which rule of `spec.successPolicy` the succeeded indexes fulfil, if any. */
export function fulfilledRule({ spec }: Job, succeeded: ReadonlySet<number>): number | undefined {
  const rules = spec.successPolicy?.rules ?? []
  const found = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    const wanted = succeededIndexes === undefined ? undefined : readIndexes(succeededIndexes)
    const hits = wanted === undefined ? succeeded.size : countOf(wanted, succeeded)
    return hits >= (succeededCount ?? wanted?.size ?? Infinity)
  })
  return found < 0 ? undefined : found
}

function countOf(wanted: ReadonlySet<number>, succeeded: ReadonlySet<number>): number {
  let count = 0
  for (const index of wanted) if (succeeded.has(index)) count++
  return count
}
