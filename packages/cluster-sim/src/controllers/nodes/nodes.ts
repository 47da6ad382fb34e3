import { type EpochMs, earliest, formatInstant, type UntypedObject } from "@argo-ts/kernel"
import { createObject } from "../../api/create.js"
import type { Server } from "../../api/server.js"
import { serverRequest } from "../../api/write.js"
import { fieldManagers } from "../../field-managers.js"
import type { KindRules } from "../../kinds/rules.js"
import type { StoredObject } from "../../store/stored-object.js"
import {
  type Agent,
  type AgentBase,
  type AgentSetting,
  createSetting,
  textKey,
} from "../agents/agent.js"
import { createDueQueue } from "../agents/due-queue.js"
import type { Pod } from "../workloads.js"
import { type Node, type NodeOptions, type Taint } from "./node.js"
import { decideNode, evictionAt, type NodeDecision } from "./node-decision.js"

const nodesId = "/nodes"
const podsId = "/pods"
const agentName = "cluster/nodes"
const by = { manager: fieldManagers.controllers, component: "node-controller" }

function listOf(nodes: number | readonly NodeOptions[]): readonly NodeOptions[] {
  if (typeof nodes !== "number") return nodes
  return Array.from({ length: nodes }, (_each, index) => ({ name: `node-${index}` }))
}

function newNode({ name, labels, taints, capacity }: NodeOptions): Node {
  const standard = {
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
  }
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { ...standard, ...labels } },
    spec: taints === undefined ? {} : { taints },
    ...(capacity === undefined ? {} : { status: { capacity } }),
  }
}

/** Creates the nodes that a new cluster begins with: ready from the start. */
export function createNodes(server: Server, nodes: number | readonly NodeOptions[]): void {
  const rules = server.registry.byId(nodesId) as KindRules
  for (const [index, options] of listOf(nodes).entries()) {
    const node = newNode(options)
    const { status = {} } = decideNode(node, index, server.now())
    const wanted = { ...node, status } as unknown as UntypedObject
    createObject(server, rules, wanted, serverRequest("create", fieldManagers.kubelet))
  }
}

function asPod(object: StoredObject): StoredObject & Pod {
  return object as unknown as StoredObject & Pod
}

function asNode(object: StoredObject): StoredObject & Node {
  return object as unknown as StoredObject & Node
}

/** Which pods are bound to which node. */
function createBindings() {
  const byNode = new Map<string, Set<string>>()
  return {
    update(before: StoredObject | undefined, after: StoredObject | undefined): void {
      const old = before === undefined ? undefined : asPod(before).spec.nodeName
      const next = after === undefined ? undefined : asPod(after).spec.nodeName
      if (old === next) return
      const key = textKey((after ?? before) as StoredObject)
      if (old !== undefined) byNode.get(old)?.delete(key)
      if (next === undefined) return
      const known = byNode.get(next)
      if (known === undefined) byNode.set(next, new Set([key]))
      else known.add(key)
    },
    of: (node: string): readonly string[] => [...(byNode.get(node) ?? [])],
  }
}

const isLasting = (taint: Taint): boolean => taint.effect === "NoExecute"

/** Deletes a pod whose time on a tainted node is over; answers when that will be. */
function evict(
  setting: AgentSetting,
  pod: StoredObject,
  taints: readonly Taint[],
): EpochMs | undefined {
  const { clock, store, events } = setting
  if (pod.metadata.deletionTimestamp !== undefined) return undefined
  const at = evictionAt(asPod(pod).spec, taints)
  if (at === undefined || clock.now() < at) return at
  const message = `Marking for deletion Pod ${textKey(pod)}`
  events.record(pod, { type: "Normal", reason: "TaintManagerEviction", message })
  store.remove(podsId, pod)
  return undefined
}

/** A pod on a node that nobody hears of is not ready any more. */
function markUnready({ clock, store }: AgentSetting, pod: StoredObject): StoredObject {
  const { status } = asPod(pod)
  const ready = status?.conditions?.find(({ type }) => type === "Ready")
  if (ready?.status !== "True") return pod
  const lastTransitionTime = formatInstant(clock.now())
  const conditions = status?.conditions?.map((each) =>
    each === ready ? { ...each, status: "False", lastTransitionTime } : each,
  )
  return store.writeStatus(podsId, pod, { ...status, conditions })
}

/** Writes what a node's decision says. */
function applyDecision(setting: AgentSetting, before: StoredObject, decision: NodeDecision): Node {
  const { store, events } = setting
  let node = before
  if (decision.main !== undefined) {
    node = store.replace(nodesId, node, { ...node, ...decision.main })
  }
  if (decision.status !== undefined) node = store.writeStatus(nodesId, node, decision.status)
  if (decision.event !== undefined) events.record(node, { type: "Normal", ...decision.event })
  return asNode(node)
}

/** Describes nodes, tells which are lost, and evicts the pods that may not stay on them. */
export function createNodeAgent(base: AgentBase): Agent {
  const setting = createSetting(base, by)
  const { clock, store, logger } = setting
  const bindings = createBindings()

  const podsOf = (node: string): StoredObject[] =>
    bindings.of(node).flatMap((key) => store.get(podsId, key) ?? [])
  const settlePods = (node: Node): EpochMs | undefined => {
    const taints = (node.spec?.taints ?? []).filter(isLasting)
    if (taints.length === 0) return undefined
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready")
    let next: EpochMs | undefined
    for (const pod of podsOf(node.metadata.name ?? "")) {
      const marked = ready?.status === "Unknown" ? markUnready(setting, pod) : pod
      next = earliest(next, evict(setting, marked, taints))
    }
    return next
  }
  const process = (key: string): EpochMs | undefined => {
    const node = store.get(nodesId, key)
    if (node === undefined) {
      // Nobody will ever end the pods of a node that is gone.
      for (const pod of podsOf(key)) store.remove(podsId, pod, 0)
      return undefined
    }
    const index = store.list(nodesId).findIndex((each) => each.metadata.name === key)
    const decision = decideNode(asNode(node), index, clock.now())
    return earliest(decision.wakeAt, settlePods(applyDecision(setting, node, decision)))
  }
  const queue = createDueQueue({
    name: agentName,
    clock,
    process,
    onFailure: (key, error) => logger.error("node not settled", { node: key, error }),
  })
  return {
    observe({ rules, before, after }) {
      if (rules.id === nodesId) queue.add(textKey((after ?? before) as StoredObject))
      else if (rules.id === podsId) {
        bindings.update(before, after)
        const node = after === undefined ? undefined : asPod(after).spec.nodeName
        if (node === undefined || (before && asPod(before).spec.nodeName) === node) return
        const { spec } = (store.get(nodesId, node) ?? {}) as Partial<Node>
        if (spec?.taints?.some(isLasting) === true) queue.add(node)
      }
    },
  }
}
