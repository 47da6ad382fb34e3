import { type EpochMs, findCondition, formatDuration, own } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { HealthCount, Project } from "../api/project.js"
import type { Promotion } from "../api/promotion.js"
import type { FreightRequest, Stage } from "../api/stage.js"
import type { Warehouse } from "../api/warehouse.js"
import { type AutoPromotion, autoPromotionOf } from "./auto-promotion.js"
import { availabilityOf, instantOf, longestSoakMs } from "./availability.js"
import { explainAvailability } from "./explain-availability.js"
import type { StagePass } from "./stage-pass.js"
import {
  type PromotionState,
  promotionState,
  type StageState,
  stageState,
  warehouseState,
} from "./state.js"

function freightWord(name: string): string {
  return name === "" ? "Freight" : `Freight ${name.slice(0, 7)}`
}

function told(message: string): string {
  return message === "" ? "no reason was given" : message
}

function stageSentence(name: string, state: StageState): string {
  switch (state.reason) {
    case "Deleting":
      return `${name} is being deleted`
    case "InvalidSpec":
      return `${name} cannot be read: ${told(state.message)}`
    case "ReconcileError":
      return `${name} is stuck: ${told(state.message)}`
    case "ControlFlow":
      return `${name} passes Freight on without promoting it`
    case "NoFreight":
      return `${name} waits for its first promotion`
    case "Promoting":
      return `${name} is being promoted to ${freightWord(state.freight)} by ${state.promotion}`
    case "LastPromotionUnsuccessful":
      return `the last promotion of ${name} ended as ${state.phase}: ${told(state.message)}`
    case "NotHealthy": {
      const health = state.health === "NotAssessed" ? "not assessed yet" : state.health
      const why = state.issues.join("; ") || "waiting for its Applications"
      return `${name} is ${health}: ${why}`
    }
    case "AwaitingVerification":
      return `${name} is healthy with ${freightWord(state.freight)} and about to verify it`
    case "Verifying":
      return `${name} verifies ${freightWord(state.freight)}: ${state.run} is ${state.phase}`
    case "NotVerified":
      return `the verification of ${freightWord(state.freight)} in ${name} ended as ${state.phase}: ${told(state.message)}`
    case "Verified":
      return `${name} is healthy with ${freightWord(state.freight)}, which is verified`
    default:
      return state satisfies never
  }
}

/** What a Stage is doing or waiting for, in one sentence. */
export function explainStage(stage: Stage): string {
  return stageSentence(`Stage ${stage.metadata.name ?? ""}`, stageState(stage))
}

function promotionSentence(name: string, stage: string, state: PromotionState): string {
  switch (state.reason) {
    case "New":
      return `${name} is about to take over the steps of Stage ${stage}`
    case "Queued":
      return `${name} waits for ${state.behind} to end`
    case "AwaitingVerification":
      return `${name} waits for Stage ${stage} to verify what it has`
    case "AwaitingStage":
      return `${name} waits for Stage ${stage} to take it up`
    case "RunningStep": {
      const { index, count, uses, errors, message } = state
      const retries = errors === 0 ? "" : ` after ${errors} ${errors === 1 ? "error" : "errors"}`
      const why = message === "" ? "" : `: ${message}`
      return `${name} runs step ${index + 1} of ${count} (${uses || "unknown"})${retries}${why}`
    }
    case "Ended":
      return `${name} ended as ${state.phase}${state.message === "" ? "" : `: ${state.message}`}`
    default:
      return state satisfies never
  }
}

/** What a Promotion is doing or waiting for, in one sentence. */
export function explainPromotion(promotion: Promotion, stage?: Stage): string {
  const name = `Promotion ${promotion.metadata.name ?? ""}`
  return promotionSentence(name, promotion.spec.stage, promotionState(promotion, stage))
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
  const { reason, isMakingFreight, message } = warehouseState(warehouse)
  if (reason === "NotLookedYet") return `${name} has not looked yet`
  if (!isMakingFreight) return `${name} has no new Freight: ${message === "" ? reason : message}`
  return `${name} has found artifacts for all its subscriptions`
}

/** Whether a Project has its Namespace, and how much of it is well, in one sentence. */
export function explainProject({ metadata, status }: Project): string {
  const name = `Project ${metadata.name ?? ""}`
  const ready = findCondition(status?.conditions, "Ready")
  if (ready === undefined) return `${name} was not looked at yet`
  if (ready.status !== "True") return `${name} is not ready: ${told(ready.message ?? "")}`
  const { warehouses, stages } = status?.stats ?? {}
  const part = (count: HealthCount | undefined, what: string): string =>
    `${count?.health.healthy ?? 0} of ${count?.count ?? 0} ${what}`
  return `${name} is ready; healthy are ${part(warehouses, "Warehouses")} and ${part(stages, "Stages")}`
}

function autoPromotionSentence(name: string, origin: string, state: AutoPromotion): string {
  switch (state.reason) {
    case "Disabled":
      return `no policy promotes to ${name} by itself`
    case "NoCandidate":
      return `nothing of Warehouse ${origin} is available to ${name}`
    case "Held":
      return `auto-promotion of ${name} is held: ${state.promotion} chose ${freightWord(state.freight)}; promoting what is next takes the hold back`
    case "AlreadyCurrent":
      return `${name} has ${freightWord(state.freight)}, the next of Warehouse ${origin}, already`
    case "UnderWay":
      return `${freightWord(state.freight)} is on its way to ${name}`
    case "LastAttemptFailed":
      return `${freightWord(state.freight)} was promoted to ${name} without success: it is not tried again by itself`
    case "NotTakenNoteOf":
      return `${freightWord(state.freight)} has just arrived in ${name}`
    case "Due":
      return `${freightWord(state.freight)} is about to be promoted to ${name}`
    default:
      return state satisfies never
  }
}

/** Why auto-promotion does what it does about one origin of a Stage, in one sentence. */
export function explainAutoPromotion(pass: StagePass, request: FreightRequest): string {
  const name = `Stage ${pass.stage.metadata.name ?? ""}`
  return autoPromotionSentence(name, request.origin.name, autoPromotionOf(pass, request))
}
