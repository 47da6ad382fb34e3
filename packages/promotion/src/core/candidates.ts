import { type EpochMs, earliest, matchesLabels, own } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import { compileMarked } from "../api/glob.js"
import type { ProjectConfig, PromotionPolicy } from "../api/project.js"
import type { FreightRequest, Stage } from "../api/stage.js"
import { availabilityOf } from "./availability.js"
import { compareFreight } from "./references.js"

function matchesName(selector: string, name: string): boolean {
  const marked = compileMarked(selector)
  return marked === undefined ? selector === name : marked.pattern?.test(name) === true
}

function appliesTo({ stage: name, stageSelector }: PromotionPolicy, stage: Stage): boolean {
  const own = stage.metadata.name ?? ""
  if (stageSelector === undefined) return name === own
  const { name: wanted, ...labels } = stageSelector
  if (wanted !== undefined && wanted !== "" && !matchesName(wanted, own)) return false
  return matchesLabels(labels, stage.metadata.labels)
}

/** True where the first policy that matches the Stage allows promotion without a person. */
export function isAutoPromoted(stage: Stage, config: ProjectConfig | undefined): boolean {
  const policy = (config?.spec?.promotionPolicies ?? []).find((each) => appliesTo(each, stage))
  return policy?.autoPromotionEnabled === true
}

/** Freight of one origin that is available to the Stage, newest first. */
export function availableFreight(
  stage: Stage,
  request: FreightRequest,
  freight: readonly Freight[],
  now: EpochMs,
): readonly Freight[] {
  return freight
    .filter(
      ({ origin }) => origin.kind === request.origin.kind && origin.name === request.origin.name,
    )
    .filter((each) => availabilityOf(stage, each, now).isAvailable)
    .toSorted(compareFreight)
}

/** What auto-promotion would take next of one origin (spec/promotion §2.8). */
export function candidateFor(
  stage: Stage,
  request: FreightRequest,
  freight: readonly Freight[],
  now: EpochMs,
): Freight | undefined {
  const available = availableFreight(stage, request, freight, now)
  if (request.sources?.autoPromotionOptions?.selectionPolicy !== "MatchUpstream")
    return available[0]
  const [upstream = ""] = request.sources.stages ?? []
  const current = available.filter(({ status }) => own(status?.currentlyIn, upstream) !== undefined)
  return current.length === 1 ? current[0] : undefined
}

/** The next instant at which waiting alone makes Freight available to the Stage. */
export function nextAvailableAt(
  stage: Stage,
  freight: readonly Freight[],
  now: EpochMs,
): EpochMs | undefined {
  const instants = freight.flatMap((each) => {
    const availability = availabilityOf(stage, each, now)
    return availability.isAvailable ? [] : (availability.at ?? [])
  })
  return earliest(...instants)
}
