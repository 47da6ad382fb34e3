import { type EpochMs, earliest, epochMs, formatInstant } from "@argo-ts/kernel"
import { instantOf, type Pod } from "../workloads.js"
import type { ContainerPlan, PodPlan } from "./pod-script.js"
import { statusesOf } from "./pod-stops.js"

/** What the containers of a running pod use, as metrics.k8s.io words it. */
export interface PodMetrics {
  readonly namespace: string
  readonly name: string
  readonly labels: { readonly [label: string]: string }
  /** RFC 3339. */
  readonly timestamp: string
  readonly windowSeconds: number
  readonly containers: readonly {
    readonly name: string
    /** Quantities. */
    readonly usage: { readonly cpu: string; readonly memory: string }
  }[]
}

const windowSeconds = 15

function usageOf(plan: ContainerPlan, ranMs: number): { cpu: string; memory: string } {
  let used = { cpu: "1m", memory: "16Mi" }
  for (const { atMs = 0, cpu, memory } of plan.usage) {
    if (atMs > ranMs) continue
    used = { cpu: cpu ?? used.cpu, memory: memory ?? used.memory }
  }
  return used
}

/** When what a script says of a pod's usage changes next; absent where it never does. */
export function nextUsageChange(pod: Pod, plan: PodPlan, now: EpochMs): EpochMs | undefined {
  const statuses = statusesOf(pod.status)
  const changes = [...plan.init, ...plan.main, ...plan.ephemeral].flatMap(
    ({ container, usage }) => {
      const running = statuses.find(({ name }) => name === container.name)?.state.running
      const startedAt = instantOf(running?.startedAt)
      if (startedAt === undefined) return []
      return usage.map(({ atMs = 0 }) => epochMs(startedAt + atMs)).filter((at) => at > now)
    },
  )
  return earliest(...changes)
}

/** What a pod uses now; absent where it does not run. */
export function readMetrics(pod: Pod, plan: PodPlan, now: EpochMs): PodMetrics | undefined {
  if (pod.status?.phase !== "Running") return undefined
  const statuses = statusesOf(pod.status)
  const containers = [...plan.init, ...plan.main, ...plan.ephemeral].flatMap((each) => {
    const { name } = each.container
    const running = statuses.find((status) => status.name === name)?.state.running
    if (running === undefined) return []
    return [{ name, usage: usageOf(each, now - (instantOf(running.startedAt) ?? now)) }]
  })
  const { namespace = "", name = "", labels = {} } = pod.metadata
  return { namespace, name, labels, timestamp: formatInstant(now), windowSeconds, containers }
}
