import { type EpochMs, findCondition, formatDuration, own } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { Promotion } from "../api/promotion.js"
import type { Stage } from "../api/stage.js"
import type { Warehouse } from "../api/warehouse.js"
import { availabilityOf, instantOf, isControlFlow, longestSoakMs } from "./availability.js"
import { explainAvailability } from "./explain-availability.js"
import { isVerificationOver } from "./stage-history.js"

function freightWord(name: string | undefined): string {
  return name === undefined || name === "" ? "Freight" : `Freight ${name.slice(0, 7)}`
}

/** What a Stage is doing or waiting for, in one sentence. */
export function explainStage(stage: Stage): string {
  const name = `Stage ${stage.metadata.name ?? ""}`
  const { status } = stage
  if (isControlFlow(stage)) return `${name} passes Freight on without promoting it`
  if (status?.currentPromotion !== undefined)
    return `${name} is being promoted to ${freightWord(status.currentPromotion.freight?.name)} by ${status.currentPromotion.name}`
  const last = status?.lastPromotion
  if (last === undefined) return `${name} waits for its first promotion`
  if (last.status?.phase !== "Succeeded")
    return `the last promotion of ${name} ended as ${last.status?.phase ?? "unknown"}: ${last.status?.message ?? "no reason was given"}`
  const { health } = status ?? {}
  if (health?.status !== "Healthy")
    return `${name} is ${health?.status ?? "not assessed yet"}: ${health?.issues?.join("; ") ?? "waiting for its Applications"}`
  const newest = status?.freightHistory?.[0]?.verificationHistory?.[0]
  const what = freightWord(last.freight?.name)
  if (newest === undefined) return `${name} is healthy with ${what} and about to verify it`
  if (!isVerificationOver(newest))
    return `${name} verifies ${what}: ${newest.analysisRun?.name ?? newest.id} is ${newest.phase}`
  if (newest.phase !== "Successful")
    return `the verification of ${what} in ${name} ended as ${newest.phase}: ${newest.message ?? "no reason was given"}`
  return `${name} is healthy with ${what}, which is verified`
}

/** What a Promotion is doing or waiting for, in one sentence. */
export function explainPromotion(promotion: Promotion, stage?: Stage): string {
  const { name = "" } = promotion.metadata
  const { status, spec } = promotion
  const phase = status?.phase ?? "Pending"
  if (phase === "Pending") {
    const current = stage?.status?.currentPromotion?.name
    const waits =
      current === undefined || current === name
        ? `waits for Stage ${spec.stage} to take it up`
        : `waits for ${current} to end`
    return `Promotion ${name} ${waits}`
  }
  if (phase !== "Running") {
    const message = status?.message === undefined ? "" : `: ${status.message}`
    return `Promotion ${name} ended as ${phase}${message}`
  }
  const index = status?.currentStep ?? 0
  const step = spec.steps?.[index]
  const running = status?.stepExecutionMetadata?.find(({ status: each }) => each === "Running")
  const message = running?.message === undefined ? "" : `: ${running.message}`
  const retries = running?.errorCount === undefined ? "" : ` after ${running.errorCount} errors`
  return `Promotion ${name} runs step ${index + 1} of ${spec.steps?.length ?? 0} (${step?.uses ?? "unknown"})${retries}${message}`
}

/** Where Freight is, and for each Stage whether it may go there, in one sentence a Stage. */
export function explainFreight(
  freight: Freight,
  stages: readonly Stage[],
  now: EpochMs,
): readonly string[] {
  return stages.flatMap((stage) => {
    const name = stage.metadata.name ?? ""
    const what = `Freight ${freight.alias ?? (freight.metadata.name ?? "").slice(0, 7)}`
    const availability = availabilityOf(stage, freight, now)
    if (availability.reason === "NotRequested") return []
    const here = instantOf(own(freight.status?.currentlyIn, name)?.since)
    if (here === undefined) return [explainAvailability(stage, freight, availability)]
    const isVerified = own(freight.status?.verifiedIn, name) !== undefined
    const state = isVerified
      ? `verified, and has soaked for ${formatDuration(longestSoakMs(freight, name, now))}`
      : "not verified yet"
    return [`${what} is in Stage ${name}, ${state}`]
  })
}

/** Why a Warehouse has made no new Freight, or that all is well, in one sentence. */
export function explainWarehouse(warehouse: Warehouse): string {
  const name = `Warehouse ${warehouse.metadata.name ?? ""}`
  const conditions = warehouse.status?.conditions
  const ready = findCondition(conditions, "Ready")
  if (ready === undefined) return `${name} has not looked yet`
  if (ready.status !== "True")
    return `${name} has no new Freight: ${ready.message ?? ready.reason ?? ""}`
  const unmet = findCondition(conditions, "FreightCreationCriteriaSatisfied")
  if (unmet?.status === "False") return `${name} has no new Freight: ${unmet.message ?? ""}`
  return `${name} has found artifacts for all its subscriptions`
}
