import { type EpochMs, findCondition } from "@argo-ts/kernel"
import { amountsOf } from "../scheduler/requests.js"
import { instantOf, type Pod } from "../workloads.js"

/** What the containers of one pod use, as metrics.k8s.io tells it. */
export interface MeasuredPod {
  readonly name: string
  readonly at: EpochMs
  /** Over how long it was measured. */
  readonly windowMs: number
  readonly containers: readonly {
    readonly name: string
    readonly usage: { readonly [resource: string]: string }
  }[]
}

/** How long a pod counts as starting, as far as its use of the processor goes. */
export const startingMs = 300_000
/** How long after its start a pod may take to be ready for the first time. */
const firstReadyMs = 30_000

/** One measurement of one resource of one pod, in thousandths of its unit. */
interface Sample {
  readonly amount: number
  readonly at: EpochMs
  readonly windowMs: number
}

/** Names of pods by how far their use can be relied upon. */
export interface PodGroups {
  readonly ready: readonly string[]
  readonly unready: readonly string[]
  /** Pods that nothing was measured of. */
  readonly missing: readonly string[]
}

/** What is asked of pods: a resource of all their containers, or of the named one. */
export interface ResourceQuestion {
  readonly resource: string
  readonly container?: string | undefined
}

function sampleOf(pod: MeasuredPod, { resource, container }: ResourceQuestion): Sample | undefined {
  let amount = 0
  for (const { name, usage } of pod.containers) {
    if (container !== undefined && name !== container) continue
    const used = amountsOf(usage).get(resource)
    // A pod of which one container is not known is not known.
    if (used === undefined) return undefined
    amount += used
  }
  return { amount, at: pod.at, windowMs: pod.windowMs }
}

/** The measurements by pod, or why there are none. */
export function samplesOf(
  namespace: string,
  measured: readonly MeasuredPod[],
  question: ResourceQuestion,
): ReadonlyMap<string, Sample> | string {
  const { container } = question
  if (measured.length === 0) return "no metrics returned from resource metrics API"
  const samples = new Map<string, Sample>()
  for (const pod of measured) {
    if (container !== undefined && !pod.containers.some(({ name }) => name === container)) {
      return `failed to get container metrics: container ${container} not present in metrics for pod ${namespace}/${pod.name}`
    }
    const sample = sampleOf(pod, question)
    if (sample !== undefined) samples.set(pod.name, sample)
  }
  return samples
}

/** True for a pod whose use of the processor says nothing: it is starting, or has never been ready. */
function isUnsteady(pod: Pod, sample: Sample, now: EpochMs): boolean {
  const ready = findCondition(pod.status?.conditions, "Ready")
  const startedAt = instantOf(pod.status?.startTime)
  if (ready === undefined || startedAt === undefined) return true
  const changedAt = instantOf(ready.lastTransitionTime) ?? now
  if (startedAt + startingMs > now) {
    return ready.status === "False" || sample.at < changedAt + sample.windowMs
  }
  return ready.status === "False" && startedAt + firstReadyMs > changedAt
}

/** Sorts pods; those that are going or have failed count for nothing. */
export function groupPods(
  pods: readonly Pod[],
  samples: ReadonlyMap<string, Sample>,
  question: { readonly resource: string; readonly now: EpochMs },
): PodGroups {
  const ready: string[] = []
  const unready: string[] = []
  const missing: string[] = []
  for (const pod of pods) {
    const { name = "", deletionTimestamp } = pod.metadata
    if (deletionTimestamp !== undefined || pod.status?.phase === "Failed") continue
    const sample = samples.get(name)
    if (pod.status?.phase === "Pending") unready.push(name)
    else if (sample === undefined) missing.push(name)
    else if (question.resource === "cpu" && isUnsteady(pod, sample, question.now)) {
      unready.push(name)
    } else ready.push(name)
  }
  return { ready, unready, missing }
}

/** What pods ask for, by name, in thousandths; or which container asks for nothing. */
export function requestsOf(
  pods: readonly Pod[],
  { resource, container }: ResourceQuestion,
): ReadonlyMap<string, number> | string {
  const requests = new Map<string, number>()
  for (const { metadata, spec } of pods) {
    const { name = "" } = metadata
    const sidecars = (spec.initContainers ?? []).filter((each) => each.restartPolicy === "Always")
    let total = 0
    for (const each of [...spec.containers, ...sidecars]) {
      if (container !== undefined && each.name !== container) continue
      const request = amountsOf(each.resources?.requests).get(resource)
      if (request === undefined) {
        return `missing request for ${resource} in container ${each.name} of Pod ${name}`
      }
      total += request
    }
    requests.set(name, total)
  }
  return requests
}
