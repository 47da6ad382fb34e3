import { type Decision, type EpochMs, formatInstant, own } from "@argo-ts/kernel"
import type { FreightCollection } from "../api/common.js"
import type { Freight } from "../api/freight.js"
import type { Promotion, PromotionStatus } from "../api/promotion.js"
import type { Stage } from "../api/stage.js"
import { type Admission, admissionOf, isAdmitted, targetOf } from "./admission.js"
import { annotation, detailOf, requested } from "./annotations.js"
import { promotionCreationCheck } from "./create-promotion.js"
import type { ReadData } from "./data-functions.js"
import type { ObservedPromotion, PromotionPass } from "./promotion-pass.js"
import { collectionOf, isTerminal, originKey, referenceOf } from "./references.js"
import { aliasOf } from "./step-metadata.js"
import { finishPromotion, foldOutcome } from "./step-outcome.js"
import { nextStep, type RunStep } from "./step-start.js"

/** Make the Promotion what upstream's admission makes of it: steps, variables, labels and owner from its Stage. */
export interface FillIn extends Admission {
  readonly type: "FillIn"
  readonly key: string
}

/** What a Promotion wants done. */
export type PromotionAction = RunStep | ReadData | FillIn

type PromotionDecision = Decision<PromotionStatus, PromotionAction>

function done(status: PromotionStatus): PromotionDecision {
  return { status, actions: [] }
}

function ended(
  status: PromotionStatus,
  phase: NonNullable<PromotionStatus["phase"]>,
  message: string,
  now: EpochMs,
): PromotionDecision {
  return done({ ...status, phase, message, finishedAt: formatInstant(now) })
}

/** With several origins, what the Stage has of the others stays part of the collection. */
function collectionFor(stage: Stage, freight: Freight): FreightCollection {
  const target = referenceOf(freight)
  const wanted = new Set(stage.spec.requestedFreight.map(({ origin }) => originKey(origin)))
  const before = stage.status?.lastPromotion?.status?.freightCollection?.items ?? {}
  const others = Object.entries(before)
    .filter(([key]) => wanted.has(key) && key !== originKey(target.origin))
    .map(([, reference]) => reference)
  return collectionOf([...others, target])
}

function abort(
  promotion: Promotion,
  status: PromotionStatus,
  now: EpochMs,
): PromotionDecision | undefined {
  const asked = own(promotion.metadata.annotations, annotation.abort)
  if (requested(asked, "action") !== "terminate") return undefined
  const finishedAt = formatInstant(now)
  const steps = (status.stepExecutionMetadata ?? []).map((step) =>
    step.status === "Running" ? { ...step, status: "Aborted" as const, finishedAt } : step,
  )
  const message = `Promotion terminated by ${detailOf(asked, "actor") ?? "user"}`
  const kept = steps.length === 0 ? status : { ...status, stepExecutionMetadata: steps }
  return ended(kept, "Aborted", message, now)
}

/** A new Promotion is filled in, or refused as upstream's admission would; then it waits for its turn. */
function admit(pass: PromotionPass, status: PromotionStatus): PromotionDecision {
  const { promotion, stage, now } = pass
  const { freight, origin } = promotion.spec
  const target = targetOf(pass)
  if (target === undefined) {
    const what =
      freight === undefined
        ? `no Freight of ${origin?.name ?? "any origin"} is next for Stage ${promotion.spec.stage}`
        : `Freight ${freight} does not exist`
    return ended(status, "Errored", what, now)
  }
  const check = promotionCreationCheck(stage, target, now)
  if (!check.isAllowed) return ended(status, "Errored", check.message, now)
  const wanted = admissionOf(pass, target)
  if (isAdmitted(promotion, wanted)) return done({ ...status, phase: "Pending" })
  const key = `${promotion.metadata.name}/fill-in`
  return { status, actions: [{ type: "FillIn", key, ...wanted }] }
}

function start(pass: PromotionPass, status: PromotionStatus): PromotionDecision {
  const { promotion, stage, observed, now } = pass
  const { freight: name = "" } = promotion.spec
  const freight = observed.freight.find(({ metadata }) => metadata.name === name)
  // From here on it is an attempt: a Stage takes note of how it ends.
  const begun: PromotionStatus = { ...status, startedAt: formatInstant(now) }
  if (freight === undefined) return ended(begun, "Errored", `Freight ${name} does not exist`, now)
  const check = promotionCreationCheck(stage, freight, now)
  if (!check.isAllowed) return ended(begun, "Errored", check.message, now)
  const started: PromotionStatus = {
    ...begun,
    phase: "Running",
    freight: referenceOf(freight),
    freightCollection: collectionFor(stage, freight),
    currentStep: 0,
  }
  return proceed(pass, started)
}

/** Without its directory a promotion begins anew, keeping its outputs: steps recognise what they did (§2.10). */
function resumed(status: PromotionStatus, observed: ObservedPromotion): PromotionStatus {
  if (!observed.isWorkDirectoryLost || observed.outcome !== undefined) return status
  const { stepExecutionMetadata: _steps, healthChecks: _checks, ...kept } = status
  return { ...kept, currentStep: 0 }
}

/** The status with the outcome of the step at hand; of any other step nothing is known any more. */
function folded(pass: PromotionPass, status: PromotionStatus): ReturnType<typeof foldOutcome> {
  const { promotion, observed, now } = pass
  const { index = -1, result } = observed.outcome ?? {}
  const step = promotion.spec.steps?.[index]
  if (result === undefined || step === undefined || (status.currentStep ?? 0) !== index)
    return { status }
  return foldOutcome(status, { step, index, alias: aliasOf(step, index) }, result, now)
}

/** Steps that changes of other objects wake; all others poll, and run no sooner because something else happened. */
const wokenByChanges: ReadonlySet<string> = new Set(["argocd-update"])

function restOf({ promotion, observed, now }: PromotionPass, status: PromotionStatus) {
  const { restsUntil, outcome } = observed
  const { uses = "" } = promotion.spec.steps?.[status.currentStep ?? 0] ?? {}
  const isResting = restsUntil !== undefined && now < restsUntil && outcome === undefined
  return isResting && !wokenByChanges.has(uses) ? restsUntil : undefined
}

function proceed(pass: PromotionPass, before: PromotionStatus): PromotionDecision {
  const outcome = folded(pass, before)
  let { status } = outcome
  const wakeAt = outcome.wakeAt ?? restOf(pass, before)
  if (wakeAt !== undefined) return { status, actions: [], wakeAt }
  const count = pass.promotion.spec.steps?.length ?? 0
  // Bounded by the number of steps: each turn runs one or passes one.
  while ((status.currentStep ?? 0) < count) {
    const next = nextStep(pass, status)
    status = next.status
    if (next.action !== undefined) return { status, actions: [next.action] }
  }
  return done(finishPromotion(status, pass.now))
}

/**
 * What a Promotion does next (spec/promotion §2.10, §2.11): be filled in, wait for its turn, start when the Stage makes
 * it the current one, then step after step. Outcomes are in the status before the next step begins.
 */
export function decidePromotion(
  promotion: Promotion,
  observed: ObservedPromotion,
  now: EpochMs,
): PromotionDecision {
  if (isTerminal(promotion)) return done(promotion.status ?? {})
  const token = own(promotion.metadata.annotations, annotation.refresh)
  const status: PromotionStatus =
    token === undefined
      ? { ...promotion.status }
      : { ...promotion.status, lastHandledRefresh: token }
  const aborted = abort(promotion, status, now)
  if (aborted !== undefined) return aborted
  const { stage } = observed
  if (stage === undefined)
    return ended(status, "Errored", `Stage ${promotion.spec.stage} does not exist`, now)
  const pass: PromotionPass = { promotion, stage, observed, now }
  switch (status.phase) {
    case undefined:
      return admit(pass, status)
    case "Pending": {
      const isCurrent = stage.status?.currentPromotion?.name === promotion.metadata.name
      return isCurrent ? start(pass, status) : done(status)
    }
    default:
      return proceed(pass, resumed(status, observed))
  }
}
