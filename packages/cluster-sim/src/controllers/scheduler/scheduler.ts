import {
  byEach,
  compareNumber,
  compareText,
  type EpochMs,
  earliest,
  formatInstant,
  setCondition,
} from "@argo-ts/kernel"
import { fieldManagers } from "../../field-managers.js"
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
import { claimsOf } from "../pod-claims.js"
import { isFinished, type Pod } from "../workloads.js"
import { bindPod } from "./bind.js"
import { asPod, createLedger, type Ledger } from "./ledger.js"
import { type Demand, type Placement, placePod } from "./placement.js"
import { choicesOn, lookAtVolumes } from "./pod-volumes.js"
import { hostPorts, podRequests } from "./requests.js"
import {
  createClaimants,
  decideHold,
  holdVolumes,
  isClaimKind,
  type VolumeHold,
  volumeKinds,
  volumeReader,
} from "./volume-holds.js"

const podsId = "/pods"
const nodesId = "/nodes"
const namespacesId = "/namespaces"
const agentName = "cluster/scheduler"
const by = { manager: fieldManagers.scheduler, component: "default-scheduler" }

/** True for a pod that waits for this scheduler. */
function isWaiting(pod: Pod | undefined): boolean {
  if (pod === undefined || pod.spec.nodeName !== undefined) return false
  const isOurs = (pod.spec.schedulerName ?? by.component) === by.component
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

/** What two pods share that fit nowhere for the same reason; absent where other pods matter. */
function shapeOf({ pod, requests, ports, volumes }: Demand): string | undefined {
  const { affinity, nodeSelector, tolerations, topologySpreadConstraints } = pod.spec
  if (volumes !== undefined || topologySpreadConstraints !== undefined) return undefined
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
  if (why.reason === "SchedulingGated") return
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

/** One pass over the pods that wait. */
interface Pass {
  readonly ledger: Ledger
  /** Failures of this pass, by shape. */
  readonly failures: Map<string, Placement>
  /** Pods that have a node and wait for their volumes, by key. */
  readonly holds: Map<string, VolumeHold>
}

function bindTo(setting: AgentSetting, { key, pod }: Candidate, node: string): void {
  const bound = bindPod(setting.server, pod, node)
  const message = `Successfully assigned ${key} to ${node}`
  setting.events.record(bound, { type: "Normal", reason: "Scheduled", message, action: "Binding" })
}

/** What became of a pod: it is cared for, it fits nowhere, or it is to be placed anew. */
type Outcome = "Done" | "Stuck" | "Again"

/** Goes on with a pod that has its node and waits there for its volumes. */
function resume(
  setting: AgentSetting,
  candidate: Candidate,
  hold: VolumeHold,
  { holds, ledger }: Pass,
): Outcome {
  const { key, pod } = candidate
  const view = lookAtVolumes(pod, volumeReader(setting.store, ledger))
  const decision = decideHold(hold, view, setting.clock.now())
  if (decision.type === "Wait") return "Done"
  holds.delete(key)
  if (decision.type === "Bind") {
    bindTo(setting, candidate, hold.node)
    return "Done"
  }
  ledger.setPod(key, undefined)
  refuse(setting, pod, { reason: "SchedulerError", message: decision.message })
  return "Again"
}

/** Gives a pod its node: at once, or when the volumes that it waits for are there. */
function assign(
  setting: AgentSetting,
  candidate: Candidate,
  to: Demand & { readonly node: string },
  pass: Pass,
): void {
  const { key, pod } = candidate
  const node = pass.ledger.surroundings().nodes.find(({ name }) => name === to.node)
  const { volumes } = to
  const choices = volumes === undefined || node === undefined ? undefined : choicesOn(volumes, node)
  if (choices === undefined || choices.length === 0) return bindTo(setting, candidate, to.node)
  const at = { node: to.node, now: setting.clock.now() }
  // The hold is there before its writes are heard of.
  pass.holds.set(key, { node: to.node, until: at.now, provisioned: new Set() })
  pass.ledger.setPod(key, { ...pod, spec: { ...pod.spec, nodeName: to.node } })
  pass.holds.set(key, holdVolumes(setting.store, choices, at))
}

/** Places one pod. */
function settle(setting: AgentSetting, candidate: Candidate, pass: Pass): Outcome {
  const { key, pod } = candidate
  const { ledger, failures } = pass
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    const message = "Scheduling is blocked due to non-empty scheduling gates"
    refuse(setting, pod, { reason: "SchedulingGated", message })
    return "Done"
  }
  const hold = pass.holds.get(key)
  if (hold !== undefined) return resume(setting, candidate, hold, pass)
  const volumes = lookAtVolumes(pod, volumeReader(setting.store, ledger))
  const demand: Demand = {
    pod,
    requests: podRequests(pod.spec),
    ports: hostPorts(pod.spec),
    ...(volumes === undefined ? {} : { volumes }),
  }
  const shape = failures.size > 0 ? shapeOf(demand) : undefined
  const known = shape === undefined ? undefined : failures.get(shape)
  const placement = known ?? placePod(demand, ledger.surroundings())
  if (placement.type === "Unschedulable") {
    failures.set(shapeOf(demand) ?? key, placement)
    refuse(setting, pod, { reason: "Unschedulable", message: placement.message })
    return "Stuck"
  }
  assign(setting, candidate, { ...demand, node: placement.node }, pass)
  return "Done"
}

/** The pods that wait for a node, or on their node for volumes. */
interface WaitingPods {
  /** True for a pod that has its node, and waits there for its volumes. */
  isHeld(key: string, pod: Pod | undefined): boolean
  /** Takes note of a pod that waits; `isNews` has it placed. */
  enter(key: string, pod: Pod, isNews: boolean): void
  leave(key: string): void
  /** Something became free: those that fit nowhere are looked at again. */
  retryAll(): void
  /** A claim has changed, or anything that claims are bound to (absent): so are those that use it. */
  retryClaimants(claim: string | undefined): void
}

function createWaitingPods(setting: AgentSetting, ledger: Ledger): WaitingPods {
  const { clock, store, logger } = setting
  const fresh = new Set<string>()
  const stuck = new Set<string>()
  const holds = new Map<string, VolumeHold>()
  const claimants = createClaimants()
  const candidateOf = (key: string): Candidate[] => {
    const pod = store.get(podsId, key) as (StoredObject & Pod) | undefined
    if (pod === undefined || !isWaiting(pod)) return []
    return [{ key, pod, priority: priorityOf(store, pod) }]
  }
  const run = (): EpochMs | undefined => {
    for (const [key, { until }] of holds) if (until <= clock.now()) fresh.add(key)
    const candidates = [...fresh].flatMap(candidateOf).toSorted(inQueueOrder)
    fresh.clear()
    const pass = { ledger, failures: new Map<string, Placement>(), holds }
    for (const candidate of candidates) {
      const outcome = settle(setting, candidate, pass)
      if (outcome === "Stuck") stuck.add(candidate.key)
      else if (outcome === "Again") look(candidate.key)
    }
    return earliest(...[...holds.values()].map(({ until }) => until))
  }
  const queue = createDueQueue({
    name: agentName,
    clock,
    process: run,
    onFailure: (_key, error) => logger.error("scheduling failed", { error }),
  })
  const look = (key: string): void => {
    stuck.delete(key)
    fresh.add(key)
    queue.add("*")
  }
  return {
    isHeld: (key, pod) => pod?.spec.nodeName === undefined && isWaiting(pod) && holds.has(key),
    enter(key, pod, isNews) {
      if (!isNews) return
      const { namespace = "" } = pod.metadata
      claimants.set(
        key,
        claimsOf(pod).map((name) => `${namespace}/${name}`),
      )
      look(key)
    },
    leave(key) {
      fresh.delete(key)
      stuck.delete(key)
      holds.delete(key)
      claimants.set(key, [])
    },
    retryAll() {
      for (const key of stuck) look(key)
    },
    retryClaimants(claim) {
      for (const key of claim === undefined ? claimants.all() : claimants.of(claim)) {
        if (stuck.has(key) || holds.has(key)) look(key)
      }
    },
  }
}

/** Binds pods to nodes, and says why where it cannot. */
export function createSchedulerAgent(base: AgentBase): Agent {
  const setting = createSetting(base, by)
  const ledger = createLedger()
  const waiting = createWaitingPods(setting, ledger)
  const observePod = (before: StoredObject | undefined, after: StoredObject | undefined): void => {
    const key = textKey((after ?? before) as StoredObject)
    const pod = after === undefined ? undefined : asPod(after)
    const isHeld = waiting.isHeld(key, pod)
    if (!isHeld && ledger.setPod(key, pod)) waiting.retryAll()
    const isNews = before === undefined || before["spec"] !== after?.["spec"]
    if (pod === undefined || !isWaiting(pod)) waiting.leave(key)
    else waiting.enter(key, pod, isNews && !isHeld)
  }
  return {
    observe({ rules, before, after }) {
      if (rules.id === podsId) observePod(before, after)
      else if (rules.id === nodesId) {
        const name = (after ?? before)?.metadata.name ?? ""
        ledger.setNode(name, after as unknown as Node | undefined)
        if (isRelevant(before, after)) waiting.retryAll()
      } else if (rules.id === namespacesId) {
        const { name, labels } = ((after ?? before) as StoredObject).metadata
        ledger.setNamespace(name, after === undefined ? undefined : labels)
        if (before !== undefined && before.metadata.labels !== labels) waiting.retryAll()
      } else if (volumeKinds.has(rules.id)) {
        const key = textKey((after ?? before) as StoredObject)
        waiting.retryClaimants(isClaimKind(rules.id) ? key : undefined)
      }
    },
  }
}
