import type { EpochMs } from "@argo-ts/kernel"
import type { StoredObject } from "../../store/stored-object.js"
import {
  type Agent,
  type AgentBase,
  type AgentSetting,
  createSetting,
  textKey,
} from "../agents/agent.js"
import { createDueQueue } from "../agents/due-queue.js"
import { isDown, type Node } from "../nodes/node.js"
import type { Pod } from "../workloads.js"
import { createPodAddresses } from "./addresses.js"
import { decidePod, type PodView } from "./pod-decision.js"
import { type PodPlan, type PodScripts, planPod } from "./pod-script.js"

const podsId = "/pods"
const nodesId = "/nodes"
const manager = "cluster/kubelet"

interface Planned {
  readonly spec: unknown
  readonly metadata: Pod["metadata"]
  readonly plan: PodPlan
}

/** Plans of pods; a plan is made anew where the pod's spec, labels or annotations are others. */
export function createPlans(scripts: PodScripts): {
  of(key: string, pod: StoredObject & Pod): PodPlan
  forget(key: string): void
} {
  const plans = new Map<string, Planned>()
  return {
    of(key, pod) {
      const known = plans.get(key)
      const isKnown =
        known !== undefined &&
        known.spec === pod.spec &&
        known.metadata.annotations === pod.metadata.annotations &&
        known.metadata.labels === pod.metadata.labels
      if (isKnown) return known.plan
      const plan = planPod(pod, scripts)
      plans.set(key, { spec: pod.spec, metadata: pod.metadata, plan })
      return plan
    },
    forget: (key) => plans.delete(key),
  }
}

function addressOf(node: Node | undefined): string {
  const found = node?.status?.addresses?.find(({ type }) => type === "InternalIP")
  return found?.address ?? "10.0.0.1"
}

/** Every write of one pod in one instant is bounded: a decision that never settles is a mistake of ours. */
const writesMax = 16

function asPod(object: StoredObject): StoredObject & Pod {
  return object as unknown as StoredObject & Pod
}

/** What kubelets know of the pods bound to their nodes. */
interface Roster {
  readonly addresses: ReturnType<typeof createPodAddresses>
  readonly plans: ReturnType<typeof createPlans>
  /** Pods that have just been told to go. */
  readonly told: Set<string>
  on(node: string): Iterable<string>
  enter(key: string, pod: StoredObject & Pod): void
  leave(key: string, pod: StoredObject & Pod): void
}

function createRoster(scripts: PodScripts): Roster {
  const addresses = createPodAddresses()
  const plans = createPlans(scripts)
  const told = new Set<string>()
  const byNode = new Map<string, Set<string>>()
  return {
    addresses,
    plans,
    told,
    on: (node) => byNode.get(node) ?? [],
    enter(key, pod) {
      const node = pod.spec.nodeName ?? ""
      const known = byNode.get(node)
      if (known === undefined) byNode.set(node, new Set([key]))
      else known.add(key)
      const { podIP } = pod.status ?? {}
      if (podIP !== undefined) addresses.take(pod.metadata.uid, podIP)
    },
    leave(key, pod) {
      addresses.release(pod.metadata.uid)
      plans.forget(key)
      told.delete(key)
      byNode.get(pod.spec.nodeName ?? "")?.delete(key)
    },
  }
}

function tellStopping({ events }: AgentSetting, pod: StoredObject & Pod): void {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
    if (state.running === undefined) continue
    events.record(pod, { type: "Normal", reason: "Killing", message: `Stopping container ${name}` })
  }
}

/** Carries one decision out; answers whether another one may be due, or when. */
function act(
  { store, events }: AgentSetting,
  pod: StoredObject & Pod,
  view: PodView,
): EpochMs | "again" | undefined {
  const decision = decidePod(pod, view)
  switch (decision.type) {
    case "Wait":
      return decision.wakeAt
    case "Remove":
      store.remove(podsId, pod, 0)
      return undefined
    case "Report": {
      if (view.plan.problem !== undefined && pod.status?.startTime === undefined) {
        const message = view.plan.problem
        events.record(pod, { type: "Warning", reason: "InvalidScript", message })
      }
      store.writeStatus(podsId, pod, decision.status)
      for (const event of decision.events) events.record(pod, event)
      return decision.wakeAt ?? "again"
    }
    default:
      return decision satisfies never
  }
}

/** The kubelets of all nodes: play the scripts of the pods bound to them, as long as the node is not down. */
export function createKubeletAgent(base: AgentBase, scripts: PodScripts): Agent {
  const setting = createSetting(base, { manager, component: "kubelet" })
  const { clock, store, logger } = setting
  const roster = createRoster(scripts)
  let isWriting = false

  const viewOf = (key: string, pod: StoredObject & Pod, node: Node | undefined): PodView => {
    const hostIP = addressOf(node)
    const podIP = pod.spec.hostNetwork === true ? hostIP : roster.addresses.of(pod.metadata.uid)
    return { plan: roster.plans.of(key, pod), now: clock.now(), hostIP, podIP }
  }
  const settle = (key: string): EpochMs | undefined => {
    for (let writes = 0; writes < writesMax; writes++) {
      const object = store.get(podsId, key)
      const pod = object === undefined ? undefined : asPod(object)
      if (pod?.spec.nodeName === undefined) return undefined
      const node = store.get(nodesId, pod.spec.nodeName) as unknown as Node | undefined
      if (node !== undefined && isDown(node)) return undefined
      if (roster.told.delete(key)) tellStopping(setting, pod)
      const next = act(setting, pod, viewOf(key, pod, node))
      if (next !== "again") return next
    }
    throw new Error(`pod ${key} does not settle`)
  }
  const process = (key: string): EpochMs | undefined => {
    isWriting = true
    try {
      return settle(key)
    } finally {
      isWriting = false
    }
  }
  const queue = createDueQueue({
    name: manager,
    clock,
    process,
    onFailure: (key, error) => logger.error("pod not settled", { pod: key, error }),
  })
  const observePod = (before: StoredObject | undefined, after: StoredObject | undefined): void => {
    const pod = asPod((after ?? before) as StoredObject)
    if (pod.spec.nodeName === undefined) return
    const key = textKey(pod)
    if (after === undefined) {
      roster.leave(key, pod)
      queue.forget(key)
      return
    }
    if (before === undefined || asPod(before).spec.nodeName === undefined) roster.enter(key, pod)
    const wasGoing = before?.metadata.deletionTimestamp !== undefined
    if (!wasGoing && pod.metadata.deletionTimestamp !== undefined) roster.told.add(key)
    if (!isWriting) queue.add(key)
  }
  return {
    observe({ rules, before, after }) {
      if (rules.id === podsId) observePod(before, after)
      else if (rules.id === nodesId && before !== undefined) {
        if (!isDown(before as unknown as Node)) return
        for (const key of roster.on(before.metadata.name)) queue.add(key)
      }
    },
  }
}
