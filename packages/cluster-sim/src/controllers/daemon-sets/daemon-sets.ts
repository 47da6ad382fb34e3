import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import { controllerReference, equalJson, type Kind, type Stored } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { deletePod } from "../delete-pod.js"
import type { Node } from "../nodes/node.js"
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

async function reconcileDaemonSet(
  set: Stored<DaemonSet>,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const { cluster, clock, owned, record } = context
  const { name } = set.metadata
  const revision = (await ensureRevision(set, set.spec.template, context)).metadata.name
  const members = owned(pods, set)
  const { items } = await cluster.list(nodes)
  const decision = decideDaemonSet(set, { nodes: items, pods: members, revision }, clock.now())
  const { status } = decision
  if (!equalJson(status, set.status)) {
    await cluster.update(daemonSets, { ...set, status }, { subresource: "status" })
  }
  for (const node of decision.create) {
    const pod = await cluster.create(pods, podOf(set, node, revision.slice(name.length + 1)))
    const message = `Created pod: ${pod.metadata.name}`
    record(set, { type: "Normal", reason: "SuccessfulCreate", message })
  }
  for (const pod of decision.remove) await deletePod(set, pod, context)
  const inUse = new Set([
    revision,
    ...members.map(({ metadata }) => `${name}-${metadata.labels?.[revisionLabel] ?? ""}`),
  ])
  await pruneRevisions(set, { inUse, limit: set.spec.revisionHistoryLimit ?? 10 }, context)
  return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
}

/** Keeps one pod of each DaemonSet on every node that it fits: a node's change concerns all of them. */
export function daemonSetController(): Controller {
  return controller("cluster/daemonset", daemonSets)
    .owns(pods)
    .owns(controllerRevisions)
    .watches(nodes, () => [{ name: everySet }])
    .reconcile(async (key, context): Promise<ReconcileResult> => {
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
