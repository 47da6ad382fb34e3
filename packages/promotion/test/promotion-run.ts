import { type EpochMs, epochMs, type JsonObject } from "@argo-ts/kernel"
import {
  decidePromotion,
  type Freight,
  type ObservedData,
  type ObservedPromotion,
  type Promotion,
  type PromotionAction,
  type PromotionStep,
  type RunStep,
  type Stage,
  type StepOutcome,
} from "../src/index.js"
import { freightFixture, stageFixture } from "../src/testing/index.js"

export const startAt = epochMs(1_767_603_600_000)

/** A Promotion and everything around it, as values. */
export interface PromotionWorld {
  readonly promotion: Promotion
  readonly observed: ObservedPromotion
}

/** A new Promotion of Freight `a` to Stage `dev` with these steps, whose turn it is. */
export function promotionWorld(
  steps: readonly PromotionStep[],
  more: { readonly stage?: Partial<Stage["spec"]>; readonly freight?: Freight } = {},
): PromotionWorld {
  const freight = more.freight ?? freightFixture("a")
  const base = stageFixture("dev", { direct: true }, steps)
  const stage: Stage = {
    ...base,
    spec: { ...base.spec, ...more.stage },
    status: { currentPromotion: { name: "p" } },
  }
  const promotion: Promotion = {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Promotion",
    metadata: { name: "p", namespace: "shop" },
    spec: { stage: "dev", freight: freight.metadata.name ?? "" },
  }
  return { promotion, observed: { stage, freight: [freight], isWorkDirectoryLost: false } }
}

/** The world after what filling in and reading do at once. */
export function performed(
  { promotion, observed }: PromotionWorld,
  action: Exclude<PromotionAction, RunStep>,
  data: readonly ObservedData[] = [],
): PromotionWorld {
  if (action.type === "ReadData") {
    const { kind, isShared, name } = action
    const found = data.find(
      (each) => each.kind === kind && each.isShared === isShared && each.name === name,
    ) ?? { kind, isShared, name }
    return { promotion, observed: { ...observed, data: [...(observed.data ?? []), found] } }
  }
  const { spec, labels, annotations, ownerReferences } = action
  const metadata = { ...promotion.metadata, labels, annotations, ownerReferences }
  return { promotion: { ...promotion, metadata, spec }, observed }
}

/** One decision, recorded as JSON. */
export function decided(
  { promotion, observed }: PromotionWorld,
  now: EpochMs,
): {
  readonly world: PromotionWorld
  readonly actions: readonly PromotionAction[]
  readonly wakeAt?: EpochMs
} {
  const { status, actions, wakeAt } = decidePromotion(promotion, observed, now)
  const { outcome: _told, ...rest } = observed
  const recorded = JSON.parse(JSON.stringify(status)) as NonNullable<Promotion["status"]>
  const world = { promotion: { ...promotion, status: recorded }, observed: rest }
  return { world, actions, ...(wakeAt === undefined ? {} : { wakeAt }) }
}

/** What a run of a whole promotion did. */
export interface PromotionRun {
  readonly world: PromotionWorld
  readonly ran: readonly RunStep[]
  readonly now: EpochMs
}

/** Runs a promotion to its end, on the clock; `outcomeOf` plays the steps. */
export function run(
  first: PromotionWorld,
  outcomeOf: (action: RunStep, attempt: number) => StepOutcome = () => ({ status: "Succeeded" }),
  options: {
    readonly data?: readonly ObservedData[]
    readonly passesMax?: number
    readonly startAt?: EpochMs
  } = {},
): PromotionRun {
  const { data = [], passesMax = 300 } = options
  let world = first
  let now = options.startAt ?? startAt
  const ran: RunStep[] = []
  for (let pass = 0; pass < passesMax; pass++) {
    const decision = decided(world, now)
    const before = JSON.stringify(world.promotion.status)
    world = decision.world
    const [action] = decision.actions
    if (action?.type === "RunStep") {
      const result = outcomeOf(action, ran.filter(({ alias }) => alias === action.alias).length)
      ran.push(action)
      const { data: _read, ...rest } = world.observed
      world = { ...world, observed: { ...rest, outcome: { index: action.index, result } } }
    } else if (action !== undefined) world = performed(world, action, data)
    else if (decision.wakeAt !== undefined) now = decision.wakeAt
    else if (JSON.stringify(world.promotion.status) === before) break
  }
  return { world, ran, now }
}

/** Configurations of the steps that ran, by alias. */
export function configsOf({ ran }: PromotionRun): { readonly [alias: string]: JsonObject } {
  return Object.fromEntries(ran.map(({ alias, config }) => [alias, config]))
}
