import {
  type EpochMs,
  epochMs,
  formatInstant,
  type JsonValue,
  parseDuration,
} from "@argo-ts/kernel"
import type { PromotionStep } from "../api/common.js"
import type { PromotionStatus, StepExecutionMetadata } from "../api/promotion.js"
import type { HealthCheck } from "../api/stage.js"
import { instantOf } from "./availability.js"
import { withStep } from "./step-metadata.js"

/** How one run of a step came out. */
export interface StepOutcome {
  readonly status: "Succeeded" | "Skipped" | "Running" | "Failed" | "Errored"
  readonly message?: string
  /** True where trying again cannot help. Default false. */
  readonly isTerminal?: boolean
  readonly output?: JsonValue
  /** When to run it again, while it is Running. At least ten seconds. */
  readonly retryAfterMs?: number
  /** What the Stage's health depends on from now on. */
  readonly healthCheck?: HealthCheck
}

/** Timeouts that steps have without saying so. */
const timeoutsMs: ReadonlyMap<string, number> = new Map([["argocd-update", 300_000]])

function timeoutOf(step: PromotionStep): number {
  const given = step.retry?.timeout
  const parsed = given === undefined ? undefined : parseDuration(given)
  return parsed?.ok === true ? parsed.value : (timeoutsMs.get(step.uses ?? "") ?? 0)
}

interface Place {
  readonly step: PromotionStep
  readonly index: number
  readonly alias: string
}

/** How long to wait after an error: one second, doubling, at most five minutes. */
function backoffMs(errors: number): number {
  return Math.min(300_000, 1000 * 2 ** Math.min(errors - 1, 20))
}

function settle(
  status: PromotionStatus,
  { index }: Place,
  entry: StepExecutionMetadata,
): { readonly status: PromotionStatus } {
  const stepExecutionMetadata = withStep(status, entry)
  return { status: { ...status, currentStep: index + 1, stepExecutionMetadata } }
}

/** The status with a step's outcome in it; `wakeAt` is set where the same step runs again later (§2.10, 3–5). */
export function foldOutcome(
  before: PromotionStatus,
  place: Place,
  outcome: StepOutcome,
  now: EpochMs,
): { readonly status: PromotionStatus; readonly wakeAt?: EpochMs } {
  const { step, alias } = place
  const finishedAt = formatInstant(now)
  const state = { ...before.state, [alias]: outcome.output ?? null }
  const checks =
    outcome.status === "Succeeded" && outcome.healthCheck !== undefined ? [outcome.healthCheck] : []
  const healthChecks = [...(before.healthChecks ?? []), ...checks]
  const status = { ...before, state, ...(healthChecks.length === 0 ? {} : { healthChecks }) }
  const known = before.stepExecutionMetadata?.find((entry) => entry.alias === alias)
  const entry: StepExecutionMetadata = { startedAt: finishedAt, ...known, alias, status: "Running" }
  const said = outcome.message === undefined ? {} : { message: outcome.message }
  if (outcome.status === "Succeeded" || outcome.status === "Skipped")
    return settle(status, place, { ...entry, ...said, status: outcome.status, finishedAt })
  const isError = outcome.status !== "Running"
  const isTerminal = outcome.isTerminal === true
  // Counts errors over the life of a step, not in a row: upstream's code, against its documentation.
  const errorCount = (entry.errorCount ?? 0) + (isError && !isTerminal ? 1 : 0)
  const counted = errorCount === 0 ? {} : { errorCount }
  const failure = outcome.status === "Failed" ? "Failed" : "Errored"
  const isOver = isTerminal || errorCount >= Math.max(1, step.retry?.errorThreshold ?? 1)
  if (isError && isOver) {
    const message = outcome.message ?? `step ${alias} ended as ${failure} without saying why`
    return settle(status, place, { ...entry, message, ...counted, status: failure, finishedAt })
  }
  const timeoutMs = timeoutOf(step)
  const startedAt = instantOf(entry.startedAt) ?? now
  if (timeoutMs > 0 && now - startedAt >= timeoutMs) {
    const message = `step ${alias} timed out`
    return settle(status, place, { ...entry, message, status: "Errored", finishedAt })
  }
  const waitMs = isError ? backoffMs(errorCount) : Math.max(10_000, outcome.retryAfterMs ?? 300_000)
  const at = timeoutMs > 0 ? Math.min(now + waitMs, startedAt + timeoutMs) : now + waitMs
  const stepExecutionMetadata = withStep(status, { ...entry, ...said, ...counted })
  return { status: { ...status, stepExecutionMetadata }, wakeAt: epochMs(at) }
}

const severity: { readonly [status in StepExecutionMetadata["status"]]: number } = {
  Succeeded: 0,
  Skipped: 1,
  Running: 2,
  Aborted: 3,
  Failed: 4,
  Errored: 5,
}

/** The final phase: that of the worst step that counts; the first of the worst gives the message. */
export function finishPromotion(status: PromotionStatus, now: EpochMs): PromotionStatus {
  let worst: StepExecutionMetadata | undefined
  for (const entry of status.stepExecutionMetadata ?? []) {
    if (entry.continueOnError === true) continue
    if (worst === undefined || severity[entry.status] > severity[worst.status]) worst = entry
  }
  const { message: _old, ...rest } = status
  const result = worst?.status ?? "Succeeded"
  const phase = result === "Skipped" ? "Succeeded" : result === "Running" ? "Errored" : result
  const message = phase === "Succeeded" ? undefined : worst?.message
  return {
    ...rest,
    phase,
    finishedAt: formatInstant(now),
    ...(message === undefined ? {} : { message }),
  }
}
