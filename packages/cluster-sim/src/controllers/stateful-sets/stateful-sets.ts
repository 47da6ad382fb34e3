import {
  type Controller,
  controller,
  isClusterError,
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
import { earliest, lastingRefusal, retryAt } from "../refused-pods.js"
import { controllerRevisions, ensureRevision, pruneRevisions, revisionLabel } from "../revisions.js"
import { type Pod, type PodTemplate, pods } from "../workloads.js"
import { createClaims, replaceClaims, settleClaimOwners } from "./member-claims.js"
import { decideStatefulSet, ordinalOf, type StatefulSet } from "./stateful-set-decision.js"

const statefulSets = builtInKind("apps/v1", "StatefulSet") as Kind<StatefulSet>

interface Member {
  readonly ordinal: number
  readonly revision: string
  readonly template: PodTemplate
}

function podOf(set: Stored<StatefulSet>, { ordinal, revision, template }: Member): Pod {
  const { namespace = "", name: setName } = set.metadata
  const name = `${setName}-${ordinal}`
  const { serviceName, volumeClaimTemplates = [] } = set.spec
  const claimed = volumeClaimTemplates.map(({ metadata }) => ({
    name: metadata?.name ?? "",
    persistentVolumeClaim: { claimName: `${metadata?.name ?? ""}-${name}` },
  }))
  const kept = (template.spec.volumes ?? []).filter(
    (volume) => !claimed.some((each) => each.name === volume.name),
  )
  const volumes = [...claimed, ...kept]
  const { annotations, labels } = template.metadata ?? {}
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace,
      name,
      generateName: `${setName}-`,
      labels: {
        ...labels,
        [revisionLabel]: revision,
        "statefulset.kubernetes.io/pod-name": name,
        "apps.kubernetes.io/pod-index": `${ordinal}`,
      },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...template.spec,
      hostname: name,
      ...(serviceName === undefined ? {} : { subdomain: serviceName }),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  }
}

function templateOf(
  set: Stored<StatefulSet>,
  revision: string,
  { owned }: ReconcileContext,
): PodTemplate {
  const found = owned(controllerRevisions, set).find(({ metadata }) => metadata.name === revision)
  const data = found?.data as { readonly spec?: { readonly template?: PodTemplate } } | undefined
  const stored: PodTemplate & { readonly $patch?: string } =
    data?.spec?.template ?? set.spec.template
  const { $patch: _patch, ...template } = stored
  return template
}

/** Creates a pod with its claims; answers when to try again where it was refused for good. */
async function createMember(
  set: Stored<StatefulSet>,
  member: Member,
  context: ReconcileContext,
): Promise<EpochMs | undefined> {
  const { name } = set.metadata
  const podName = `${name}-${member.ordinal}`
  try {
    const going = await createClaims(set, member.ordinal, context)
    if (going !== undefined) throw new Error(`pvc ${going} is being deleted`)
    await context.cluster.create(pods, podOf(set, member))
    const message = `create Pod ${podName} in StatefulSet ${name} successful`
    context.record(set, { type: "Normal", reason: "SuccessfulCreate", message })
    return undefined
  } catch (error) {
    // A pod of that name that is somebody else's, or still going, is waited for in silence.
    if (isClusterError(error, "AlreadyExists")) return retryAt(context.clock.now())
    const why = error instanceof Error ? error.message : String(error)
    const message = `create Pod ${podName} in StatefulSet ${name} failed error: ${why}`
    context.record(set, { type: "Warning", reason: "FailedCreate", message })
    if (lastingRefusal(error) === undefined) throw error
    return retryAt(context.clock.now())
  }
}

/** Its pods are those that it selects and that are named after it. */
function podsOf(set: Stored<StatefulSet>): Adopter<Pod> {
  const { selector } = set.spec
  const selects = (pod: Pod): boolean =>
    ordinalOf(set, pod) !== undefined && matchesLabels(selector, pod.metadata.labels)
  return { owner: set, kind: pods, selects }
}

async function reconcileStatefulSet(
  set: Stored<StatefulSet>,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  const { cluster, clock } = context
  const { name } = set.metadata
  const latest = await ensureRevision(set, context)
  const update = latest.metadata.name
  const revisions = { update, current: set.status?.currentRevision ?? update }
  const members = await claimOwned(podsOf(set), context)
  const decision = decideStatefulSet(set, { pods: members, revisions }, clock.now())
  const { status } = decision
  if (!equalJson(status, set.status)) {
    await cluster.update(statefulSets, { ...set, status }, { subresource: "status" })
  }
  await replaceClaims(set, members, context)
  await settleClaimOwners(set, members, context)
  let again: EpochMs | undefined
  for (const { ordinal, revision } of decision.create) {
    const template = templateOf(set, revision, context)
    again = earliest(again, await createMember(set, { ordinal, revision, template }, context))
  }
  for (const pod of decision.remove) {
    const message = `delete Pod ${pod.metadata.name} in StatefulSet ${name} successful`
    await deletePod(set, pod, context, message)
  }
  const inUse = new Set([
    update,
    status.currentRevision ?? update,
    ...members.flatMap(({ metadata }) => metadata.labels?.[revisionLabel] ?? []),
  ])
  await pruneRevisions(set, { inUse, limit: set.spec.revisionHistoryLimit ?? 10 }, context)
  const wakeAt = earliest(decision.wakeAt, again)
  return wakeAt === undefined ? {} : { wakeAt }
}

/** Keeps the numbered pods of StatefulSets and their claims. */
export function statefulSetController(): Controller {
  return controller("cluster/statefulset", statefulSets)
    .recordsAs("statefulset-controller")
    .owns(pods)
    .owns(controllerRevisions)
    .watches(pods, orphansKeys)
    .watches(controllerRevisions, orphansKeys)
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      if (isOrphansKey(key)) {
        const { items } = await context.cluster.list(statefulSets, {
          namespace: key.namespace ?? "",
        })
        await adoptOrphans(items.map(podsOf), context)
        return {}
      }
      const set = await context.cluster.get(statefulSets, key)
      return set === undefined ? {} : reconcileStatefulSet(set, context)
    })
}
