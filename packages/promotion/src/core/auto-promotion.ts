import { own } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { Promotion } from "../api/promotion.js"
import type { FreightRequest, StageStatus } from "../api/stage.js"
import { candidateFor } from "./candidates.js"
import { createPromotion } from "./create-promotion.js"
import { comparePromotions, isTerminal, originKey } from "./references.js"
import { currentCollection, effectiveHolds, unseenPromotions } from "./stage-history.js"
import type { StageAction, StagePass } from "./stage-pass.js"

/** What auto-promotion makes of one origin, and of which Freight. Only `Due` leads to a Promotion. */
export type AutoPromotion =
  | { readonly reason: "Disabled" | "NoCandidate" }
  | { readonly reason: "Held"; readonly promotion: string; readonly freight: string }
  | {
      readonly reason:
        | "AlreadyCurrent"
        | "UnderWay"
        | "LastAttemptFailed"
        | "NotTakenNoteOf"
        | "Due"
      readonly freight: string
    }

/** Why a piece of Freight is not promoted once more: in flight, or tried without success, or success just now. */
function earlierAttempt(
  status: StageStatus,
  promotions: readonly Promotion[],
  freight: string,
): "UnderWay" | "LastAttemptFailed" | "NotTakenNoteOf" | undefined {
  const attempts = promotions.filter(({ spec }) => spec.freight === freight)
  if (attempts.some((promotion) => !isTerminal(promotion))) return "UnderWay"
  const newest = attempts.toSorted(comparePromotions).at(-1)
  if (newest === undefined) return undefined
  if (newest.status?.phase !== "Succeeded") return "LastAttemptFailed"
  return unseenPromotions(status, promotions).includes(newest) ? "NotTakenNoteOf" : undefined
}

function autoPromotion(
  pass: StagePass,
  status: StageStatus,
  request: FreightRequest,
): readonly [AutoPromotion, Freight?] {
  const { stage, observed, now } = pass
  const key = originKey(request.origin)
  if (status.autoPromotionEnabled !== true) return [{ reason: "Disabled" }]
  const hold = own(status.effectiveAutoPromotionHolds, key)
  if (hold !== undefined) {
    const { promotionName: promotion = "", freightName: freight = "" } = hold
    return [{ reason: "Held", promotion, freight }]
  }
  const candidate = candidateFor(stage, request, observed.freight, now)
  const freight = candidate?.metadata.name
  if (candidate === undefined || freight === undefined) return [{ reason: "NoCandidate" }]
  if (own(currentCollection(status)?.items, key)?.name === freight)
    return [{ reason: "AlreadyCurrent", freight }]
  if (status.currentPromotion?.freight?.name === freight) return [{ reason: "UnderWay", freight }]
  const attempt = earlierAttempt(status, observed.promotions, freight)
  return attempt === undefined
    ? [{ reason: "Due", freight }, candidate]
    : [{ reason: attempt, freight }]
}

/** What auto-promotion would do about one origin, by the Stage's recorded status (spec/promotion §2.8). */
export function autoPromotionOf(pass: StagePass, request: FreightRequest): AutoPromotion {
  return autoPromotion(pass, pass.stage.status ?? {}, request)[0]
}

/** A Promotion for each origin whose candidate is due. */
export function autoPromote(pass: StagePass, status: StageStatus): readonly StageAction[] {
  const { stage, now } = pass
  return stage.spec.requestedFreight.flatMap((request) => {
    const [, candidate] = autoPromotion(pass, status, request)
    if (candidate === undefined) return []
    const key = `${stage.metadata.name}/${candidate.metadata.name}`
    return [{ type: "CreatePromotion", key, promotion: createPromotion(stage, candidate, now) }]
  })
}

/** The status with its holds up to date: none while auto-promotion is off or for origins no longer asked for. */
export function syncHolds({ stage, observed }: StagePass, status: StageStatus): StageStatus {
  const { autoPromotionHolds: durable = {}, effectiveAutoPromotionHolds: _old, ...rest } = status
  if (status.autoPromotionEnabled !== true) return rest
  const wanted = new Set(stage.spec.requestedFreight.map(({ origin }) => originKey(origin)))
  const kept = (holds: typeof durable): typeof durable | undefined => {
    const entries = Object.entries(holds).filter(([origin]) => wanted.has(origin))
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  const effective = kept(effectiveHolds(status, observed.promotions))
  const held = kept(durable)
  return {
    ...rest,
    ...(held === undefined ? {} : { autoPromotionHolds: held }),
    ...(effective === undefined ? {} : { effectiveAutoPromotionHolds: effective }),
  }
}
