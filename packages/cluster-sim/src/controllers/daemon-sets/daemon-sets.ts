import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  controllerReference,
  type EpochMs,
  equalJson,
  type Kind,
  matchesLabels,
  type Stored,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { type Adopter, adoptOrphans, claimOwned, isOrphansKey, orphansKeys } from "../adoption.js"
import { deletePod } from "../delete-pod.js"
import type { Node } from "../nodes/node.js"
import { earliest, lastingRefusal, retryAt } from "../refused-pods.js"
import { controllerRevisions, ensureRevision, pruneRevisions, revisionLabel } from "../revisions.js"
import { type Affinity, type Pod, pods } from "../workloads.js"
import { type DaemonSet, daemonTolerations, decideDaemonSet } from "./daemon-set-decision.js"

const daemonSets = builtInKind("apps/v1", "DaemonSet") as Kind<DaemonSet>
const nodes = builtInKind("v1", "Node") as Kind<Node>
const everySet = "*nodes*"

/** The affinity of a template, narrowed to one node. */
function pinnedTo(node: string, affinity: Affinity | undefined): Affinity {
  const field = { key: "metadata.name", operator: "In" as const, values: [node] }
  const { nodeAffinity } = affinity ?? {}
  const known = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const terms = known ?? [{}]
  const nodeSelectorTerms = terms.map((term) => ({ ...term, matchFields: [field] }))
  return {
    ...affinity,
    nodeAffinity: {
      ...nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  }
}

function podOf(set: Stored<DaemonSet>, node: string, hash: string): Pod {
  const { namespace = "", name, generation = 1 } = set.metadata
  const { metadata: { labels, annotations } = {}, spec } = set.spec.template
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      generateName: `${name}-`,
      labels: { ...labels, [revisionLabel]: hash, "pod-template-generation": `${generation}` },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...spec,
      affinity: pinnedTo(node, spec.affinity),
      tolerations: daemonTolerations(spec),
    },
  }
}

/** Creates pods on nodes until one is refused for good; answers when the next try is due. */
async function createPods(
  set: Stored<DaemonSet>,
  wanted: readonly Pod[],
  { cluster, clock, record }: ReconcileContext,
): Promise<EpochMs | undefined> {
  for (const each of wanted) {
    try {
      const pod = await cluster.create(pods, each)
      const message = `Created pod: ${pod.metadata.name}`
      record(set, { type: "Normal", reason: "SuccessfulCreate", message })
    } catch (error) {
      const why = lastingRefusal(error)
      if (why === undefined) throw error
      const message = `Error creating: ${why}`
      record(set, { type: "Warning", reason: "FailedCreate", message })
      return retryAt(clock.now())
    }
  }
  return undefined
}

function podsOf(set: Stored<DaemonSet>): Adopter<Pod> {
  const { selector } = set.spec
  const selects = ({ metadata }: Pod): boolean => matchesLabels(selector, metadata.labels)
  return { owner: set, kind: pods, selects }
}

async function reconcileDaemonSet(
  set: Stored<DaemonSet>,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const { cluster, clock, record } = context
  const { name } = set.metadata
  const revision = (await ensureRevision(set, context)).metadata.name
  const members = await claimOwned(podsOf(set), context)
  const { items } = await cluster.list(nodes)
  const decision = decideDaemonSet(set, { nodes: items, pods: members, revision }, clock.now())
  const { status } = decision
  if (!equalJson(status, set.status)) {
    await cluster.update(daemonSets, { ...set, status }, { subresource: "status" })
  }
  const hash = revision.slice(name.length + 1)
  const wanted = decision.create.map((node) => podOf(set, node, hash))
  const again = await createPods(set, wanted, context)
  for (const event of decision.events) record(set, event)
  for (const pod of decision.remove) await deletePod(set, pod, context)
  const inUse = new Set([
    revision,
    ...members.map(({ metadata }) => `${name}-${metadata.labels?.[revisionLabel] ?? ""}`),
  ])
  await pruneRevisions(set, { inUse, limit: set.spec.revisionHistoryLimit ?? 10 }, context)
  const wakeAt = earliest(decision.wakeAt, again)
  return wakeAt === undefined ? {} : { wakeAt }
}

/** Keeps one pod of each DaemonSet on every node that it fits: a node's change concerns all of them. */
export function daemonSetController(): Controller {
  return controller("cluster/daemonset", daemonSets)
    .recordsAs("daemonset-controller")
    .owns(pods)
    .owns(controllerRevisions)
    .watches(pods, orphansKeys)
    .watches(controllerRevisions, orphansKeys)
    .watches(nodes, () => [{ name: everySet }])
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      if (isOrphansKey(key)) {
        const { items } = await context.cluster.list(daemonSets, { namespace: key.namespace ?? "" })
        await adoptOrphans(items.map(podsOf), context)
        return {}
      }
      if (key.name !== everySet) {
        const set = await context.cluster.get(daemonSets, key)
        return set === undefined ? {} : reconcileDaemonSet(set, context)
      }
      const { items } = await context.cluster.list(daemonSets)
      const results: ReconcileResult[] = []
      for (const set of items) results.push(await reconcileDaemonSet(set, context))
      const wakes = results.flatMap(({ wakeAt }) => wakeAt ?? [])
      return wakes.length === 0 ? {} : ({ wakeAt: Math.min(...wakes) } as ReconcileResult)
    })
}
