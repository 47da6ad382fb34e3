import { type EpochMs, formatKey } from "@argo-ts/kernel"
import { fieldManagers } from "../../field-managers.js"
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
import type { Pod, PodStatus } from "../workloads.js"
import { createPodAddresses } from "./addresses.js"
import type { PodView } from "./pod-decision.js"
import { type PodPlan, type PodScripts, planPod } from "./pod-script.js"
import { statusesOf, stopsOf } from "./pod-stops.js"
import { createPrecedents, type Precedents } from "./precedent.js"
import { type PodProcesses, type ProcessKubelet, processAddress } from "./process/pod-processes.js"

const podsId = "/pods"
const nodesId = "/nodes"
const configIds: ReadonlySet<string> = new Set(["/configmaps", "/secrets"])
const agentName = "cluster/kubelet"
const by = { manager: fieldManagers.kubelet, component: "kubelet" }

interface Planned {
  readonly spec: unknown
  readonly metadata: Pod["metadata"]
  readonly plan: PodPlan
}

/** True where the pod's plan follows from the same: its spec, labels, annotations and namespace. */
function isPlanFor({ spec, metadata }: Planned, pod: Pod): boolean {
  return (
    spec === pod.spec &&
    metadata.annotations === pod.metadata.annotations &&
    metadata.labels === pod.metadata.labels &&
    metadata.namespace === pod.metadata.namespace
  )
}

/**
 * Plans of pods; a plan is made anew where the pod's spec, labels or annotations are others. Pods of one template, which
 * come one after the other, share theirs.
 */
export function createPlans(scripts: PodScripts): {
  of(key: string, pod: StoredObject & Pod): PodPlan
  forget(key: string): void
} {
  const plans = new Map<string, Planned>()
  let latest: Planned | undefined
  return {
    of(key, pod) {
      const known = plans.get(key)
      if (known !== undefined && isPlanFor(known, pod)) return known.plan
      if (latest === undefined || !isPlanFor(latest, pod)) {
        latest = { spec: pod.spec, metadata: pod.metadata, plan: planPod(pod, scripts) }
      }
      plans.set(key, latest)
      return latest.plan
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
  /** Since when a pod has an ephemeral container. Who starts over begins to pull its image again. */
  ephemeralSince(key: string, container: string, now: EpochMs): EpochMs
  on(node: string): Iterable<string>
  enter(key: string, pod: StoredObject & Pod): void
  leave(key: string, pod: StoredObject & Pod): void
}

/** How the kubelets of a cluster run pods. */
export interface KubeletOptions {
  readonly scripts: PodScripts
  readonly processes: PodProcesses
}

function createRoster(scripts: PodScripts): Roster {
  const addresses = createPodAddresses()
  const plans = createPlans(scripts)
  const told = new Set<string>()
  const byNode = new Map<string, Set<string>>()
  const ephemeral = new Map<string, Map<string, EpochMs>>()
  return {
    addresses,
    plans,
    told,
    ephemeralSince(key, container, now) {
      const known = ephemeral.get(key) ?? new Map<string, EpochMs>()
      ephemeral.set(key, known.set(container, known.get(container) ?? now))
      return known.get(container) ?? now
    },
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
      ephemeral.delete(key)
      byNode.get(pod.spec.nodeName ?? "")?.delete(key)
    },
  }
}

function tellStopping({ events }: AgentSetting, pod: StoredObject & Pod): void {
  for (const { name, state } of statusesOf(pod.status)) {
    if (state.running === undefined) continue
    events.record(pod, { type: "Normal", reason: "Killing", message: `Stopping container ${name}` })
  }
}

/** What kubelets work with. */
interface Hands extends AgentSetting {
  readonly precedents: Precedents
}

function createHands(base: AgentBase): Hands {
  const setting = createSetting(base, by)
  return { ...setting, precedents: createPrecedents() }
}

/** Carries one decision out; answers whether another one may be due, or when. */
function act(
  { store, events, precedents }: Hands,
  pod: StoredObject & Pod,
  view: PodView,
  start: (status: PodStatus) => void,
): EpochMs | "again" | undefined {
  const { decision, kin } = precedents.decide(pod, view)
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
      start(decision.status)
      const stored = asPod(store.writeStatus(podsId, pod, decision.status, kin)).status
      if (kin === undefined && stored !== undefined)
        precedents.note(pod, view, { decision, stored })
      for (const event of decision.events) events.record(pod, event)
      return decision.wakeAt ?? (decision.isSettled === true ? undefined : "again")
    }
    default:
      return decision satisfies never
  }
}

/** The entries of a ConfigMap or Secret, as bytes. */
function entriesOf(object: StoredObject): ReadonlyMap<string, Buffer> {
  const {
    kind,
    data = {},
    binaryData = {},
  } = object as unknown as {
    readonly kind: string
    readonly data?: { readonly [key: string]: string }
    readonly binaryData?: { readonly [key: string]: string }
  }
  const encoding = kind === "Secret" ? "base64" : "utf8"
  return new Map([
    ...Object.entries(data).map(([key, text]) => [key, Buffer.from(text, encoding)] as const),
    ...Object.entries(binaryData).map(([key, text]) => [key, Buffer.from(text, "base64")] as const),
  ])
}

/** What the processes of pods are given, and tell. */
function processKubelet(
  { store, events }: AgentSetting,
  changed: (key: string) => void,
): ProcessKubelet {
  return {
    changed,
    tell(key, event) {
      const object = store.get(podsId, key)
      if (object !== undefined) events.record(object, event)
    },
    data(kind, namespace, name) {
      const object = store.get(`/${kind}s`, formatKey({ namespace, name }))
      return object === undefined ? undefined : entriesOf(object)
    },
  }
}

/** What a decision about a pod looks at. */
function viewOf(
  key: string,
  pod: StoredObject & Pod,
  node: Node | undefined,
  from: { readonly roster: Roster; readonly processes: PodProcesses; readonly now: EpochMs },
): PodView {
  const { roster, processes, now } = from
  const hostIP = addressOf(node)
  const plan = roster.plans.of(key, pod)
  const ephemeralSince = (container: string): EpochMs => roster.ephemeralSince(key, container, now)
  if (plan.run === "process") {
    const view = processes.viewOf(key, pod, hostIP)
    return { plan, now, hostIP, podIP: processAddress, processes: view, ephemeralSince }
  }
  const podIP = pod.spec.hostNetwork === true ? hostIP : roster.addresses.of(pod.metadata.uid)
  return { plan, now, hostIP, podIP, ephemeralSince }
}

/** Brings the processes of a pod to what is now known of it. */
function stopProcesses(
  { store }: AgentSetting,
  processes: PodProcesses,
  key: string,
  { plan, now, processes: view }: PodView,
): void {
  const object = store.get(podsId, key)
  if (view === undefined || object === undefined) return
  const pod = asPod(object)
  processes.stop(pod, stopsOf(pod, { plan, now, processes: view }))
}

/**
 * The kubelets of all nodes: play the scripts of the pods bound to them, or run them as processes, as long as the node is
 * not down.
 */
export function createKubeletAgent(base: AgentBase, options: KubeletOptions): Agent {
  const { scripts, processes } = options
  const setting = createHands(base)
  const { clock, store, logger } = setting
  const roster = createRoster(scripts)
  let isWriting = false

  const settle = (key: string): EpochMs | undefined => {
    for (let writes = 0; writes < writesMax; writes++) {
      const object = store.get(podsId, key)
      const pod = object === undefined ? undefined : asPod(object)
      if (pod?.spec.nodeName === undefined) return undefined
      const node = store.get(nodesId, pod.spec.nodeName) as unknown as Node | undefined
      if (node !== undefined && isDown(node)) return undefined
      if (roster.told.delete(key)) tellStopping(setting, pod)
      const view = viewOf(key, pod, node, { roster, processes, now: clock.now() })
      if (view.processes !== undefined && !processes.isOpen) return undefined
      const next = act(setting, pod, view, (status) => {
        if (view.processes !== undefined) processes.start(key, pod, status)
      })
      stopProcesses(setting, processes, key, view)
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
    name: agentName,
    clock,
    process,
    onFailure: (key, error) => logger.error("pod not settled", { pod: key, error }),
  })
  const observePod = (before: StoredObject | undefined, after: StoredObject | undefined): void => {
    const pod = asPod((after ?? before) as StoredObject)
    if (pod.spec.nodeName === undefined) return
    const key = textKey(pod)
    if (after === undefined) {
      processes.drop(key, pod)
      roster.leave(key, pod)
      queue.forget(key)
      return
    }
    if (before === undefined || asPod(before).spec.nodeName === undefined) roster.enter(key, pod)
    const wasGoing = before?.metadata.deletionTimestamp !== undefined
    if (!wasGoing && pod.metadata.deletionTimestamp !== undefined) roster.told.add(key)
    if (!isWriting) queue.add(key)
  }
  processes.serve(processKubelet(setting, queue.add))
  return {
    observe({ rules, before, after }) {
      if (rules.id === podsId) observePod(before, after)
      else if (rules.id === "/persistentvolumeclaims" && after === undefined) {
        const { namespace = "", name = "" } = before?.metadata ?? {}
        processes.dropClaim(namespace, name)
      } else if (configIds.has(rules.id)) {
        const { namespace = "" } = ((after ?? before) as StoredObject).metadata
        for (const key of processes.waitingIn(namespace)) queue.add(key)
      } else if (rules.id === nodesId && before !== undefined) {
        if (!isDown(before as unknown as Node)) return
        for (const key of roster.on(before.metadata.name)) queue.add(key)
      }
    },
  }
}
