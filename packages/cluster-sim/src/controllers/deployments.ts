import {
  type Controller,
  controller,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import {
  byEach,
  compareNumber,
  compareText,
  controllerOf,
  type EpochMs,
  equalJson,
  findCondition,
  matchesLabels,
  type ObjectMeta,
  type Stored,
} from "@argo-ts/kernel"
import { type Adopter, adoptOrphans, claimOwned, isOrphansKey, orphansKeys } from "./adoption.js"
import { type DeploymentView, reportDeployment, withCreateError } from "./deployment-status.js"
import { lastingRefusal, retryAt } from "./refused-pods.js"
import { isCurrent, marks, newReplicaSet, revisionOf, setAnnotations } from "./replica-set-of.js"
import {
  type Fenceposts,
  fenceposts,
  proportional,
  type RollingState,
  type Scaling,
  type SetCounts,
  scaleDown,
  scaleUp,
} from "./rollout-math.js"
import {
  type Deployment,
  deployments,
  instantOf,
  isFinished,
  pods,
  type ReplicaSet,
  replicaSets,
} from "./workloads.js"

type Set = Stored<ReplicaSet>

/** One look at a Deployment. */
interface Pass {
  readonly deployment: Stored<Deployment>
  readonly context: ReconcileContext
  readonly replicas: number
  readonly posts: Fenceposts
  /** Oldest first. */
  readonly sets: readonly Set[]
  readonly current: Set | undefined
}

const oldestFirst = byEach<Set>(
  (left, right) =>
    compareNumber(
      instantOf(left.metadata.creationTimestamp) ?? 0,
      instantOf(right.metadata.creationTimestamp) ?? 0,
    ),
  (left, right) => compareNumber(revisionOf(left), revisionOf(right)),
  (left, right) => compareText(left.metadata.name, right.metadata.name),
)

function look(deployment: Stored<Deployment>, context: ReconcileContext): Pass {
  const sets = context.owned(replicaSets, deployment).toSorted(oldestFirst)
  const replicas = deployment.spec.replicas ?? 1
  const isRolling = deployment.spec.strategy?.type !== "Recreate"
  const posts = isRolling
    ? fenceposts(replicas, deployment.spec.strategy?.rollingUpdate)
    : { surge: 0, unavailable: 0 }
  const current = sets.find((set) => isCurrent(set, deployment))
  return { deployment, context, replicas, posts, sets, current }
}

function countsOf(set: Set): SetCounts {
  const { name } = set.metadata
  return { name, replicas: set.spec.replicas ?? 1, available: set.status?.availableReplicas ?? 0 }
}

async function scale(pass: Pass, scaling: Scaling): Promise<void> {
  const { deployment, context, sets, replicas, posts } = pass
  const set = sets.find((each) => each.metadata.name === scaling.name)
  if (set === undefined) return
  const before = set.spec.replicas ?? 1
  const annotations = {
    ...set.metadata.annotations,
    [marks.desired]: String(replicas),
    [marks.max]: String(replicas + posts.surge),
  }
  const metadata = { ...set.metadata, annotations }
  const spec = { ...set.spec, replicas: scaling.replicas }
  await context.cluster.update(replicaSets, { ...set, metadata, spec })
  if (before === scaling.replicas) return
  const direction = before < scaling.replicas ? "up" : "down"
  const message = `Scaled ${direction} replica set ${scaling.name} from ${before} to ${scaling.replicas}`
  context.record(deployment, { type: "Normal", reason: "ScalingReplicaSet", message })
}

function isScaled(pass: Pass): boolean {
  return pass.sets.some((set) => {
    const desired = set.metadata.annotations?.[marks.desired]
    return (
      (set.spec.replicas ?? 1) > 0 && desired !== undefined && Number(desired) !== pass.replicas
    )
  })
}

/** True where the new ReplicaSet has all the pods that the Deployment wants: no other one is needed. */
function isSaturated({ replicas }: Pass, { metadata, spec, status }: Set): boolean {
  const isMeant = Number(metadata.annotations?.[marks.desired]) === replicas
  return isMeant && spec.replicas === replicas && (status?.availableReplicas ?? 0) === replicas
}

async function scaleProportionally(pass: Pass): Promise<void> {
  const { sets, current, replicas, posts } = pass
  const active = sets.filter((set) => (set.spec.replicas ?? 1) > 0)
  const [only] = active
  if (active.length <= 1) {
    const target = only ?? current ?? sets.at(-1)
    if (target !== undefined) await scale(pass, { name: target.metadata.name, replicas })
    return
  }
  if (current !== undefined && isSaturated(pass, current)) {
    for (const { metadata } of active) {
      if (metadata.uid !== current.metadata.uid)
        await scale(pass, { name: metadata.name, replicas: 0 })
    }
    return
  }
  if (pass.deployment.spec.strategy?.type === "Recreate") return
  const shares = active.map((set) => {
    const max = Number(set.metadata.annotations?.[marks.max])
    return { ...countsOf(set), maxReplicas: Number.isFinite(max) && max > 0 ? max : undefined }
  })
  for (const scaling of proportional(shares, replicas, posts.surge)) await scale(pass, scaling)
}

interface Ensured {
  readonly set: Set
  readonly appeared: DeploymentView["appeared"]
}

/** There is no ReplicaSet for the template yet. */
interface Missing {
  readonly set?: undefined
  /** When making it is tried again; absent where the next change brings it. */
  readonly wakeAt?: EpochMs
}

/** Says that the ReplicaSet was refused for good, and when it is tried again. */
async function tellRefusal(pass: Pass, wanted: ReplicaSet, error: unknown): Promise<Missing> {
  const { deployment, context } = pass
  const why = lastingRefusal(error)
  if (why === undefined) throw error
  const now = context.clock.now()
  const message = `Failed to create new replica set "${wanted.metadata.name}": ${why}`
  context.record(deployment, { type: "Warning", reason: "ReplicaSetCreateError", message })
  const status = withCreateError(deployment, message, now)
  if (!equalJson(status, deployment.status ?? {})) {
    await context.cluster.update(deployments, { ...deployment, status }, { subresource: "status" })
  }
  return { wakeAt: retryAt(now) }
}

/** The ReplicaSet of the template as it is now, made or revived and marked with the revision. */
async function ensureCurrent(pass: Pass): Promise<Ensured | Missing> {
  const { deployment, context, sets, current, replicas, posts } = pass
  const others = sets.filter((set) => set !== current)
  const revision = Math.max(0, ...others.map(revisionOf)) + 1
  const size = { revision, maxReplicas: replicas + posts.surge }
  if (current !== undefined) {
    const isLatest = revisionOf(current) >= revision
    const kept = { ...size, revision: isLatest ? revisionOf(current) : revision }
    const annotations = setAnnotations(deployment, kept, current)
    const isNews = findCondition(deployment.status?.conditions, "Progressing") === undefined
    const appeared = isNews ? "FoundNewReplicaSet" : undefined
    const { minReadySeconds = 0 } = deployment.spec
    const isSame =
      equalJson(annotations, current.metadata.annotations) &&
      (current.spec.minReadySeconds ?? 0) === minReadySeconds
    if (isSame) return { set: current, appeared }
    const metadata = { ...current.metadata, annotations }
    const spec = { ...current.spec, minReadySeconds }
    const next = { ...current, metadata, spec }
    return { set: await context.cluster.update(replicaSets, next), appeared }
  }
  const isRecreated = deployment.spec.strategy?.type === "Recreate"
  const old = others.reduce((total, set) => total + (set.spec.replicas ?? 1), 0)
  const room = Math.max(0, replicas + posts.surge - old)
  const first = isRecreated ? replicas : Math.min(replicas, room)
  const wanted = newReplicaSet(deployment, { ...size, replicas: first })
  try {
    const set = await context.cluster.create(replicaSets, wanted)
    if (first > 0) {
      const message = `Scaled up replica set ${set.metadata.name} from 0 to ${first}`
      context.record(deployment, { type: "Normal", reason: "ScalingReplicaSet", message })
    }
    return { set, appeared: "NewReplicaSetCreated" }
  } catch (error) {
    if (!isClusterError(error, "AlreadyExists")) return tellRefusal(pass, wanted, error)
    // Made by an earlier pass whose answer was lost, and not yet seen here: it is no collision, and the next pass finds it.
    const fieldSelector = { "metadata.name": wanted.metadata.name ?? "" }
    const { namespace = "" } = deployment.metadata
    const { items } = await context.cluster.list(replicaSets, { namespace, fieldSelector })
    const isOwn = (set: Set): boolean => controllerOf(set)?.uid === deployment.metadata.uid
    if (items.some((set) => isOwn(set) && isCurrent(set, deployment))) throw error
    // The name is taken by another template: the next pass hashes with one more collision.
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
    const status = { ...deployment.status, collisionCount }
    await context.cluster.update(deployments, { ...deployment, status }, { subresource: "status" })
    return {}
  }
}

async function rollingUpdate(pass: Pass, current: Set): Promise<void> {
  const old = pass.sets.filter((set) => set.metadata.uid !== current.metadata.uid)
  const state: RollingState = {
    replicas: pass.replicas,
    posts: pass.posts,
    current: countsOf(current),
    old: old.map(countsOf),
  }
  const up = scaleUp(state)
  if (up !== undefined) return scale(pass, up)
  for (const scaling of scaleDown(state)) await scale(pass, scaling)
}

function hasOldPods(pass: Pass): boolean {
  return pass.sets
    .filter((set) => set !== pass.current)
    .some((set) => pass.context.owned(pods, set).some((pod) => !isFinished(pod)))
}

/** The first half of Recreate: true once every old pod is gone. */
async function stopOld(pass: Pass): Promise<boolean> {
  const running = pass.sets.filter((set) => set !== pass.current && (set.spec.replicas ?? 1) > 0)
  for (const set of running) await scale(pass, { name: set.metadata.name, replicas: 0 })
  return running.length === 0 && !hasOldPods(pass)
}

async function cleanUp(pass: Pass): Promise<void> {
  const { deployment, context } = pass
  const limit = deployment.spec.revisionHistoryLimit ?? 10
  const idle = pass.sets
    .filter((set) => set !== pass.current && set.spec.replicas === 0)
    .filter((set) => (set.status?.replicas ?? 0) === 0)
    .filter((set) => set.status?.observedGeneration === set.metadata.generation)
    .filter((set) => set.metadata.deletionTimestamp === undefined)
    .toSorted(
      (left, right) =>
        compareNumber(revisionOf(left), revisionOf(right)) || oldestFirst(left, right),
    )
  for (const set of idle.slice(0, Math.max(0, idle.length - limit))) {
    const { name, namespace = "", uid } = set.metadata
    await context.cluster.delete(replicaSets, { namespace, name }, { preconditions: { uid } })
  }
}

async function writeStatus(
  pass: Pass,
  appeared: DeploymentView["appeared"],
): Promise<ReconcileResult> {
  const { deployment, context } = pass
  const fresh = look(deployment, context)
  const { sets, current, posts } = fresh
  const maxUnavailable = posts.unavailable
  const now = context.clock.now()
  const view: DeploymentView = { deployment, sets, current, maxUnavailable, appeared, now }
  const { status, isComplete, wakeAt } = reportDeployment(view)
  const revision =
    current === undefined ? undefined : current.metadata.annotations?.[marks.revision]
  const annotations =
    revision === undefined ? {} : { ...deployment.metadata.annotations, [marks.revision]: revision }
  const metadata: ObjectMeta =
    revision === undefined ? deployment.metadata : { ...deployment.metadata, annotations }
  const isChanged =
    !equalJson(status, deployment.status) || !equalJson(metadata, deployment.metadata)
  if (isChanged) {
    const next = { ...deployment, metadata: metadata as typeof deployment.metadata, status }
    await context.cluster.update(deployments, next, { subresource: "status" })
  }
  if (isComplete || deployment.spec.paused === true) await cleanUp(fresh)
  return wakeAt === undefined ? {} : { wakeAt }
}

function setsOf(deployment: Stored<Deployment>): Adopter<ReplicaSet> {
  const { selector } = deployment.spec
  const selects = ({ metadata }: ReplicaSet): boolean => matchesLabels(selector, metadata.labels)
  return { owner: deployment, kind: replicaSets, selects }
}

async function reconcileDeployment(
  deployment: Stored<Deployment>,
  context: ReconcileContext,
): Promise<ReconcileResult> {
  await claimOwned(setsOf(deployment), context)
  const pass = look(deployment, context)
  if (deployment.metadata.deletionTimestamp !== undefined) return writeStatus(pass, undefined)
  if (deployment.spec.paused === true || isScaled(pass)) {
    if (pass.sets.length > 0) await scaleProportionally(pass)
    return writeStatus(pass, undefined)
  }
  const isRecreated = deployment.spec.strategy?.type === "Recreate"
  if (isRecreated && !(await stopOld(pass))) return writeStatus(pass, undefined)
  const ensured = await ensureCurrent(pass)
  if (ensured.set === undefined) return ensured
  if (ensured.appeared !== "NewReplicaSetCreated") {
    const fresh = { ...look(deployment, context), current: ensured.set }
    if (isRecreated) {
      const { name } = ensured.set.metadata
      if (ensured.set.spec.replicas !== pass.replicas)
        await scale(fresh, { name, replicas: pass.replicas })
    } else await rollingUpdate(fresh, ensured.set)
  }
  return writeStatus(pass, ensured.appeared)
}

/** Rolls Deployments out over ReplicaSets. */
export function deploymentController(): Controller {
  return controller("cluster/deployment", deployments)
    .recordsAs("deployment-controller")
    .owns(replicaSets)
    .watches(replicaSets, orphansKeys)
    .watches(pods, (pod) =>
      // Recreate waits for the last old pod; its ReplicaSet's name begins with the Deployment's.
      pod.metadata.deletionTimestamp === undefined ? [] : [...ownersOf(pod.metadata)],
    )
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      if (isOrphansKey(key)) {
        const { items } = await context.cluster.list(deployments, {
          namespace: key.namespace ?? "",
        })
        await adoptOrphans(items.map(setsOf), context)
        return {}
      }
      const deployment = await context.cluster.get(deployments, key)
      return deployment === undefined ? {} : reconcileDeployment(deployment, context)
    })
}

function ownersOf(metadata: ObjectMeta): { readonly namespace: string; readonly name: string }[] {
  const set = metadata.ownerReferences?.find((each) => each.kind === "ReplicaSet")
  const hash = metadata.labels?.[marks.hash]
  if (set === undefined || hash === undefined || !set.name.endsWith(`-${hash}`)) return []
  const name = set.name.slice(0, -hash.length - 1)
  return [{ namespace: metadata.namespace ?? "", name }]
}
