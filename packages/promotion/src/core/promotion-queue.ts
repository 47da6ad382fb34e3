import type { Promotion } from "../api/promotion.js"
import type { StageStatus } from "../api/stage.js"
import { withoutCondition } from "./conditions.js"
import { actorOf } from "./create-promotion.js"
import { comparePromotions, isTerminal, referenceOf } from "./references.js"
import { currentCollection, isVerificationOver, replay, unseenPromotions } from "./stage-history.js"
import { type StagePass, withCondition } from "./stage-pass.js"

/** Admitted and not at its end. */
function isOpen(promotion: Promotion): boolean {
  return promotion.status?.phase !== undefined && !isTerminal(promotion)
}

/** The promotion that should be current: a running one, else the oldest that waits. */
export function headOf(promotions: readonly Promotion[]): Promotion | undefined {
  const open = promotions.filter(isOpen).toSorted(comparePromotions)
  return open.find(({ status }) => status?.phase === "Running") ?? open[0]
}

/**
 * True for a person's promotion that was refused before it began: upstream's admission would not have let it in, so it
 * is nothing that happened to the Stage.
 */
export function isRefused(promotion: Promotion): boolean {
  const { phase, startedAt } = promotion.status ?? {}
  const isByController = actorOf(promotion).startsWith("controller:")
  return phase === "Errored" && startedAt === undefined && !isByController
}

/** True where the next promotion waits: unhealthy Stages are promoted over at once, healthy ones once verified. */
export function awaitsVerification(status: StageStatus): boolean {
  const collection = currentCollection(status)
  if (collection === undefined) return false
  const newest = collection.verificationHistory?.[0]
  if (newest !== undefined) return !isVerificationOver(newest)
  return status.health === undefined || status.health.status === "Healthy"
}

function takeUp(pass: StagePass, status: StageStatus, promotion: Promotion): StageStatus {
  const name = promotion.metadata.name ?? ""
  const wanted = promotion.spec.freight
  const freight = pass.observed.freight.find(({ metadata }) => metadata.name === wanted)
  const currentPromotion =
    freight === undefined ? { name } : { name, freight: referenceOf(freight) }
  const message = `Promotion ${name} is under way`
  const parts = ["Promoting", "True", "ActivePromotion", message] as const
  return withCondition({ ...status, currentPromotion }, pass, parts)
}

/**
 * Which promotion is current (spec/promotion §2.11). What has ended is taken note of once the current one is over or
 * nothing waits, oldest first: a later promotion that was aborted in the queue must not hide an earlier one that runs.
 */
export function syncPromotions(pass: StagePass, before: StageStatus): StageStatus {
  const { promotions } = pass.observed
  const head = headOf(promotions)
  const current = before.currentPromotion?.name
  const isOver = current !== undefined && current !== head?.metadata.name
  const { currentPromotion: _over, ...rest } = before
  const status: StageStatus = isOver ? withoutCondition(rest, "Promoting") : before
  const unseen = isOver || head === undefined ? unseenPromotions(status, promotions) : []
  if (unseen.length > 0) return unseen.reduce(replay, status)
  if (head === undefined || current === head.metadata.name || awaitsVerification(status))
    return status
  return takeUp(pass, status, head)
}
