import { type Cluster, isClusterError } from "@argo-ts/k8s"
import { controllerOf, type ObjectKey, unreachable } from "@argo-ts/kernel"
import { pods, replicaSets, services } from "../api/foreign.js"
import { analysisRuns, rollouts } from "../api/kinds.js"
import type { Rollout } from "../api/rollout.js"
import type { RolloutAction } from "../core/actions.js"
import { hashLabel, managedByAnnotation } from "../core/labels.js"
import type { RouterChoice } from "./routers.js"

/** What actions are performed on. */
export interface Performer {
  readonly cluster: Cluster
  readonly rollout: Rollout
  readonly router: RouterChoice | undefined
}

function keyOfNamed({ rollout }: Performer, name: string): ObjectKey {
  const { namespace } = rollout.metadata
  return namespace === undefined ? { name } : { namespace, name }
}

/** Creates the set. A name that belongs to somebody else is a collision of hashes: the next decision takes another. */
async function createReplicaSet(
  performer: Performer,
  action: RolloutAction & { type: "CreateReplicaSet" },
): Promise<void> {
  const { cluster, rollout } = performer
  try {
    await cluster.create(replicaSets, action.replicaSet)
  } catch (error) {
    if (!isClusterError(error, "AlreadyExists")) throw error
    const name = action.replicaSet.metadata.name ?? ""
    const existing = await cluster.get(replicaSets, keyOfNamed(performer, name))
    if (existing === undefined || controllerOf(existing)?.uid === rollout.metadata.uid) return
    const collisionCount = (rollout.status?.collisionCount ?? 0) + 1
    const patch = { type: "merge", patch: { status: { collisionCount } } } as const
    await cluster.patch(rollouts, keyOfNamed(performer, rollout.metadata.name ?? ""), patch, {
      subresource: "status",
    })
  }
}

async function createUnlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!isClusterError(error, "AlreadyExists")) throw error
  }
}

/** Performs one action. Doing it twice is harmless. */
export async function performAction(performer: Performer, action: RolloutAction): Promise<void> {
  const { cluster, rollout, router } = performer
  const keyOf = (name: string): ObjectKey => keyOfNamed(performer, name)
  switch (action.type) {
    case "AnnotateRollout": {
      const patch = { metadata: { annotations: action.annotations } }
      await cluster.patch(rollouts, keyOf(rollout.metadata.name ?? ""), { type: "merge", patch })
      return
    }
    case "CreateReplicaSet":
      return createReplicaSet(performer, action)
    case "AnnotateReplicaSet": {
      const patch = { metadata: { annotations: action.annotations } }
      await cluster.patch(replicaSets, keyOf(action.name), { type: "merge", patch })
      return
    }
    case "ScaleReplicaSet": {
      const patch = {
        metadata: { annotations: action.annotations },
        spec: { replicas: action.replicas },
      }
      await cluster.patch(replicaSets, keyOf(action.name), { type: "merge", patch })
      return
    }
    case "DeleteReplicaSet":
      await cluster.delete(replicaSets, keyOf(action.name))
      return
    case "PointService": {
      const annotations = { [managedByAnnotation]: rollout.metadata.name ?? "" }
      const patch = { metadata: { annotations }, spec: { selector: { [hashLabel]: action.hash } } }
      await cluster.patch(services, keyOf(action.service), { type: "merge", patch })
      return
    }
    case "SetWeight":
      return router?.router.setWeight(router.route, {
        canary: action.canary,
        stable: action.stable,
      })
    case "CreateAnalysisRun":
      return createUnlessThere(() => cluster.create(analysisRuns, action.run))
    case "TerminateAnalysisRun": {
      const patch = { spec: { terminate: true } }
      await cluster.patch(analysisRuns, keyOf(action.name), { type: "merge", patch })
      return
    }
    case "DeleteAnalysisRun":
      await cluster.delete(analysisRuns, keyOf(action.name))
      return
    case "EvictPod":
      await cluster.delete(pods, keyOf(action.name))
      return
    default:
      return unreachable(action)
  }
}
