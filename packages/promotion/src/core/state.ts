import { findCondition } from "@argo-ts/kernel"
import type { Promotion, PromotionPhase } from "../api/promotion.js"
import type { Stage, StageHealth } from "../api/stage.js"
import type { Warehouse } from "../api/warehouse.js"
import { isControlFlow } from "./availability.js"
import { awaitsVerification } from "./promotion-queue.js"
import { currentCollection, isVerificationOver } from "./stage-history.js"

/** What a Stage is doing or waiting for. */
export type StageState =
  | { readonly reason: "ControlFlow" | "NoFreight" | "Deleting" }
  | { readonly reason: "InvalidSpec" | "ReconcileError"; readonly message: string }
  | { readonly reason: "Promoting"; readonly promotion: string; readonly freight: string }
  | {
      readonly reason: "LastPromotionUnsuccessful"
      readonly phase: string
      readonly message: string
    }
  | {
      readonly reason: "NotHealthy"
      readonly health: StageHealth["status"] | "NotAssessed"
      readonly issues: readonly string[]
    }
  | { readonly reason: "AwaitingVerification" | "Verified"; readonly freight: string }
  | {
      readonly reason: "Verifying" | "NotVerified"
      readonly freight: string
      readonly run: string
      readonly phase: string
      readonly message: string
    }

/** The first thing that keeps a Stage from being done, in the order in which it works (spec/promotion §2.15). */
export function stageState(stage: Stage): StageState {
  const { status = {}, metadata } = stage
  if (metadata.deletionTimestamp !== undefined) return { reason: "Deleting" }
  const ready = findCondition(status.conditions, "Ready")
  if (ready?.reason === "InvalidSpec" || ready?.reason === "ReconcileError")
    return { reason: ready.reason, message: ready.message ?? "" }
  if (isControlFlow(stage)) return { reason: "ControlFlow" }
  const { currentPromotion, lastPromotion: last, health } = status
  if (currentPromotion !== undefined) {
    const freight = currentPromotion.freight?.name ?? ""
    return { reason: "Promoting", promotion: currentPromotion.name, freight }
  }
  if (last === undefined) return { reason: "NoFreight" }
  const { phase = "Unknown", message = "" } = last.status ?? {}
  if (phase !== "Succeeded") return { reason: "LastPromotionUnsuccessful", phase, message }
  if (health?.status !== "Healthy")
    return {
      reason: "NotHealthy",
      health: health?.status ?? "NotAssessed",
      issues: health?.issues ?? [],
    }
  return verificationState(stage, last.freight?.name ?? "")
}

function verificationState({ status = {} }: Stage, freight: string): StageState {
  const newest = currentCollection(status)?.verificationHistory?.[0]
  if (newest === undefined) return { reason: "AwaitingVerification", freight }
  const { phase, message = "", analysisRun, id } = newest
  const about = { freight, run: analysisRun?.name ?? id, phase, message }
  if (!isVerificationOver(newest)) return { reason: "Verifying", ...about }
  return phase === "Successful"
    ? { reason: "Verified", freight }
    : { reason: "NotVerified", ...about }
}

/** What a Promotion is doing or waiting for. */
export type PromotionState =
  | { readonly reason: "New" | "AwaitingStage" | "AwaitingVerification" }
  | { readonly reason: "Queued"; readonly behind: string }
  | {
      readonly reason: "RunningStep"
      /** From 0. */
      readonly index: number
      readonly count: number
      readonly uses: string
      readonly errors: number
      readonly message: string
    }
  | { readonly reason: "Ended"; readonly phase: PromotionPhase; readonly message: string }

/** What a Promotion is doing or waiting for; without its Stage, what it waits for there is not known. */
export function promotionState(
  { metadata, spec, status = {} }: Promotion,
  stage?: Stage,
): PromotionState {
  const { phase, message = "", currentStep: index = 0 } = status
  if (phase === undefined) return { reason: "New" }
  if (phase === "Pending") {
    const behind = stage?.status?.currentPromotion?.name
    if (behind !== undefined && behind !== metadata.name) return { reason: "Queued", behind }
    const isHeld = behind === undefined && awaitsVerification(stage?.status ?? {})
    return { reason: isHeld ? "AwaitingVerification" : "AwaitingStage" }
  }
  if (phase !== "Running") return { reason: "Ended", phase, message }
  const running = status.stepExecutionMetadata?.find(({ status: each }) => each === "Running")
  return {
    reason: "RunningStep",
    index,
    count: spec.steps?.length ?? 0,
    uses: spec.steps?.[index]?.uses ?? "",
    errors: running?.errorCount ?? 0,
    message: running?.message ?? "",
  }
}

/** What a Warehouse is doing or waiting for: the reason of the condition that says so. */
export interface WarehouseState {
  readonly reason: string
  readonly isMakingFreight: boolean
  readonly message: string
}

/** Why a Warehouse has made no new Freight, or that all is well. */
export function warehouseState({ status }: Warehouse): WarehouseState {
  const ready = findCondition(status?.conditions, "Ready")
  if (ready === undefined) return { reason: "NotLookedYet", isMakingFreight: false, message: "" }
  const { reason = "Unknown", message = "" } = ready
  if (ready.status !== "True") return { reason, isMakingFreight: false, message }
  const unmet = findCondition(status?.conditions, "FreightCreationCriteriaSatisfied")
  if (unmet?.status === "False")
    return {
      reason: unmet.reason ?? "Unknown",
      isMakingFreight: false,
      message: unmet.message ?? "",
    }
  return { reason, isMakingFreight: true, message }
}
