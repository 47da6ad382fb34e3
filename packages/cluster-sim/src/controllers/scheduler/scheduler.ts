import { byEach, compareNumber, compareText, formatInstant, setCondition } from "@argo-ts/kernel"
import type { StoredObject } from "../../store/stored-object.js"
import {
  type Agent,
  type AgentBase,
  type AgentSetting,
  type AgentStore,
  createSetting,
  textKey,
} from "../agents/agent.js"
import { createDueQueue } from "../agents/due-queue.js"
import type { Node } from "../nodes/node.js"
import { isFinished, type Pod } from "../workloads.js"
import { bindPod } from "./bind.js"
import { asPod, createLedger, type Ledger } from "./ledger.js"
import { type Demand, type Placement, placePod } from "./placement.js"
import { hostPorts, podRequests } from "./requests.js"

const podsId = "/pods"
const nodesId = "/nodes"
const manager = "cluster/scheduler"
const component = "default-scheduler"

/** True for a pod that waits for this scheduler. */
function isWaiting(pod: Pod | undefined): boolean {
  if (pod === undefined || pod.spec.nodeName !== undefined) return false
  const isOurs = (pod.spec.schedulerName ?? component) === component
  return isOurs && pod.metadata.deletionTimestamp === undefined && !isFinished(pod)
}

interface Candidate {
  readonly key: string
  readonly pod: StoredObject & Pod
  readonly priority: number
}

const inQueueOrder = byEach<Candidate>(
  (left, right) => compareNumber(right.priority, left.priority),
  (left, right) =>
    compareText(left.pod.metadata.creationTimestamp, right.pod.metadata.creationTimestamp),
)

/** What two pods share that fit nowhere for the same reason; absent where affinity between pods matters. */
function shapeOf({ pod, requests, ports }: Demand): string | undefined {
  const { affinity, nodeSelector, tolerations } = pod.spec
  if (affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined)
    return undefined
  return JSON.stringify([[...requests], ports, affinity, nodeSelector, tolerations])
}

/** True where a change of a node may let more pods onto it. */
function isRelevant(before: StoredObject | undefined, after: StoredObject | undefined): boolean {
  if (before === undefined || after === undefined) return true
  const [old, next] = [before as unknown as Node, after as unknown as Node]
  return (
    old.spec !== next.spec ||
    old.metadata.labels !== next.metadata.labels ||
    old.status?.allocatable !== next.status?.allocatable
  )
}

/** Says on a pod why it is not scheduled, once per reason and message. */
function refuse(
  { clock, store, events }: AgentSetting,
  pod: StoredObject & Pod,
  why: { readonly reason: string; readonly message: string },
): void {
  const known = pod.status?.conditions?.find(({ type }) => type === "PodScheduled")
  if (known?.reason === why.reason && known.message === why.message) return
  const condition = {
    type: "PodScheduled",
    status: "False",
    ...why,
    lastTransitionTime: formatInstant(clock.now()),
  } as const
  const conditions = setCondition(pod.status?.conditions, condition)
  const stored = store.writeStatus(podsId, pod, { ...pod.status, conditions })
  if (why.reason !== "Unschedulable") return
  const { message } = why
  const event = { type: "Warning", reason: "FailedScheduling", message } as const
  events.record(stored, { ...event, action: "Scheduling" })
}

/** The pod's own priority, or that of its class. */
function priorityOf(store: AgentStore, pod: Pod): number {
  const { priority, priorityClassName } = pod.spec
  if (priority !== undefined || priorityClassName === undefined) return priority ?? 0
  if (priorityClassName === "system-cluster-critical") return 2_000_000_000
  if (priorityClassName === "system-node-critical") return 2_000_001_000
  const found = store.get("scheduling.k8s.io/priorityclasses", priorityClassName)
  return Number(found?.["value"] ?? 0)
}

/** Places one pod; answers false where it fits nowhere. `failures` are those of this pass, by shape. */
function settle(
  setting: AgentSetting,
  { key, pod }: Candidate,
  pass: { readonly ledger: Ledger; readonly failures: Map<string, Placement> },
): boolean {
  const { ledger, failures } = pass
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    const message = "Scheduling is blocked due to non-empty scheduling gates"
    refuse(setting, pod, { reason: "SchedulingGated", message })
    return true
  }
  const demand = { pod, requests: podRequests(pod.spec), ports: hostPorts(pod.spec) }
  const shape = failures.size > 0 ? shapeOf(demand) : undefined
  const known = shape === undefined ? undefined : failures.get(shape)
  const placement = known ?? placePod(demand, ledger.nodes(), ledger.hasAntiAffinity())
  if (placement.type === "Unschedulable") {
    failures.set(shapeOf(demand) ?? key, placement)
    refuse(setting, pod, { reason: "Unschedulable", message: placement.message })
    return false
  }
  const { node } = placement
  const bound = bindPod(setting.server, pod, { node, manager })
  const message = `Successfully assigned ${key} to ${node}`
  setting.events.record(bound, { type: "Normal", reason: "Scheduled", message, action: "Binding" })
  return true
}

/** Binds pods to nodes, and says why where it cannot. */
export function createSchedulerAgent(base: AgentBase): Agent {
  const setting = createSetting(base, { manager, component })
  const { clock, store, logger } = setting
  const ledger = createLedger()
  const fresh = new Set<string>()
  const stuck = new Set<string>()

  const candidateOf = (key: string): Candidate[] => {
    const pod = store.get(podsId, key) as (StoredObject & Pod) | undefined
    if (pod === undefined || !isWaiting(pod)) return []
    return [{ key, pod, priority: priorityOf(store, pod) }]
  }
  const run = (): undefined => {
    const candidates = [...fresh].flatMap(candidateOf).toSorted(inQueueOrder)
    fresh.clear()
    const pass = { ledger, failures: new Map<string, Placement>() }
    for (const candidate of candidates) {
      if (!settle(setting, candidate, pass)) stuck.add(candidate.key)
    }
  }
  const queue = createDueQueue({
    name: manager,
    clock,
    process: run,
    onFailure: (_key, error) => logger.error("scheduling failed", { error }),
  })
  const retryAll = (): void => {
    if (stuck.size === 0) return
    for (const key of stuck) fresh.add(key)
    stuck.clear()
    queue.add("*")
  }
  const observePod = (before: StoredObject | undefined, after: StoredObject | undefined): void => {
    const key = textKey((after ?? before) as StoredObject)
    const pod = after === undefined ? undefined : asPod(after)
    if (ledger.setPod(key, pod)) retryAll()
    const isNews = before === undefined || before["spec"] !== after?.["spec"]
    if (!isWaiting(pod)) {
      fresh.delete(key)
      stuck.delete(key)
    } else if (isNews) {
      stuck.delete(key)
      fresh.add(key)
      queue.add("*")
    }
  }
  return {
    observe({ rules, before, after }) {
      if (rules.id === podsId) observePod(before, after)
      else if (rules.id === nodesId) {
        const name = (after ?? before)?.metadata.name ?? ""
        ledger.setNode(name, after as unknown as Node | undefined)
        if (isRelevant(before, after)) retryAll()
      }
    },
  }
}
