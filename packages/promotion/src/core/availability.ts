import { type EpochMs, epochMs, own, parseDuration, parseInstant } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { FreightRequest, Stage } from "../api/stage.js"

/** An instant of a status; nothing where it is absent or not one. */
export function instantOf(text: string | undefined): EpochMs | undefined {
  const parsed = text === undefined ? undefined : parseInstant(text)
  return parsed?.ok === true ? parsed.value : undefined
}

/** A duration in milliseconds; 0 where it is absent or not one. */
export function durationOf(text: string | undefined): number {
  const parsed = text === undefined ? undefined : parseDuration(text)
  return parsed?.ok === true ? parsed.value : 0
}

/** Why Freight is available to a Stage, or what it waits for. */
export type Availability =
  | { readonly isAvailable: true; readonly reason: "Approved" | "Direct" | "VerifiedUpstream" }
  | {
      readonly isAvailable: false
      readonly reason: "NotRequested" | "NotVerified" | "Soaking" | "NotSoaked" | "NeedsApproval"
      /** Upstream Stages that it must still pass, or soak in. */
      readonly stages: readonly string[]
      /** When soaking ends, if only that is missing. */
      readonly at?: EpochMs
    }

/** How long Freight has been in a Stage that verified it, at most; 0 where it was not verified there. */
export function longestSoakMs(freight: Freight, stage: string, now: EpochMs): number {
  const verified = own(freight.status?.verifiedIn, stage)
  if (verified === undefined) return 0
  const since = instantOf(own(freight.status?.currentlyIn, stage)?.since)
  return Math.max(durationOf(verified.longestSoak), since === undefined ? 0 : now - since)
}

/** The request of a Stage that a piece of Freight answers. */
export function requestFor(stage: Stage, freight: Freight): FreightRequest | undefined {
  return stage.spec.requestedFreight.find(
    ({ origin }) => origin.kind === freight.origin.kind && origin.name === freight.origin.name,
  )
}

function soakEnd(freight: Freight, stage: string, neededMs: number): EpochMs | undefined {
  const since = instantOf(own(freight.status?.currentlyIn, stage)?.since)
  const isVerified = own(freight.status?.verifiedIn, stage) !== undefined
  return isVerified && since !== undefined ? epochMs(since + neededMs) : undefined
}

/**
 * Whether Freight may be promoted to a Stage (spec/promotion §2.7): asked for, and approved, or direct, or verified
 * and soaked in one (or all) of the upstream Stages.
 *
 * Differs from Kargo: one rule both for listing and for admission; upstream's listing counts soak in unrelated Stages.
 */
export function availabilityOf(stage: Stage, freight: Freight, now: EpochMs): Availability {
  const request = requestFor(stage, freight)
  const name = stage.metadata.name ?? ""
  if (request === undefined || stage.metadata.namespace !== freight.metadata.namespace)
    return { isAvailable: false, reason: "NotRequested", stages: [] }
  if (own(freight.status?.approvedFor, name) !== undefined)
    return { isAvailable: true, reason: "Approved" }
  const {
    direct = false,
    stages = [],
    requiredSoakTime,
    availabilityStrategy = "OneOf",
  } = request.sources ?? {}
  if (direct) return { isAvailable: true, reason: "Direct" }
  const isAll = availabilityStrategy === "All"
  if (stages.length === 0 && !isAll)
    return { isAvailable: false, reason: "NeedsApproval", stages: [] }
  const soakMs = durationOf(requiredSoakTime)
  const missing = stages.filter(
    (upstream) =>
      own(freight.status?.verifiedIn, upstream) === undefined ||
      longestSoakMs(freight, upstream, now) < soakMs,
  )
  if (isAll ? missing.length === 0 : missing.length < stages.length)
    return { isAvailable: true, reason: "VerifiedUpstream" }
  return waiting(freight, missing, isAll, soakMs)
}

/** What keeps Freight back: soaking, verification, or soaking that will not come about by itself. */
function waiting(
  freight: Freight,
  missing: readonly string[],
  isAll: boolean,
  soakMs: number,
): Availability {
  const verified = missing.filter((each) => own(freight.status?.verifiedIn, each) !== undefined)
  const ends = missing.flatMap((stage) => {
    const at = soakEnd(freight, stage, soakMs)
    return at === undefined ? [] : [{ stage, at }]
  })
  const enough = isAll ? missing.length : 1
  if (ends.length >= enough) {
    const instants = ends.map(({ at }) => at)
    const at = epochMs(isAll ? Math.max(...instants) : Math.min(...instants))
    return { isAvailable: false, reason: "Soaking", stages: ends.map(({ stage }) => stage), at }
  }
  // Verified there, but gone before it had soaked: only coming back, or an approval, makes it available.
  if (verified.length >= enough)
    return { isAvailable: false, reason: "NotSoaked", stages: verified }
  const unverified = missing.filter((each) => !verified.includes(each))
  return { isAvailable: false, reason: "NotVerified", stages: unverified }
}

/** A Stage without steps only passes Freight on. */
export function isControlFlow(stage: Stage): boolean {
  return (stage.spec.promotionTemplate?.spec.steps ?? []).length === 0
}
