import { epochMs, formatInstant } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import {
  decidePromotion,
  decideStage,
  decideWarehouse,
  type Freight,
  type ObservedStage,
  type Promotion,
  type Stage,
  type StepOutcome,
  type Warehouse,
} from "../src/index.js"
import {
  freightFixture,
  promotionFixture,
  stageFixture,
  warehouseFixture,
} from "../src/testing/index.js"

const base = 1_767_603_600_000
const names = fc.constantFrom("dev", "staging", "__proto__", "constructor")
const instant = fc
  .integer({ min: -100, max: 100 })
  .map((minutes) => formatInstant(epochMs(base + minutes * 60_000)))
const nows = fc.nat(10_000_000).map((ms) => epochMs(base + ms))
const record = <T>(value: fc.Arbitrary<T>) => fc.dictionary(names, value, { maxKeys: 3 })
const freight: fc.Arbitrary<Freight> = fc
  .record({
    tag: fc.constantFrom("a", "b", "c"),
    status: fc.record(
      {
        currentlyIn: record(fc.record({ since: fc.oneof(instant, fc.string()) })),
        verifiedIn: record(
          fc.record(
            { verifiedAt: instant, longestSoak: fc.constantFrom("1m0s", "2h", "x") },
            { requiredKeys: [] },
          ),
        ),
        approvedFor: record(fc.record({ approvedAt: instant })),
      },
      { requiredKeys: [] },
    ),
    discoveredAt: instant,
  })
  .map(({ tag, status, discoveredAt }) => ({ ...freightFixture(tag, status), discoveredAt }))
const freights = fc.uniqueArray(freight, {
  selector: ({ metadata }) => metadata.name,
  maxLength: 3,
})
const stage: fc.Arbitrary<Stage> = fc
  .record({
    name: fc.constantFrom("dev", "staging"),
    sources: fc.record(
      {
        direct: fc.boolean(),
        stages: fc.array(names, { maxLength: 2 }),
        requiredSoakTime: fc.constantFrom("1m", "1h"),
        availabilityStrategy: fc.constantFrom("All" as const, "OneOf" as const),
      },
      { requiredKeys: [] },
    ),
    hasSteps: fc.boolean(),
  })
  .map(({ name, sources, hasSteps }) => stageFixture(name, sources, hasSteps ? undefined : []))

interface StageWorld {
  readonly stage: Stage
  readonly observed: ObservedStage
}
const phases = fc.constantFrom(
  "Pending" as const,
  "Running" as const,
  "Succeeded" as const,
  "Failed" as const,
  "Errored" as const,
  "Aborted" as const,
)
const world: fc.Arbitrary<StageWorld> = fc
  .record({
    stage,
    freight: freights,
    phases: fc.array(phases, { maxLength: 3 }),
    isAuto: fc.boolean(),
  })
  .map(({ stage: each, freight: all, phases: list, isAuto }) => ({
    stage: each,
    observed: {
      freight: all,
      promotions: list.flatMap((phase, index) => {
        const target = all[index]
        if (target === undefined) return []
        const promotion = promotionFixture(each, target, phase)
        const { origin, images } = target
        const reference = {
          name: target.metadata.name ?? "",
          origin,
          ...(images === undefined ? {} : { images }),
        }
        const collection = { id: `id-${index}`, items: { "Warehouse/shop": reference } }
        return [
          { ...promotion, status: { phase, freight: reference, freightCollection: collection } },
        ]
      }),
      applications: [],
      analysisRuns: [],
      config: {
        apiVersion: "",
        kind: "",
        metadata: {},
        spec: {
          promotionPolicies: [{ stage: each.metadata.name ?? "", autoPromotionEnabled: isAuto }],
        },
      },
    },
  }))

describe("decideStage", () => {
  test.prop([world, nows])(
    "is deterministic, leaves its input alone and speaks JSON",
    ({ stage: each, observed }, now) => {
      const before = JSON.stringify([each, observed])
      const decision = decideStage(each, observed, now)
      expect(JSON.parse(JSON.stringify(decision))).toEqual(decision)
      expect(decideStage(each, observed, now)).toEqual(decision)
      expect(JSON.stringify([each, observed])).toBe(before)
    },
  )

  test.prop([world, nows])(
    "does not depend on the order of what it observes",
    ({ stage: each, observed }, now) => {
      const turned = {
        ...observed,
        freight: observed.freight.toReversed(),
        promotions: observed.promotions.toReversed(),
      }
      const sorted = (decision: ReturnType<typeof decideStage>) => ({
        ...decision,
        actions: decision.actions.map((action) => action.key).toSorted(),
      })
      expect(sorted(decideStage(each, turned, now))).toEqual(
        sorted(decideStage(each, observed, now)),
      )
    },
  )

  test.prop([world, nows])(
    "comes to rest, and promotes each piece of Freight once",
    ({ stage: first, observed: start }, now) => {
      let each = first
      let observed = start
      const created = new Map<string, number>()
      for (let pass = 0; pass < 20; pass++) {
        const decision = decideStage(each, observed, now)
        const isQuiet =
          decision.actions.length === 0 &&
          JSON.stringify(decision.status) === JSON.stringify(each.status)
        if (isQuiet) return
        each = { ...each, status: JSON.parse(JSON.stringify(decision.status)) }
        for (const action of decision.actions) {
          if (action.type === "CreatePromotion") {
            const name = action.promotion.spec.freight ?? ""
            created.set(name, (created.get(name) ?? 0) + 1)
            expect(created.get(name)).toBe(1)
            observed = { ...observed, promotions: [...observed.promotions, action.promotion] }
          }
          if (action.type === "PatchFreight") {
            const merge = (old: object | undefined, patch: object): object =>
              Object.fromEntries(
                Object.entries({ ...old, ...patch }).filter(([, value]) => value !== null),
              )
            const freight = observed.freight.map((one) => {
              if (one.metadata.name !== action.name) return one
              const [field, patch] = Object.entries(action.status)[0] as [
                keyof NonNullable<Freight["status"]>,
                object,
              ]
              return {
                ...one,
                status: { ...one.status, [field]: merge(one.status?.[field], patch) },
              }
            })
            observed = { ...observed, freight }
          }
        }
      }
      expect.unreachable("a Stage whose actions are performed comes to rest")
    },
  )
})

const outcome: fc.Arbitrary<StepOutcome> = fc.record(
  {
    status: fc.constantFrom(
      "Succeeded" as const,
      "Skipped" as const,
      "Running" as const,
      "Failed" as const,
      "Errored" as const,
    ),
    message: fc.string(),
    isTerminal: fc.boolean(),
    output: fc.constantFrom({ commit: "abc" }, null, "x"),
  },
  { requiredKeys: ["status"] },
)
const steps = fc.array(
  fc
    .record(
      {
        uses: fc.constantFrom("http", "fail", "compose-output"),
        if: fc.constantFrom(
          "${{ always() }}",
          "${{ failure() }}",
          "${{ status('step-1') == 'Succeeded' }}",
          "${{ 1 }}",
          "${{ nope() }}",
        ),
        continueOnError: fc.boolean(),
        retry: fc.record(
          { errorThreshold: fc.nat(3), timeout: fc.constantFrom("30s", "0s") },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["uses"] },
    )
    .map((step) => ({
      ...step,
      config: step.uses === "http" ? { url: "http://x/${{ ctx.stage }}" } : {},
    })),
  { maxLength: 4 },
)

describe("decidePromotion", () => {
  test.prop([steps, fc.array(outcome, { minLength: 60, maxLength: 60 }), fc.nat(59)])(
    "runs steps in order to an end that stays, whatever they return; a restart in between changes nothing",
    (list, outcomes, restartAt) => {
      const target = freightFixture("a")
      const taker: Stage = {
        ...stageFixture("dev", { direct: true }, list),
        status: { currentPromotion: { name: "p" } },
      }
      const run = (isRestarted: boolean): unknown => {
        let promotion: Promotion = {
          apiVersion: "kargo.akuity.io/v1alpha1",
          kind: "Promotion",
          metadata: { name: "p", namespace: "shop" },
          spec: { stage: "dev", freight: target.metadata.name ?? "", steps: list },
        }
        let now = epochMs(base)
        let result: { readonly index: number; readonly result: StepOutcome } | undefined
        let last = -1
        for (let pass = 0; pass < 60; pass++) {
          const stored: Promotion =
            isRestarted && pass === restartAt ? JSON.parse(JSON.stringify(promotion)) : promotion
          const observed = { stage: taker, freight: [target], isWorkDirectoryLost: false }
          const decision = decidePromotion(
            stored,
            result === undefined ? observed : { ...observed, outcome: result },
            now,
          )
          promotion = { ...stored, status: decision.status }
          result = undefined
          const [action] = decision.actions
          if (action?.type === "RunStep") {
            expect(action.index).toBeGreaterThanOrEqual(last)
            last = action.index
            result = { index: action.index, result: outcomes[pass] as StepOutcome }
          } else if (decision.wakeAt !== undefined) {
            expect(decision.wakeAt).toBeGreaterThan(now)
            now = decision.wakeAt
          } else break
          expect(decision.actions.length).toBeLessThanOrEqual(1)
        }
        const after = decidePromotion(
          promotion,
          { stage: taker, freight: [target], isWorkDirectoryLost: false },
          now,
        )
        if (promotion.status?.finishedAt !== undefined)
          expect(after).toEqual({ status: promotion.status, actions: [] })
        return promotion
      }
      expect(run(true)).toEqual(run(false))
    },
  )
})

describe("decideWarehouse", () => {
  const warehouse: Warehouse = warehouseFixture([
    { image: { repoURL: "registry.example.com/shop" } },
  ])
  test.prop([fc.uniqueArray(fc.constantFrom("1.0.0", "1.1.0", "2.0.0")), nows])(
    "makes Freight of what was found, once",
    (tags, now) => {
      const references = tags.map((tag) => ({ tag, digest: `sha256:${tag}` }))
      const discovery = { images: [{ repoURL: "registry.example.com/shop", references }] }
      const first = decideWarehouse(warehouse, { discovery, freight: [] }, now)
      expect(first.actions).toHaveLength(tags.length === 0 ? 0 : 1)
      const made = first.actions.flatMap((action) =>
        action.type === "CreateFreight" ? [action.freight] : [],
      )
      const again = decideWarehouse(
        { ...warehouse, status: first.status },
        { discovery, freight: made },
        now,
      )
      expect(again.actions).toEqual([])
      const waiting = decideWarehouse(
        { ...warehouse, status: first.status },
        { freight: made },
        now,
      )
      const whole = Math.floor(now / 1000) * 1000
      expect(waiting).toMatchObject({ actions: [], wakeAt: whole + 300_000 })
    },
  )
})
