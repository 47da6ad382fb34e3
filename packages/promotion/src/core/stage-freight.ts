import { formatDuration, formatInstant, type JsonObject, own } from "@argo-ts/kernel"
import type { FreightCollection } from "../api/common.js"
import type { Freight, VerifiedStage } from "../api/freight.js"
import type { StageStatus } from "../api/stage.js"
import { availabilityOf, durationOf, instantOf } from "./availability.js"
import { currentCollection } from "./stage-history.js"
import type { StageAction, StagePass } from "./stage-pass.js"

type StageField = "currentlyIn" | "verifiedIn" | "approvedFor"

function patchFreight(
  { stage }: StagePass,
  freight: Freight,
  field: StageField,
  value: JsonObject | null,
): StageAction {
  const of = stage.metadata.name ?? ""
  const name = freight.metadata.name ?? ""
  const key = `${name}/${field}/${of}`
  return { type: "PatchFreight", key, name, status: { [field]: { [of]: value } } }
}

function namesIn(collection: FreightCollection | undefined): ReadonlySet<string> {
  return new Set(Object.values(collection?.items ?? {}).flatMap(({ name }) => name ?? []))
}

/** The stay that has just ended, where it was the longest in a Stage that verified the Freight. */
function longerSoak(
  verified: VerifiedStage | undefined,
  elapsedMs: number | undefined,
): JsonObject | undefined {
  if (verified === undefined || elapsedMs === undefined) return undefined
  const isLonger =
    verified.longestSoak === undefined || durationOf(verified.longestSoak) < elapsedMs
  return isLonger ? { ...verified, longestSoak: formatDuration(elapsedMs) } : undefined
}

/** Freight knows where it is, and since when; and how long it was where it is no more (spec/promotion §2.15). */
export function syncFreight(pass: StagePass, status: StageStatus): readonly StageAction[] {
  const { stage, observed, now } = pass
  const name = stage.metadata.name ?? ""
  const current = namesIn(currentCollection(status))
  return observed.freight.flatMap((freight) => {
    const here = own(freight.status?.currentlyIn, name)
    const isCurrent = current.has(freight.metadata.name ?? "")
    if (isCurrent && here === undefined)
      return [patchFreight(pass, freight, "currentlyIn", { since: formatInstant(now) })]
    if (isCurrent || here === undefined) return []
    const since = instantOf(here.since)
    const verified = own(freight.status?.verifiedIn, name)
    const soaked = longerSoak(verified, since === undefined ? undefined : now - since)
    const left = patchFreight(pass, freight, "currentlyIn", null)
    return soaked === undefined ? [left] : [patchFreight(pass, freight, "verifiedIn", soaked), left]
  })
}

/** Written once; a later verification that fails does not take it back, as upstream (spec/promotion §2.14). */
export function markVerified(pass: StagePass, status: StageStatus): readonly StageAction[] {
  const newest = currentCollection(status)?.verificationHistory?.[0]
  if (status.health?.status !== "Healthy" || newest?.phase !== "Successful") return []
  const current = namesIn(currentCollection(status))
  const verifiedAt = newest.finishTime ?? formatInstant(pass.now)
  return pass.observed.freight
    .filter(({ metadata }) => current.has(metadata.name ?? ""))
    .filter(
      (freight) => own(freight.status?.verifiedIn, pass.stage.metadata.name ?? "") === undefined,
    )
    .map((freight) => patchFreight(pass, freight, "verifiedIn", { verifiedAt }))
}

/** A control-flow Stage verifies what is available to it at once. */
export function passOn(pass: StagePass): readonly StageAction[] {
  const { stage, observed, now } = pass
  return observed.freight
    .filter((freight) => own(freight.status?.verifiedIn, stage.metadata.name ?? "") === undefined)
    .filter((freight) => availabilityOf(stage, freight, now).isAvailable)
    .map((freight) => patchFreight(pass, freight, "verifiedIn", { verifiedAt: formatInstant(now) }))
}

const stageFields: readonly StageField[] = ["currentlyIn", "verifiedIn", "approvedFor"]

/** A Stage that goes leaves nothing behind in any Freight. */
export function forgetStage(pass: StagePass): readonly StageAction[] {
  const name = pass.stage.metadata.name ?? ""
  return pass.observed.freight.flatMap((freight) =>
    stageFields
      .filter((field) => own<object>(freight.status?.[field], name) !== undefined)
      .map((field) => patchFreight(pass, freight, field, null)),
  )
}
