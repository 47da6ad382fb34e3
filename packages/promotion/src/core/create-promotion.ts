import { controllerReference, type EpochMs, own } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import { kargoApiVersion } from "../api/kinds.js"
import type { Promotion, PromotionSpec } from "../api/promotion.js"
import type { Stage } from "../api/stage.js"
import { annotation, controllerActor } from "./annotations.js"
import { type Availability, availabilityOf } from "./availability.js"
import { explainAvailability } from "./explain-availability.js"
import { promotionName } from "./identity.js"
import { stageLabel } from "./labels.js"
import { ulidOf } from "./ulid.js"

/** What a Promotion takes over from its Stage: variables of the Stage, then of the template, and the steps. */
export function specFromStage(stage: Stage, freight: string): PromotionSpec {
  const template = stage.spec.promotionTemplate?.spec
  const vars = [...(stage.spec.vars ?? []), ...(template?.vars ?? [])]
  return {
    stage: stage.metadata.name ?? "",
    freight,
    ...(vars.length === 0 ? {} : { vars }),
    steps: template?.steps ?? [],
  }
}

/** Metadata that every Promotion to a Stage carries. */
export function metadataFromStage(
  stage: Stage,
  actor: string,
): Pick<Promotion["metadata"], "labels" | "annotations" | "ownerReferences"> {
  const label = stageLabel(stage.metadata.name ?? "")
  return {
    labels: label.labels,
    annotations: { ...label.annotations, [annotation.createActor]: actor },
    ownerReferences: [controllerReference(stage)],
  }
}

/**
 * A Promotion of Freight to a Stage, complete as upstream's admission makes it. Its name carries a ULID of `now`, so
 * that names sort by age; the same Stage, Freight and instant give the same name.
 */
export function createPromotion(
  stage: Stage,
  freight: Freight,
  now: EpochMs,
  actor: string = controllerActor,
): Promotion {
  const { namespace = "", name = "" } = stage.metadata
  const freightName = freight.metadata.name ?? ""
  const ulid = ulidOf(now, `${namespace}/${name}/${freightName}`)
  return {
    apiVersion: kargoApiVersion,
    kind: "Promotion",
    metadata: {
      name: promotionName(name, ulid, freightName),
      namespace,
      ...metadataFromStage(stage, actor),
    },
    spec: specFromStage(stage, freightName),
  }
}

/** Whether a Promotion may be created, and the sentence that says why not. */
export interface PromotionCreationCheck {
  readonly isAllowed: boolean
  /** Machine-readable: `Approved`, `Direct`, `VerifiedUpstream`, `NotRequested`, `NotVerified`, `Soaking`, `NotSoaked`, `NeedsApproval`, `ControlFlow`. */
  readonly reason: Availability["reason"] | "ControlFlow"
  readonly message: string
}

/** The check that upstream's admission makes when a Promotion is created: is the Freight available to the Stage? */
export function promotionCreationCheck(
  stage: Stage,
  freight: Freight,
  now: EpochMs,
): PromotionCreationCheck {
  if ((stage.spec.promotionTemplate?.spec.steps ?? []).length === 0) {
    const message = `Stage ${stage.metadata.name} has no promotion steps: it only passes Freight on`
    return { isAllowed: false, reason: "ControlFlow", message }
  }
  const availability = availabilityOf(stage, freight, now)
  const message = explainAvailability(stage, freight, availability)
  return { isAllowed: availability.isAvailable, reason: availability.reason, message }
}

/** Who asked for a Promotion. */
export function actorOf(promotion: Promotion): string {
  return own(promotion.metadata.annotations, annotation.createActor) ?? ""
}
