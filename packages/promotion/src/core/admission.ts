import { controllerReference, equalJson, type OwnerReference } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { Promotion, PromotionSpec } from "../api/promotion.js"
import { annotation } from "./annotations.js"
import { candidateFor } from "./candidates.js"
import { actorOf, specFromStage } from "./create-promotion.js"
import { stageLabel } from "./labels.js"
import type { PromotionPass } from "./promotion-pass.js"
import { originKey } from "./references.js"

/** A Promotion as it should be: what upstream's admission makes of it. */
export interface Admission {
  readonly spec: PromotionSpec
  readonly labels: { readonly [name: string]: string }
  readonly annotations: { readonly [name: string]: string }
  readonly ownerReferences: readonly OwnerReference[]
}

/** What an origin's auto-promotion would take next. */
function nextOf({ stage, observed, now }: PromotionPass, origin: string): Freight | undefined {
  const request = stage.spec.requestedFreight.find((each) => originKey(each.origin) === origin)
  return request === undefined ? undefined : candidateFor(stage, request, observed.freight, now)
}

/** The Freight that a Promotion is about: named, or whatever is next of an origin. */
export function targetOf(pass: PromotionPass): Freight | undefined {
  const { freight, origin } = pass.promotion.spec
  if (freight === undefined && origin !== undefined) return nextOf(pass, originKey(origin))
  return pass.observed.freight.find(({ metadata }) => metadata.name === freight)
}

/** A person's choice other than the next candidate holds auto-promotion; the candidate itself resumes it (§2.8). */
function intentOf(pass: PromotionPass, target: Freight): { readonly [name: string]: string } {
  const { promotion, stage } = pass
  const isByPerson = !actorOf(promotion).startsWith("controller:")
  if (stage.status?.autoPromotionEnabled !== true || !isByPerson) return {}
  const origin = originKey(target.origin)
  const isNext = nextOf(pass, origin)?.metadata.name === target.metadata.name
  return { [isNext ? annotation.resume : annotation.hold]: origin }
}

function ownersOf({ promotion, stage }: PromotionPass): readonly OwnerReference[] {
  const owners = promotion.metadata.ownerReferences ?? []
  const isOwned = owners.some(({ uid, kind }) => kind === "Stage" && uid === stage.metadata.uid)
  return isOwned ? owners : [...owners, controllerReference(stage)]
}

/** The Promotion as it should be: steps and variables are always those of its Stage (spec/promotion §1.7). */
export function admissionOf(pass: PromotionPass, target: Freight): Admission {
  const { promotion, stage } = pass
  const {
    [annotation.hold]: _hold,
    [annotation.resume]: _resume,
    ...own
  } = {
    ...promotion.metadata.annotations,
  }
  const label = stageLabel(stage.metadata.name ?? "")
  return {
    spec: specFromStage(stage, target.metadata.name ?? ""),
    labels: { ...promotion.metadata.labels, ...label.labels },
    annotations: {
      [annotation.createActor]: "unknown",
      ...own,
      ...label.annotations,
      ...intentOf(pass, target),
    },
    ownerReferences: ownersOf(pass),
  }
}

/** True where nothing is left to fill in. */
export function isAdmitted({ metadata, spec }: Promotion, wanted: Admission): boolean {
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata
  return equalJson({ spec, labels, annotations, ownerReferences }, wanted)
}
