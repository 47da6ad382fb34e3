import { type Decision, type EpochMs, earliest, epochMs, equalJson, own } from "@argo-ts/kernel"
import type { Stage, StageStatus } from "../api/stage.js"
import { annotation, finalizer } from "./annotations.js"
import { autoPromote, syncHolds } from "./auto-promotion.js"
import { isControlFlow } from "./availability.js"
import { isAutoPromoted, nextAvailableAt } from "./candidates.js"
import { awaitsVerification, headOf, isRefused, syncPromotions } from "./promotion-queue.js"
import { originKey } from "./references.js"
import { forgetStage, markVerified, passOn, syncFreight } from "./stage-freight.js"
import { syncHealth } from "./stage-health.js"
import { currentCollection } from "./stage-history.js"
import {
  type ObservedStage,
  type StageAction,
  type StagePass,
  withCondition,
} from "./stage-pass.js"
import { readyCondition } from "./stage-ready.js"
import { decideVerification } from "./verification.js"

type StageDecision = Decision<StageStatus, StageAction>

const pendingDelayMs = 100

function hasFinalizer({ metadata }: Stage): boolean {
  return metadata.finalizers?.includes(finalizer) === true
}

/** Actions are performed in order: the finalizer goes last, once nothing speaks of the Stage any more. */
function decideDeletion(pass: StagePass): StageDecision {
  const { stage, observed } = pass
  const name = stage.metadata.name ?? ""
  const runs = observed.analysisRuns
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }): StageAction => {
      const run = metadata.name ?? ""
      return { type: "DeleteAnalysisRun", key: `${run}/delete`, name: run }
    })
  const release: StageAction = { type: "RemoveFinalizer", key: `${name}/remove-finalizer` }
  const actions = [...forgetStage(pass), ...runs, ...(hasFinalizer(stage) ? [release] : [])]
  return { status: stage.status ?? {}, actions }
}

/** The refresh that was asked for and the generation that was looked at. */
function handled({ stage }: StagePass): Pick<StageStatus, "lastHandledRefresh"> {
  const token = own(stage.metadata.annotations, annotation.refresh)
  return token === undefined ? {} : { lastHandledRefresh: token }
}

/** What such a Stage had while it still had steps is gone with them. */
function decideControlFlow(pass: StagePass): StageDecision {
  const { stage } = pass
  const { conditions, metadata } = stage.status ?? {}
  const message = "passes Freight on"
  const status: StageStatus = {
    ...(conditions === undefined
      ? {}
      : { conditions: conditions.filter(({ type }) => type === "Ready") }),
    ...(metadata === undefined ? {} : { metadata }),
    ...handled(pass),
    freightSummary: "N/A",
    observedGeneration: stage.metadata.generation ?? 0,
  }
  return {
    status: withCondition(status, pass, ["Ready", "True", "ControlFlow", message]),
    actions: [...syncFreight(pass, status), ...passOn(pass)],
  }
}

function freightSummary(stage: Stage, status: StageStatus): string {
  const wanted = stage.spec.requestedFreight.map(({ origin }) => originKey(origin))
  const items = currentCollection(status)?.items
  const present = wanted.flatMap((key) => own(items, key)?.name ?? [])
  const [only] = present
  if (wanted.length === 1 && only !== undefined) return only
  return `${present.length}/${wanted.length} Fulfilled`
}

/** The seven steps of upstream in their order, then the summary. */
function decideRegular(pass: StagePass): StageDecision {
  const { stage, observed, now } = pass
  const before = stage.status ?? {}
  const promoted = syncPromotions(pass, before)
  const healthy = syncHealth(pass, promoted)
  const verified = decideVerification(pass, healthy.status)
  const autoPromotionEnabled = isAutoPromoted(stage, observed.config)
  const held = syncHolds(pass, { ...verified.status, autoPromotionEnabled })
  const summed = { ...held, ...handled(pass), freightSummary: freightSummary(stage, held) }
  const ready = readyCondition(summed)
  const generation = stage.metadata.generation ?? 0
  const observedAs = ready[1] === "True" ? { observedGeneration: generation } : {}
  const status = withCondition({ ...summed, ...observedAs }, pass, ready)
  const isWaiting = headOf(observed.promotions) !== undefined && !awaitsVerification(status)
  const isNext = isWaiting && status.currentPromotion === undefined && !equalJson(before, status)
  return {
    status,
    actions: [
      ...syncFreight(pass, promoted),
      ...healthy.actions,
      ...verified.actions,
      ...markVerified(pass, status),
      ...autoPromote(pass, status),
    ],
    ...(isNext ? { wakeAt: epochMs(now + pendingDelayMs) } : {}),
  }
}

/**
 * What a Stage does next (spec/promotion §2.11): promotions, Freight, health, verification, verified Freight, holds,
 * auto-promotion, in this order. It asks to be woken when soaking ends. A Stage that is being deleted takes back what
 * Freight says of it.
 */
export function decideStage(stage: Stage, observed: ObservedStage, now: EpochMs): StageDecision {
  const promotions = observed.promotions.filter((promotion) => !isRefused(promotion))
  const pass: StagePass = { stage, observed: { ...observed, promotions }, now }
  if (stage.metadata.deletionTimestamp !== undefined) return decideDeletion(pass)
  const decision = isControlFlow(stage) ? decideControlFlow(pass) : decideRegular(pass)
  const name = stage.metadata.name ?? ""
  const hold: StageAction = { type: "AddFinalizer", key: `${name}/add-finalizer` }
  const actions = hasFinalizer(stage) ? decision.actions : [hold, ...decision.actions]
  const wakeAt = earliest(decision.wakeAt, nextAvailableAt(stage, observed.freight, now))
  return { status: decision.status, actions, ...(wakeAt === undefined ? {} : { wakeAt }) }
}
