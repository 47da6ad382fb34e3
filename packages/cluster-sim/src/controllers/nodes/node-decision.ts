import { type EpochMs, epochMs, equalJson, formatInstant, setCondition } from "@argo-ts/kernel"
import { instantOf } from "../workloads.js"
import {
  defaultCapacity,
  downSinceAnnotation,
  isDown,
  type Node,
  type NodeCondition,
  type Taint,
} from "./node.js"

/** What becomes of a node; parts that stay as they are are absent. */
export interface NodeDecision {
  readonly main?: Pick<Node, "metadata" | "spec">
  readonly status?: NonNullable<Node["status"]>
  readonly event?: { readonly reason: string; readonly message: string }
  readonly wakeAt?: EpochMs
}

/** From the last word of a kubelet to `Ready` being unknown. */
export const graceMs = 40_000

const unschedulable = "node.kubernetes.io/unschedulable"
const notReady = "node.kubernetes.io/not-ready"
const unreachable = "node.kubernetes.io/unreachable"

const healthy: readonly (readonly [string, NodeCondition["status"], string, string])[] = [
  [
    "MemoryPressure",
    "False",
    "KubeletHasSufficientMemory",
    "kubelet has sufficient memory available",
  ],
  ["DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  ["Ready", "True", "KubeletReady", "kubelet is posting ready status"],
]

/** The conditions that a living kubelet reports; heartbeats move only when something else does. */
function aliveConditions(node: Node, now: EpochMs): readonly NodeCondition[] {
  const at = formatInstant(now)
  const known = node.status?.conditions ?? []
  const isSame = healthy.every(([type, status, reason]) =>
    known.some((each) => each.type === type && each.status === status && each.reason === reason),
  )
  if (isSame) return known
  return healthy.reduce<readonly NodeCondition[]>(
    (conditions, [type, status, reason, message]) =>
      setCondition(conditions, {
        type,
        status,
        reason,
        message,
        lastHeartbeatTime: at,
        lastTransitionTime: at,
      }),
    known,
  )
}

function silentConditions(node: Node, now: EpochMs): readonly NodeCondition[] {
  const at = formatInstant(now)
  return (node.status?.conditions ?? []).map((condition): NodeCondition => {
    if (!healthy.some(([type]) => type === condition.type)) return condition
    if (condition.status === "Unknown") return condition
    return {
      ...condition,
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
      lastTransitionTime: at,
    }
  })
}

function readyOf(node: Node): NodeCondition | undefined {
  return node.status?.conditions?.find(({ type }) => type === "Ready")
}

/** The taint of a node that nobody has called ready yet. */
export const newNodeTaint: Taint = { key: notReady, effect: "NoSchedule" }

/** Taints that follow from what a node is; others stay: a living node is ready. */
function taintsOf(node: Node, isSilent: boolean, now: EpochMs): readonly Taint[] {
  const known = node.spec?.taints ?? []
  const isUnknown = isDown(node) && readyOf(node) === undefined
  const wanted: Taint[] = []
  if (node.spec?.unschedulable === true) wanted.push({ key: unschedulable, effect: "NoSchedule" })
  if (isUnknown) wanted.push(newNodeTaint)
  if (isSilent) {
    wanted.push(
      { key: unreachable, effect: "NoSchedule" },
      { key: unreachable, effect: "NoExecute" },
    )
  }
  const isOurs = ({ key }: Taint): boolean => [unschedulable, notReady, unreachable].includes(key)
  const isSame = (left: Taint, right: Taint): boolean =>
    left.key === right.key && left.effect === right.effect
  const kept = known.filter((taint) => !isOurs(taint) || wanted.some((each) => isSame(each, taint)))
  const added = wanted
    .filter((taint) => !known.some((each) => isSame(each, taint)))
    .map((taint): Taint => ({ ...taint, timeAdded: formatInstant(now) }))
  return kept.length === known.length && added.length === 0 ? known : [...kept, ...added]
}

/** Every part of a node's status that its kubelet reports once. */
function describedStatus(node: Node, index: number): NonNullable<Node["status"]> {
  const capacity = { ...defaultCapacity, ...node.status?.capacity }
  const { name = "" } = node.metadata
  return {
    ...node.status,
    capacity,
    allocatable: node.status?.allocatable ?? capacity,
    addresses: node.status?.addresses ?? [
      { type: "InternalIP", address: `10.0.${(index + 1) >> 8}.${(index + 1) & 255}` },
      { type: "Hostname", address: name },
    ],
    daemonEndpoints: node.status?.["daemonEndpoints"] ?? { kubeletEndpoint: { Port: 10_250 } },
    nodeInfo: node.status?.["nodeInfo"] ?? {
      architecture: "amd64",
      bootID: "",
      containerRuntimeVersion: "sim://1",
      kernelVersion: "sim",
      kubeProxyVersion: "v1.32.0",
      kubeletVersion: "v1.32.0",
      machineID: "",
      operatingSystem: "linux",
      osImage: "argo-ts cluster simulator",
      systemUUID: "",
    },
  }
}

/** Annotations with the instant at which the kubelet went down, as long as it is. */
function annotationsOf(node: Node, now: EpochMs): Node["metadata"]["annotations"] {
  const { [downSinceAnnotation]: since, ...others } = node.metadata.annotations ?? {}
  if (!isDown(node)) return since === undefined ? node.metadata.annotations : others
  if (since !== undefined) return node.metadata.annotations
  return { ...others, [downSinceAnnotation]: formatInstant(now) }
}

function mainOf(node: Node, isSilent: boolean, now: EpochMs): Pick<NodeDecision, "main"> {
  const known = node.spec?.taints ?? []
  const annotations = annotationsOf(node, now)
  const taints = taintsOf(node, isSilent, now)
  const isKept = annotations === node.metadata.annotations && equalJson(taints, known)
  if (isKept) return {}
  const { taints: _old, ...spec } = node.spec ?? {}
  return {
    main: {
      metadata: { ...node.metadata, ...(annotations === undefined ? {} : { annotations }) },
      spec: taints.length === 0 ? spec : { ...spec, taints },
    },
  }
}

/**
 * What a node's kubelet and the controllers around it do next (spec/cluster §8.13): a new node is described and
 * ready; one whose kubelet is down is unknown after 40 s and tainted. `index` numbers its address.
 */
export function decideNode(node: Node, index: number, now: EpochMs): NodeDecision {
  const since = instantOf(node.metadata.annotations?.[downSinceAnnotation]) ?? now
  const silentAt = epochMs(since + graceMs)
  const isSilent = isDown(node) && now >= silentAt
  const main = mainOf(node, isSilent, now)
  const { name } = node.metadata
  if (isDown(node)) {
    if (!isSilent) return { ...main, wakeAt: silentAt }
    if (readyOf(node)?.status === "Unknown") return main
    const status = { ...node.status, conditions: silentConditions(node, now) }
    const message = `Node ${name} status is now: NodeNotReady`
    return { ...main, status, event: { reason: "NodeNotReady", message } }
  }
  const isNew = node.status?.addresses === undefined || node.status.allocatable === undefined
  const conditions = aliveConditions(node, now)
  if (!isNew && conditions === node.status?.conditions) return main
  const base = isNew ? describedStatus(node, index) : node.status
  const message = `Node ${name} status is now: NodeReady`
  return { ...main, status: { ...base, conditions }, event: { reason: "NodeReady", message } }
}

/** Seconds for which a pod without a word on it stays on a node that cannot be reached. */
const defaultTolerationSeconds = 300

interface Tolerating {
  readonly tolerations?: readonly {
    readonly key?: string
    readonly operator?: string
    readonly value?: string
    readonly effect?: string
    readonly tolerationSeconds?: number
  }[]
}

/** True where the pod tolerates the taint. */
export function tolerates(spec: Tolerating, taint: Taint): boolean {
  return tolerationsOf(spec, taint).length > 0
}

function tolerationsOf(spec: Tolerating, taint: Taint) {
  return (spec.tolerations ?? []).filter(
    ({ key, operator = "Equal", value = "", effect }) =>
      (effect === undefined || effect === "" || effect === taint.effect) &&
      (key === undefined || key === "" ? operator === "Exists" : key === taint.key) &&
      (operator === "Exists" || value === (taint.value ?? "")),
  )
}

/**
 * When a pod is to leave a node because of its `NoExecute` taints; absent: never. Unreachable and unready nodes are
 * tolerated for 300 s by pods that say nothing of them, as a server's admission has it.
 */
export function evictionAt(spec: Tolerating, taints: readonly Taint[]): EpochMs | undefined {
  const instants = taints.flatMap((taint) => {
    if (taint.effect !== "NoExecute") return []
    const added = instantOf(taint.timeAdded) ?? epochMs(0)
    const found = tolerationsOf(spec, taint)
    if (found.some(({ tolerationSeconds }) => tolerationSeconds === undefined)) return []
    const isDefaulted = [unreachable, notReady].includes(taint.key)
    const seconds = found.map(({ tolerationSeconds = 0 }) => Math.max(0, tolerationSeconds))
    const least =
      found.length > 0 ? Math.min(...seconds) : isDefaulted ? defaultTolerationSeconds : 0
    return [added + least * 1000]
  })
  return instants.length === 0 ? undefined : epochMs(Math.min(...instants))
}
