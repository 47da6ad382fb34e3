import { type LabelSelector, matchesLabels } from "@argo-ts/kernel"
import type { Pod } from "./workloads.js"

/** How the containers of a pod behave. */
export interface PodBehavior {
  /** From being scheduled to running. Default 1,000 ms. */
  readonly startMs?: number
  /** From running to ready; `null` never. Default 1,000 ms. */
  readonly readyMs?: number | null
  /**
   * From running to the end of the containers; `null` never. Default: never for pods that always restart,
   * 1,000 ms for others.
   */
  readonly exitMs?: number | null
  /** With which code they end. Default 0. */
  readonly exitCode?: number
  /** From the request to go to being gone, at most the grace period. Default 1,000 ms. */
  readonly terminateMs?: number
  /** The image cannot be pulled; the text is what the container waits with. Default: it can. */
  readonly pullError?: string
}

/** Which pods behave how. All given criteria must hold. */
export interface PodRule {
  readonly namespace?: string
  /** An image of the pod without its tag or digest, or the whole reference. */
  readonly image?: string
  readonly labelSelector?: LabelSelector
  readonly behavior: PodBehavior
}

/** How the pods of a cluster behave. A pod's annotation `sim.argo-ts.dev/script` (JSON) wins over both. */
export interface PodScripts {
  /** All pods, as far as no rule says otherwise. */
  readonly default?: PodBehavior
  /** The first that fits a pod counts. */
  readonly rules?: readonly PodRule[]
}

/** The behaviour of one pod, nothing left open. */
export interface ResolvedBehavior {
  readonly startMs: number
  readonly readyMs: number | null
  readonly exitMs: number | null
  readonly exitCode: number
  readonly terminateMs: number
  readonly pullError: string | undefined
}

/** The annotation that scripts a single pod. */
export const scriptAnnotation = "sim.argo-ts.dev/script"

function hasImage(pod: Pod, image: string): boolean {
  return pod.spec.containers.some(
    (container) =>
      container.image === image ||
      container.image.startsWith(`${image}:`) ||
      container.image.startsWith(`${image}@`),
  )
}

function isMatch(rule: PodRule, pod: Pod): boolean {
  const { namespace, image, labelSelector } = rule
  if (namespace !== undefined && namespace !== pod.metadata.namespace) return false
  if (image !== undefined && !hasImage(pod, image)) return false
  return labelSelector === undefined || matchesLabels(labelSelector, pod.metadata.labels)
}

/** What the annotation says; a text that is no JSON object says nothing. */
function annotated(pod: Pod): PodBehavior {
  const text = pod.metadata.annotations?.[scriptAnnotation]
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as PodBehavior) : {}
  } catch {
    return {}
  }
}

/** How a pod behaves under the scripts of its cluster. */
export function behaviorOf(pod: Pod, scripts: PodScripts): ResolvedBehavior {
  const rule = scripts.rules?.find((each) => isMatch(each, pod))
  const chosen = { ...scripts.default, ...rule?.behavior, ...annotated(pod) }
  const runsForEver = (pod.spec.restartPolicy ?? "Always") === "Always"
  return {
    startMs: chosen.startMs ?? 1_000,
    readyMs: chosen.readyMs === undefined ? 1_000 : chosen.readyMs,
    exitMs: chosen.exitMs === undefined ? (runsForEver ? null : 1_000) : chosen.exitMs,
    exitCode: chosen.exitCode ?? 0,
    terminateMs: chosen.terminateMs ?? 1_000,
    pullError: chosen.pullError,
  }
}
