import {
  type Controller,
  controller,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  controllerOf,
  controllerReference,
  type EpochMs,
  epochMs,
  equalJson,
  formatInstant,
  type Kind,
  type KubernetesObject,
  matchesLabels,
  type Stored,
  setCondition,
} from "@argo-ts/kernel"
import { type Adopter, adoptOrphans, claimOwned, isOrphansKey, orphansKeys } from "./adoption.js"
import { deletePod } from "./delete-pod.js"
import { surplusOrder } from "./deletion-order.js"
import { earliest, lastingRefusal, retryAt } from "./refused-pods.js"
import {
  isFinished,
  type Pod,
  pods,
  type ReplicaSet,
  readySince,
  replicaSets,
  replicationControllers,
} from "./workloads.js"

const burst = 500

function isActive(pod: Pod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined
}

function podsOf(set: Stored<ReplicaSet>): Adopter<Pod> {
  const { selector } = set.spec
  const selects = ({ metadata }: Pod): boolean => matchesLabels(selector, metadata.labels)
  return { owner: set, kind: pods, selects, hasEnded: isFinished }
}

/** Creates pods until one is refused for good; answers why. */
async function createPods(
  set: Stored<ReplicaSet>,
  count: number,
  context: ReconcileContext,
): Promise<string | undefined> {
  try {
    await createAllPods(set, count, context)
    return undefined
  } catch (error) {
    const why = lastingRefusal(error)
    if (why === undefined) throw error
    const message = `Error creating: ${why}`
    context.record(set, { type: "Warning", reason: "FailedCreate", message })
    return why
  }
}

async function createAllPods(
  set: Stored<ReplicaSet>,
  count: number,
  { cluster, record }: ReconcileContext,
): Promise<void> {
  const { namespace, name } = set.metadata
  const { labels, annotations } = set.spec.template.metadata ?? {}
  for (let index = 0; index < Math.min(count, burst); index++) {
    const pod = await cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        generateName: `${name}-`,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [controllerReference(set)],
      },
      spec: set.spec.template.spec,
    })
    const message = `Created pod: ${pod.metadata.name}`
    record(set, { type: "Normal", reason: "SuccessfulCreate", message })
  }
}

interface Counted {
  readonly status: NonNullable<ReplicaSet["status"]>
  readonly wakeAt: EpochMs | undefined
}

/** The status that the pods give, and when the next of them becomes available. */
export function countReplicas(
  set: Stored<ReplicaSet>,
  active: readonly Pod[],
  now: EpochMs,
): Counted {
  const { minReadySeconds = 0, template } = set.spec
  const labels = template.metadata?.labels ?? {}
  const waits: number[] = []
  let ready = 0
  let available = 0
  let labelled = 0
  for (const pod of active) {
    if (matchesLabels({ matchLabels: labels }, pod.metadata.labels)) labelled++
    const since = readySince(pod)
    if (since === undefined) continue
    ready++
    const availableAt = since + minReadySeconds * 1000
    if (availableAt <= now) available++
    else waits.push(availableAt)
  }
  const { conditions } = set.status ?? {}
  const status = {
    replicas: active.length,
    ...(labelled > 0 ? { fullyLabeledReplicas: labelled } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    ...(set.metadata.generation === undefined
      ? {}
      : { observedGeneration: set.metadata.generation }),
    ...(conditions === undefined ? {} : { conditions }),
  }
  return { status, wakeAt: waits.length === 0 ? undefined : epochMs(Math.min(...waits)) }
}

/** The status with the reason why pods are missing, or without one. */
function withFailure(
  status: Counted["status"],
  refusal: string | undefined,
  now: EpochMs,
): Counted["status"] {
  const { conditions = [], ...rest } = status
  const others = conditions.filter(({ type }) => type !== "ReplicaFailure")
  if (refusal === undefined) {
    return others.length === 0 ? rest : { ...rest, conditions: others }
  }
  // Each try is refused under another name: the first message stands.
  if (others.length < conditions.length) return status
  const failure = {
    type: "ReplicaFailure",
    status: "True",
    reason: "FailedCreate",
    message: refusal,
    lastTransitionTime: formatInstant(now),
  } as const
  return { ...rest, conditions: setCondition(conditions, failure as never) }
}

/** How many active pods each node has of all the objects with the same managing owner; none without one. */
async function siblingsOf<T extends KubernetesObject>(
  object: Stored<T>,
  kind: Kind<T>,
  { cluster, owned }: ReconcileContext,
): Promise<ReadonlyMap<string, number>> {
  const siblings = new Map<string, number>()
  const owner = controllerOf(object)
  if (owner === undefined) return siblings
  const { namespace = "" } = object.metadata
  const { items } = await cluster.list(kind, { namespace })
  for (const each of items.filter((other) => controllerOf(other)?.uid === owner.uid)) {
    for (const { spec } of owned(pods, each).filter(isActive)) {
      const node = spec.nodeName ?? ""
      siblings.set(node, (siblings.get(node) ?? 0) + 1)
    }
  }
  return siblings
}

/** A kind whose objects keep so many pods alike. */
interface ReplicaKind<T extends KubernetesObject> {
  readonly name: string
  readonly component: string
  readonly kind: Kind<T>
  /** An object of it as the ReplicaSet that does the same. */
  readonly asSet: (object: Stored<T>) => Stored<ReplicaSet>
}

/** Keeps as many pods as `spec.replicas` of a ReplicaSet says. */
export function replicaSetController(): Controller {
  return replicaController({
    name: "cluster/replicaset",
    component: "replicaset-controller",
    kind: replicaSets,
    asSet: (set) => set,
  })
}

/** Keeps as many pods as `spec.replicas` of a ReplicationController says: it knows labels, and no other selectors. */
export function replicationController(): Controller {
  return replicaController({
    name: "cluster/replicationcontroller",
    component: "replication-controller",
    kind: replicationControllers,
    asSet: (object) => {
      const { selector: matchLabels = {}, ...spec } = object.spec
      return { ...object, spec: { ...spec, selector: { matchLabels } } }
    },
  })
}

function replicaController<T extends KubernetesObject>({
  name,
  component,
  kind,
  asSet,
}: ReplicaKind<T>): Controller {
  return controller(name, kind)
    .recordsAs(component)
    .owns(pods)
    .watches(pods, orphansKeys)
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const { cluster, clock } = context
      if (isOrphansKey(key)) {
        const { items } = await cluster.list(kind, { namespace: key.namespace ?? "" })
        const sets = items.map(asSet)
        await adoptOrphans(sets.map(podsOf), context)
        return {}
      }
      const found = await cluster.get(kind, key)
      if (found === undefined) return {}
      const set = asSet(found)
      const active = (await claimOwned(podsOf(set), context)).filter(isActive)
      const wanted = set.spec.replicas ?? 1
      const isGoing = set.metadata.deletionTimestamp !== undefined
      let refusal: string | undefined
      if (!isGoing && active.length < wanted)
        refusal = await createPods(set, wanted - active.length, context)
      else if (!isGoing && active.length > wanted) {
        const order = surplusOrder({
          now: clock.now(),
          siblings: await siblingsOf(found, kind, context),
        })
        const surplus = active.toSorted(order).slice(0, active.length - wanted)
        for (const pod of surplus) await deletePod(set, pod, context)
      }
      const now = context.owned(pods, set).filter(isActive)
      const counted = countReplicas(set, now, clock.now())
      const status = withFailure(counted.status, refusal, clock.now())
      const again = refusal === undefined ? undefined : retryAt(clock.now())
      const wakeAt = earliest(counted.wakeAt, again)
      if (!equalJson(status, set.status)) {
        await cluster.update(kind, { ...found, status }, { subresource: "status" })
      }
      return wakeAt === undefined ? {} : { wakeAt }
    })
}
