import { type Decision, type EpochMs, epochMs, formatInstant, own } from "@argo-ts/kernel"
import type { FreightCollection } from "../api/common.js"
import type { Freight } from "../api/freight.js"
import type { Promotion, PromotionSpec, PromotionStatus } from "../api/promotion.js"
import type { Stage } from "../api/stage.js"
import { annotation, requested } from "./annotations.js"
import { instantOf } from "./availability.js"
import { candidateFor } from "./candidates.js"
import { actorOf, promotionCreationCheck, specFromStage } from "./create-promotion.js"
import { collectionOf, isTerminal, originKey, referenceOf } from "./references.js"
import { finishPromotion, foldOutcome, type StepOutcome } from "./step-outcome.js"
import { aliasOf, nextStep, type RunStep } from "./step-start.js"

/** What a Promotion wants done. */
export type PromotionAction =
  | RunStep
  | {
      /** Take over the Stage's steps: the Promotion names only Stage and Freight. */
      readonly type: "FillIn"
      readonly key: string
      readonly spec: PromotionSpec
      readonly annotations: { readonly [name: string]: string }
    }

/** What is known around a Promotion. */
export interface ObservedPromotion {
  readonly stage?: Stage
  /** All Freight of the namespace. */
  readonly freight: readonly Freight[]
  /** True where the Promotion runs and its work directory is gone: local steps are repeated. */
  readonly isWorkDirectoryLost: boolean
  /** How the step that was just run came out. */
  readonly outcome?: { readonly index: number; readonly result: StepOutcome }
}

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

/** A person's choice other than the next candidate holds auto-promotion; the candidate itself resumes it (§2.8). */
function intentOf(
  stage: Stage,
  promotion: Promotion,
  freight: readonly Freight[],
  now: EpochMs,
): { readonly [name: string]: string } {
  const target = freight.find(({ metadata }) => metadata.name === promotion.spec.freight)
  const isByPerson = !actorOf(promotion).startsWith("controller:")
  if (stage.status?.autoPromotionEnabled !== true || target === undefined || !isByPerson) return {}
  const request = stage.spec.requestedFreight.find(
    ({ origin }) => originKey(origin) === originKey(target.origin),
  )
  if (request === undefined) return {}
  const candidate = candidateFor(stage, request, freight, now)
  const isNext = candidate?.metadata.name === target.metadata.name
  return { [isNext ? annotation.resume : annotation.hold]: originKey(target.origin) }
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
  const value = own(promotion.metadata.annotations, annotation.abort)
  if (requested(value, "action") !== "terminate") return undefined
  const finishedAt = formatInstant(now)
  const steps = (status.stepExecutionMetadata ?? []).map((step) =>
    step.status === "Running" ? { ...step, status: "Aborted" as const, finishedAt } : step,
  )
  const actor = value?.startsWith("{") === true ? requested(value, "actor") : undefined
  const message = `Promotion terminated by ${actor ?? "user"}`
  const kept = steps.length === 0 ? status : { ...status, stepExecutionMetadata: steps }
  return ended(kept, "Aborted", message, now)
}

function start(progress: Progress, status: PromotionStatus): PromotionDecision | PromotionStatus {
  const { promotion, stage, observed, now } = progress
  const { freight: name = "" } = promotion.spec
  const freight = observed.freight.find(({ metadata }) => metadata.name === name)
  if (freight === undefined) return ended(status, "Errored", `Freight ${name} does not exist`, now)
  const check = promotionCreationCheck(stage, freight, now)
  if (!check.isAllowed) return ended(status, "Errored", check.message, now)
  return {
    ...status,
    phase: "Running",
    startedAt: formatInstant(now),
    freight: referenceOf(freight),
    freightCollection: collectionFor(stage, freight),
    currentStep: 0,
  }
}

/**
 * What a Promotion does next (spec/promotion §2.10, §2.11): wait for its turn, start when the Stage makes it the
 * current one, then step after step. Outcomes are in the status before the next step begins.
 */
export function decidePromotion(
  promotion: Promotion,
  observed: ObservedPromotion,
  now: EpochMs,
): PromotionDecision {
  const before = promotion.status ?? {}
  const { stage } = observed
  const name = promotion.metadata.name ?? ""
  if (isTerminal(promotion)) return done(before)
  const aborted = abort(promotion, before, now)
  if (aborted !== undefined) return aborted
  const status: PromotionStatus =
    before.phase === undefined ? { ...before, phase: "Pending" } : before
  if (stage === undefined)
    return ended(status, "Errored", `Stage ${promotion.spec.stage} does not exist`, now)
  if (promotion.spec.steps === undefined) {
    const spec = { ...specFromStage(stage, promotion.spec.freight ?? ""), ...promotion.spec }
    const annotations = intentOf(stage, promotion, observed.freight, now)
    return { status, actions: [{ type: "FillIn", key: `${name}/fill-in`, spec, annotations }] }
  }
  if (status.phase === "Pending") {
    if (stage.status?.currentPromotion?.name !== name) return done(status)
    const started = start({ promotion, stage, observed, now }, status)
    if ("actions" in started) return started
    return proceed({ promotion, stage, observed, now }, started)
  }
  return proceed({ promotion, stage, observed, now }, resumed(status, observed))
}

/** Without its directory a promotion begins anew, keeping its outputs: steps recognise what they did (§2.10). */
function resumed(status: PromotionStatus, observed: ObservedPromotion): PromotionStatus {
  if (!observed.isWorkDirectoryLost || observed.outcome !== undefined) return status
  const { stepExecutionMetadata: _steps, healthChecks: _checks, ...kept } = status
  return { ...kept, currentStep: 0 }
}

interface Progress {
  readonly promotion: Promotion
  readonly stage: Stage
  readonly observed: ObservedPromotion
  readonly now: EpochMs
}

function proceed(progress: Progress, before: PromotionStatus): PromotionDecision {
  const { promotion, observed, now } = progress
  const steps = promotion.spec.steps ?? []
  let status = before
  if (observed.outcome !== undefined) {
    const { index, result } = observed.outcome
    const step = steps[index]
    if (step !== undefined && (status.currentStep ?? 0) === index) {
      const folded = foldOutcome(status, { step, index, alias: aliasOf(step, index) }, result, now)
      status = folded.status
      if (folded.wakeAt !== undefined) return { status, actions: [], wakeAt: folded.wakeAt }
    }
  }
  // Bounded by the number of steps: each turn runs one or passes one.
  while ((status.currentStep ?? 0) < steps.length) {
    const next = nextStep(progress, status)
    status = next.status
    if (next.action !== undefined) return { status, actions: [next.action] }
  }
  return done(finishPromotion(status, now))
}

/** When the promotion that waits for a step should be looked at again at the latest. */
export function pollAt(startedAt: string | undefined, timeoutMs: number, now: EpochMs): EpochMs {
  const regular = now + 300_000
  const start = instantOf(startedAt)
  return epochMs(
    start === undefined || timeoutMs <= 0
      ? regular
      : Math.min(regular, Math.max(now, start + timeoutMs)),
  )
}
