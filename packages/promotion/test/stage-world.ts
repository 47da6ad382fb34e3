import { type EpochMs, epochMs, findCondition, formatInstant } from "@argo-ts/kernel"
import type { Freight, Promotion, Stage } from "../src/index.js"
import { freightFixture, promotionFixture, stageFixture } from "../src/testing/index.js"
import { ended, type StageWorld, settle, withPromotion } from "./perform.js"

export const start = epochMs(1_767_603_600_000)
export const after = (minutes: number): EpochMs => epochMs(start + minutes * 60_000)
export const [a, b, c] = ["a", "b", "c"].map((tag, index) => ({
  ...freightFixture(tag),
  discoveredAt: formatInstant(after(index - 10)),
})) as [Freight, Freight, Freight]
export const nameOf = ({ metadata }: { metadata: { name?: string } }): string => metadata.name ?? ""

export function worldOf(stage: Stage, freight: readonly Freight[], isAuto = true): StageWorld {
  const policies = [{ stage: nameOf(stage), autoPromotionEnabled: isAuto }]
  const config = {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "ProjectConfig",
    metadata: { name: "shop" },
    spec: { promotionPolicies: policies },
  }
  const observed = { freight, promotions: [], applications: [], analysisRuns: [], config }
  return { stage, observed }
}

export const queued = (freight: Freight, minute: number, annotations = {}): Promotion => {
  const promotion = promotionFixture(stageFixture("dev", {}), freight, "Pending")
  const creationTimestamp = formatInstant(after(minute))
  const name = `dev.${String(minute).padStart(4, "0")}.${nameOf(freight).slice(0, 7)}`
  return { ...promotion, metadata: { ...promotion.metadata, name, creationTimestamp, annotations } }
}

export const adding = (world: StageWorld, ...promotions: readonly Promotion[]): StageWorld =>
  promotions.reduce(withPromotion, world)

export const direct = stageFixture("dev", { direct: true })
export const verifying: Stage = {
  ...direct,
  spec: { ...direct.spec, verification: { analysisTemplates: [{ name: "smoke" }] } },
}

/** The Stage after `freight` was promoted to it, healthy and, without a template, verified. */
export function promoted(
  stage: Stage,
  freight: Freight,
  others: readonly Freight[] = [],
): StageWorld {
  const world = adding(worldOf(stage, [freight, ...others], false), queued(freight, 0))
  const taken = settle(world, start)
  return settle(adding(taken, ended(queued(freight, 0), "Succeeded", freight)), after(1))
}

export const condition = ({ stage }: StageWorld, type: string) =>
  findCondition(stage.status?.conditions, type)
export const newest = ({ stage }: StageWorld) =>
  stage.status?.freightHistory?.[0]?.verificationHistory?.[0]
export const runName = (world: StageWorld): string =>
  world.observed.analysisRuns.at(-1)?.metadata.name ?? ""
