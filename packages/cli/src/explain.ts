import { openWorkflow, type Workflow } from "@argo-ts/dag-engine"
import { type Application, explainApplication } from "@argo-ts/gitops-core"
import { controllerOf, type EpochMs, type KubernetesObject } from "@argo-ts/kernel"
import {
  type AnalysisRun,
  explainAnalysisRun,
  explainRollout,
  nothingObserved,
  type ObservedRollout,
  type Rollout,
} from "@argo-ts/progressive-delivery"
import {
  explainFreight,
  explainProject,
  explainPromotion,
  explainStage,
  explainWarehouse,
  type Freight,
  type Project,
  type Promotion,
  type Stage,
  type Warehouse,
} from "@argo-ts/promotion"

function ownedBy(
  owner: KubernetesObject,
  kind: string,
  objects: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  return objects.filter(
    (object) => object.kind === kind && controllerOf(object)?.uid === owner.metadata.uid,
  )
}

function explainOneRollout(
  rollout: Rollout,
  objects: readonly KubernetesObject[],
  now: EpochMs,
): string {
  const observed: ObservedRollout = {
    ...nothingObserved,
    replicaSets: ownedBy(rollout, "ReplicaSet", objects) as ObservedRollout["replicaSets"],
    analysisRuns: ownedBy(rollout, "AnalysisRun", objects) as ObservedRollout["analysisRuns"],
  }
  return explainRollout(rollout, observed, now)
}

/** What keeps Freight from the stages it is not in yet. */
function explainOneFreight(
  freight: Freight,
  objects: readonly KubernetesObject[],
  now: EpochMs,
): readonly string[] {
  const stages = objects.filter(
    (object): object is Stage =>
      object.kind === "Stage" && object.metadata.namespace === freight.metadata.namespace,
  )
  return explainFreight(freight, stages, now)
}

/** The Stage that a Promotion goes to tells what it waits for there. */
function explainOnePromotion(
  promotion: Promotion,
  objects: readonly KubernetesObject[],
): readonly string[] {
  const stage = objects.find(
    (object): object is Stage =>
      object.kind === "Stage" &&
      object.metadata.name === promotion.spec.stage &&
      object.metadata.namespace === promotion.metadata.namespace,
  )
  return [explainPromotion(promotion, stage)]
}

/** What an object waits for, in the words of its engine; no sentence for kinds without an engine. */
export function explainObject(
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
  now: EpochMs,
): readonly string[] {
  switch (object.kind) {
    case "Workflow":
      return openWorkflow(object as Workflow, { now }).explain(now)
    case "Application":
      return [explainApplication(object as Application, now)]
    case "Rollout":
      return [explainOneRollout(object as Rollout, objects, now)]
    case "AnalysisRun":
      return [explainAnalysisRun(object as AnalysisRun, now)]
    case "Stage":
      return [explainStage(object as Stage)]
    case "Warehouse":
      return [explainWarehouse(object as Warehouse)]
    case "Promotion":
      return explainOnePromotion(object as Promotion, objects)
    case "Project":
      return [explainProject(object as Project)]
    case "Freight":
      return explainOneFreight(object as Freight, objects, now)
    default:
      return []
  }
}
