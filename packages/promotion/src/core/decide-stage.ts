import {
  type Condition,
  type Decision,
  type EpochMs,
  earliest,
  epochMs,
  equalJson,
  formatDuration,
  formatInstant,
  type JsonObject,
  own,
  setCondition,
} from "@argo-ts/kernel"
import type { ForeignAnalysisRun, ForeignApplication } from "../api/foreign.js"
import type { Freight } from "../api/freight.js"
import type { ProjectConfig } from "../api/project.js"
import type { Promotion } from "../api/promotion.js"
import type { Stage, StageStatus } from "../api/stage.js"
import { annotation } from "./annotations.js"
import { availabilityOf, instantOf, isControlFlow } from "./availability.js"
import { candidateFor, isAutoPromoted, nextAvailableAt } from "./candidates.js"
import { createPromotion } from "./create-promotion.js"
import { assessHealth } from "./health.js"
import { comparePromotions, isTerminal, originKey } from "./references.js"
import {
  currentCollection,
  effectiveHolds,
  headOf,
  isVerificationOver,
  replay,
  unseenPromotions,
} from "./stage-history.js"
import { readyCondition } from "./stage-ready.js"
import {
  type CreateAnalysisRun,
  decideVerification,
  type TerminateAnalysisRun,
} from "./verification.js"

/** What a Stage wants done. */
export type StageAction =
  | CreateAnalysisRun
  | TerminateAnalysisRun
  | { readonly type: "CreatePromotion"; readonly key: string; readonly promotion: Promotion }
  | {
      readonly type: "PatchFreight"
      readonly key: string
      readonly name: string
      readonly status: JsonObject
    }
  | {
      readonly type: "RefreshApplication"
      readonly key: string
      readonly namespace: string
      readonly name: string
    }

/** What is known around a Stage. */
export interface ObservedStage {
  /** All Freight of the namespace. */
  readonly freight: readonly Freight[]
  /** Promotions to this Stage. */
  readonly promotions: readonly Promotion[]
  /** Applications that the Stage's health checks name. */
  readonly applications: readonly ForeignApplication[]
  /** AnalysisRuns of this Stage, by label. */
  readonly analysisRuns: readonly ForeignAnalysisRun[]
  readonly config?: ProjectConfig
}

interface Pass {
  readonly stage: Stage
  readonly observed: ObservedStage
  readonly now: EpochMs
  readonly actions: StageAction[]
}

const pendingDelayMs = 100

/** The status with one condition set. */
export function withCondition(
  status: StageStatus,
  stage: Stage,
  now: EpochMs,
  [type, value, reason, message]: readonly [
    type: string,
    status: Condition["status"],
    reason: string,
    message: string,
  ],
): StageStatus {
  const conditions = setCondition(status.conditions, {
    type,
    status: value,
    reason,
    message,
    lastTransitionTime: formatInstant(now),
    observedGeneration: stage.metadata.generation ?? 0,
  })
  return { ...status, conditions }
}

function withoutPromoting(status: StageStatus): StageStatus {
  const { currentPromotion: _current, ...rest } = status
  return { ...rest, conditions: (rest.conditions ?? []).filter(({ type }) => type !== "Promoting") }
}

/** Step 1 (spec/promotion §2.11): replay what has ended, then choose who is next. */
function syncPromotions(pass: Pass, before: StageStatus): StageStatus {
  const { stage, observed, now } = pass
  const head = headOf(observed.promotions)
  let status = before
  if (status.currentPromotion !== undefined && status.currentPromotion.name !== head?.metadata.name)
    status = withoutPromoting(status)
  const unseen = unseenPromotions(status, observed.promotions)
  for (const promotion of unseen) status = replay(status, promotion)
  if (unseen.some((promotion) => promotion.status?.phase === "Succeeded")) {
    const wait = "a promotion has just succeeded"
    status = withCondition(status, stage, now, [
      "Healthy",
      "Unknown",
      "WaitingForHealthCheck",
      wait,
    ])
    return withCondition(status, stage, now, [
      "Verified",
      "Unknown",
      "WaitingForVerification",
      wait,
    ])
  }
  if (
    head === undefined ||
    status.currentPromotion?.name === head.metadata.name ||
    unseen.length > 0
  )
    return status
  const newest = currentCollection(status)?.verificationHistory?.[0]
  const isVerifying = newest !== undefined && !isVerificationOver(newest)
  const hasCollection = currentCollection(status) !== undefined
  // Unhealthy Stages are promoted over at once, healthy ones only after their verification.
  const mayBeVerified = status.health === undefined || status.health.status === "Healthy"
  if (isVerifying || (hasCollection && mayBeVerified && newest === undefined)) return status
  const freight = observed.freight.find(({ metadata }) => metadata.name === head.spec.freight)
  const currentPromotion = {
    name: head.metadata.name ?? "",
    ...(freight === undefined
      ? {}
      : { freight: { name: freight.metadata.name ?? "", origin: freight.origin } }),
  }
  const message = `Promotion ${head.metadata.name} is under way`
  return withCondition({ ...status, currentPromotion }, stage, now, [
    "Promoting",
    "True",
    "ActivePromotion",
    message,
  ])
}

function patchFreight(pass: Pass, freight: Freight, field: string, value: JsonObject | null): void {
  const stage = pass.stage.metadata.name ?? ""
  const name = freight.metadata.name ?? ""
  const status = { [field]: { [stage]: value } }
  pass.actions.push({ type: "PatchFreight", key: `${name}/${field}/${stage}`, name, status })
}

/** Step 2: Freight knows where it is, and since when. */
function syncFreight(pass: Pass, status: StageStatus): void {
  const { stage, observed, now } = pass
  const name = stage.metadata.name ?? ""
  const current = new Set(
    Object.values(currentCollection(status)?.items ?? {}).map((item) => item.name),
  )
  for (const freight of observed.freight) {
    const here = own(freight.status?.currentlyIn, name)
    const isCurrent = current.has(freight.metadata.name ?? "")
    if (isCurrent && here === undefined)
      patchFreight(pass, freight, "currentlyIn", { since: formatInstant(now) })
    if (isCurrent || here === undefined) continue
    const verified = own(freight.status?.verifiedIn, name)
    const since = instantOf(here.since)
    if (verified !== undefined && since !== undefined) {
      const longestSoak = formatDuration(now - since)
      if (
        verified.longestSoak === undefined ||
        longestSoakIsShorter(verified.longestSoak, now - since)
      )
        patchFreight(pass, freight, "verifiedIn", { ...verified, longestSoak })
    }
    patchFreight(pass, freight, "currentlyIn", null)
  }
}

function longestSoakIsShorter(text: string, elapsedMs: number): boolean {
  return text !== formatDuration(elapsedMs) && durationMs(text) < elapsedMs
}

function durationMs(text: string): number {
  const parts = [...text.matchAll(/([\d.]+)(h|ms|m|s)/g)]
  const unit: { readonly [name: string]: number } = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
  return parts.reduce(
    (sum, [, value = "0", name = "s"]) => sum + Number(value) * (unit[name] ?? 0),
    0,
  )
}

/** Step 3. */
function syncHealth(pass: Pass, before: StageStatus): StageStatus {
  const { stage, observed, now, actions } = pass
  if (before.currentPromotion !== undefined) {
    const message = "a promotion is under way"
    return withCondition(
      { ...before, health: { status: "Unknown", issues: [message] } },
      stage,
      now,
      ["Healthy", "Unknown", "ActivePromotion", message],
    )
  }
  const last = before.lastPromotion
  if (last === undefined)
    return withCondition(before, stage, now, [
      "Healthy",
      "Unknown",
      "NoFreight",
      "nothing has been promoted to this Stage yet",
    ])
  const phase = last.status?.phase ?? ""
  if (phase !== "Succeeded") {
    const message = `the last promotion ${phase === "Aborted" ? "was aborted" : "did not succeed"}`
    return withCondition(
      { ...before, health: { status: "Unknown", issues: [message] } },
      stage,
      now,
      ["Healthy", "Unknown", `LastPromotion${phase}`, message],
    )
  }
  const checks = last.status?.healthChecks ?? []
  const { health, stale } = assessHealth(checks, observed.applications)
  for (const { namespace, name } of stale)
    actions.push({
      type: "RefreshApplication",
      key: `${namespace}/${name}/refresh`,
      namespace,
      name,
    })
  const value =
    health.status === "Healthy" ? "True" : health.status === "Unhealthy" ? "False" : "Unknown"
  const message = health.issues?.join("; ") ?? `all ${checks.length} health checks are good`
  return withCondition({ ...before, health }, stage, now, [
    "Healthy",
    value,
    health.status,
    message,
  ])
}

/** Step 5: written once; a later verification that fails does not take it back, as upstream. */
function markVerified(pass: Pass, status: StageStatus): void {
  const newest = currentCollection(status)?.verificationHistory?.[0]
  if (status.health?.status !== "Healthy" || newest?.phase !== "Successful") return
  const names = new Set(
    Object.values(currentCollection(status)?.items ?? {}).map((item) => item.name),
  )
  for (const freight of pass.observed.freight) {
    const isKnown = own(freight.status?.verifiedIn, pass.stage.metadata.name ?? "") !== undefined
    if (!names.has(freight.metadata.name ?? "") || isKnown) continue
    patchFreight(pass, freight, "verifiedIn", {
      verifiedAt: newest.finishTime ?? formatInstant(pass.now),
    })
  }
}

/** Whether this Freight was tried already: in flight, or its newest attempt did not succeed, or not replayed yet. */
function wasTried(status: StageStatus, promotions: readonly Promotion[], freight: string): boolean {
  const own = promotions.filter(({ spec }) => spec.freight === freight).toSorted(comparePromotions)
  if (own.some((promotion) => !isTerminal(promotion))) return true
  const newest = own.at(-1)
  if (newest === undefined) return false
  if (newest.status?.phase !== "Succeeded") return true
  return unseenPromotions(status, promotions).includes(newest)
}

/** Step 7 (spec/promotion §2.8). */
function autoPromote(pass: Pass, status: StageStatus): void {
  const { stage, observed, now, actions } = pass
  if (status.autoPromotionEnabled !== true) return
  for (const request of stage.spec.requestedFreight) {
    const key = originKey(request.origin)
    if (own(status.effectiveAutoPromotionHolds, key) !== undefined) continue
    const candidate = candidateFor(stage, request, observed.freight, now)
    const name = candidate?.metadata.name
    if (candidate === undefined || name === undefined) continue
    if (own(currentCollection(status)?.items, key)?.name === name) continue
    if (status.currentPromotion?.freight?.name === name) continue
    if (wasTried(status, observed.promotions, name)) continue
    const promotion = createPromotion(stage, candidate, now)
    actions.push({ type: "CreatePromotion", key: `${stage.metadata.name}/${name}`, promotion })
  }
}

function summary(stage: Stage, status: StageStatus): string {
  if (isControlFlow(stage)) return "N/A"
  const wanted = stage.spec.requestedFreight.map(({ origin }) => originKey(origin))
  const items = currentCollection(status)?.items
  const present = wanted.filter((key) => own(items, key) !== undefined)
  const only = own(items, wanted[0] ?? "")?.name
  if (wanted.length === 1 && only !== undefined) return only
  return `${present.length}/${wanted.length} Fulfilled`
}

function decideControlFlow(pass: Pass): Decision<StageStatus, StageAction> {
  const { stage, observed, now, actions } = pass
  const name = stage.metadata.name ?? ""
  for (const freight of observed.freight) {
    const isKnown = own(freight.status?.verifiedIn, name) !== undefined
    if (isKnown || !availabilityOf(stage, freight, now).isAvailable) continue
    patchFreight(pass, freight, "verifiedIn", { verifiedAt: formatInstant(now) })
  }
  const status = {
    ...stage.status,
    freightSummary: "N/A",
    observedGeneration: stage.metadata.generation ?? 0,
  }
  const message = "passes Freight on"
  const ready = withCondition(status, stage, now, ["Ready", "True", "ControlFlow", message])
  const wakeAt = nextAvailableAt(stage, observed.freight, now)
  return { status: ready, actions, ...(wakeAt === undefined ? {} : { wakeAt }) }
}

function holdsFor(
  stage: Stage,
  status: StageStatus,
  promotions: readonly Promotion[],
): StageStatus {
  const { autoPromotionHolds: _held, effectiveAutoPromotionHolds: _effective, ...rest } = status
  if (status.autoPromotionEnabled !== true) return rest
  const wanted = new Set(stage.spec.requestedFreight.map(({ origin }) => originKey(origin)))
  const keep = <T>(
    holds: { readonly [origin: string]: T } | undefined,
  ): { readonly [origin: string]: T } =>
    Object.fromEntries(Object.entries(holds ?? {}).filter(([origin]) => wanted.has(origin)))
  const durable = keep(status.autoPromotionHolds)
  const effective = keep(effectiveHolds({ ...status, autoPromotionHolds: durable }, promotions))
  return {
    ...rest,
    ...(Object.keys(durable).length === 0 ? {} : { autoPromotionHolds: durable }),
    ...(Object.keys(effective).length === 0 ? {} : { effectiveAutoPromotionHolds: effective }),
  }
}

/**
 * What a Stage does next: the seven steps of upstream in their order (spec/promotion §2.11) — promotions, Freight,
 * health, verification, verified Freight, holds, auto-promotion. It asks to be woken when soaking ends.
 */
export function decideStage(
  stage: Stage,
  observed: ObservedStage,
  now: EpochMs,
): Decision<StageStatus, StageAction> {
  const pass: Pass = { stage, observed, now, actions: [] }
  if (isControlFlow(stage)) return decideControlFlow(pass)
  const before = stage.status ?? {}
  let status = syncPromotions(pass, before)
  syncFreight(pass, status)
  status = syncHealth(pass, status)
  const verification = decideVerification({ stage, observed, now }, status)
  status = verification.status
  pass.actions.push(...verification.actions)
  markVerified(pass, status)
  status = { ...status, autoPromotionEnabled: isAutoPromoted(stage, observed.config) }
  status = holdsFor(stage, status, observed.promotions)
  autoPromote(pass, status)
  status = {
    ...status,
    freightSummary: summary(stage, status),
    observedGeneration: stage.metadata.generation ?? 0,
  }
  const token = own(stage.metadata.annotations, annotation.refresh)
  if (token !== undefined) status = { ...status, lastHandledRefresh: token }
  status = withCondition(status, stage, now, readyCondition(stage, status))
  const isWaiting =
    headOf(observed.promotions) !== undefined && status.currentPromotion === undefined
  const isChanged = !equalJson(before, status)
  const soon = isWaiting && isChanged ? epochMs(now + pendingDelayMs) : undefined
  const wakeAt = earliest(soon, nextAvailableAt(stage, observed.freight, now))
  return { status, actions: pass.actions, ...(wakeAt === undefined ? {} : { wakeAt }) }
}
