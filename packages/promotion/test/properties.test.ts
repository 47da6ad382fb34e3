import { type EpochMs, epochMs, formatInstant } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import {
  decidePromotion,
  decideStage,
  decideWarehouse,
  type Freight,
  type ObservedWarehouse,
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
import { type StageWorld, settle, step } from "./perform.js"
import { decided, type PromotionWorld, performed, promotionWorld, run } from "./promotion-run.js"

// Enough that breaking any one law shows.
fc.configureGlobal({ numRuns: 400 })

const base = 1_767_603_600_000
const names = fc.constantFrom("dev", "staging", "__proto__", "constructor")
const upstreams = fc.constantFrom("qa", "__proto__", "constructor")
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
        stages: fc.array(upstreams, { maxLength: 2 }),
        requiredSoakTime: fc.constantFrom("1m", "1h"),
        availabilityStrategy: fc.constantFrom("All" as const, "OneOf" as const),
      },
      { requiredKeys: [] },
    ),
    hasSteps: fc.constantFrom(true, true, true, false),
    verification: fc.constantFrom(
      undefined,
      { analysisTemplates: [{ name: "smoke" }] },
      { args: [{ name: "v", value: "${{ configMap('c').v }}" }] },
    ),
    annotations: fc.dictionary(
      fc.constantFrom("abort", "reverify", "refresh").map((name) => `kargo.akuity.io/${name}`),
      fc.constantFrom("old", "{", '{"id":"old"}', "null"),
    ),
    history: fc.constantFrom(undefined, "Pending", "Running", "Successful", "Failed"),
    isGoing: fc.constantFrom(false, false, false, true),
    isHeld: fc.boolean(),
  })
  .map(({ name, sources, hasSteps, verification, annotations, history, ...rest }) => {
    const fixture = stageFixture(name, sources, hasSteps ? undefined : [])
    const { finalizers, ...metadata } = { ...fixture.metadata, annotations }
    const analysisRun = { namespace: "shop", name: "run", phase: history ?? "" }
    const collection = { id: "id-9", items: {} }
    const verified = history === undefined ? [] : [{ id: "old", phase: history, analysisRun }]
    return {
      ...fixture,
      metadata: {
        ...metadata,
        ...(rest.isHeld && finalizers !== undefined ? { finalizers } : {}),
        ...(rest.isGoing ? { deletionTimestamp: formatInstant(epochMs(base)) } : {}),
      },
      spec: { ...fixture.spec, ...(verification === undefined ? {} : { verification }) },
      ...(history === undefined
        ? {}
        : {
            status: {
              freightHistory: [{ ...collection, verificationHistory: verified }],
              lastPromotion: { name: "a", status: { phase: "Succeeded" } },
            },
          }),
    }
  })

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
    health: fc.constantFrom(undefined, "Healthy", "Degraded", "Progressing"),
    reconciledAt: fc.option(instant, { nil: undefined }),
    runs: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom("run", "other", "third"),
        phase: fc.constantFrom("", "Running", "Failed"),
      }),
      { selector: ({ name }) => name, maxLength: 3 },
    ),
  })
  .map(({ stage: each, freight: all, phases: list, isAuto, health, reconciledAt, runs }) => ({
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
        const config = { apps: [{ name: "shop" }] }
        const healthChecks = health === undefined ? [] : [{ uses: "argocd-update", config }]
        const begun = index % 2 === 0 ? { startedAt: formatInstant(epochMs(base)) } : {}
        const status = {
          phase,
          ...begun,
          freight: reference,
          freightCollection: collection,
          healthChecks,
        }
        return [{ ...promotion, status }]
      }),
      applications: [
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Application",
          metadata: { name: "shop", namespace: "argocd" },
          status: {
            health: { status: health ?? "" },
            ...(reconciledAt === undefined ? {} : { reconciledAt }),
          },
        },
      ],
      analysisRuns: runs.map(({ name, phase }) => ({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AnalysisRun",
        metadata: { name, labels: { "kargo.akuity.io/freight-collection": "id-9" } },
        status: { phase },
      })),
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

/** Deterministic, leaves its input alone, and what it returns is JSON. */
function isLawful<Input extends readonly unknown[], Output>(
  decide: (...input: Input) => Output,
  ...input: Input
): void {
  const before = JSON.stringify(input)
  const decision = decide(...input)
  expect(JSON.stringify(input)).toBe(before)
  // What is undefined would be gone after JSON: an object that has it is not the same afterwards.
  const undefinedAt: string[] = []
  const text = JSON.stringify(decision, (key, value: unknown) => {
    if (value === undefined) undefinedAt.push(key)
    return value
  })
  expect(undefinedAt).toEqual([])
  expect(JSON.parse(text)).toEqual(decision)
  expect(decide(...input)).toEqual(decision)
}

describe("decideStage", () => {
  test.prop([world, nows])(
    "is total, deterministic, leaves its input alone and speaks JSON",
    ({ stage: each, observed }, now) => isLawful(decideStage, each, observed, now),
  )

  test.prop([world, nows])(
    "does not depend on the order of what it observes",
    ({ stage: each, observed }, now) => {
      const turned = {
        ...observed,
        freight: observed.freight.toReversed(),
        promotions: observed.promotions.toReversed(),
        analysisRuns: observed.analysisRuns.toReversed(),
        applications: observed.applications.toReversed(),
      }
      const sorted = ({ actions, ...rest }: ReturnType<typeof decideStage>) => ({
        ...rest,
        actions: actions.map((action) => JSON.stringify(action)).toSorted(),
      })
      expect(sorted(decideStage(each, turned, now))).toEqual(
        sorted(decideStage(each, observed, now)),
      )
    },
  )

  test.prop([world, nows])(
    "wants nothing more once what it wanted is done, at the same instant",
    (first, now) => {
      const { world: next, actions } = step(first, now)
      // What was read may lead on: that is news, not an acknowledgement.
      if (actions.some(({ type }) => type === "ReadData")) return
      // Who asks for a verification to be stopped and repeated gets one after the other.
      const isStopped = actions.some(({ type }) => type === "TerminateAnalysisRun")
      const { annotations = {} } = first.stage.metadata
      if (isStopped && "kargo.akuity.io/reverify" in annotations) return
      const again = decideStage(next.stage, next.observed, now)
      expect(again.actions).toEqual([])
    },
  )

  test.prop([world, nows])(
    "asks again, under the same key, for what was not done",
    (first, now) => {
      const { actions } = step(first, now)
      const { status } = decideStage(first.stage, first.observed, now)
      const recorded = {
        ...first.stage,
        status: JSON.parse(JSON.stringify(status)) as Stage["status"],
      }
      const keys = decideStage(recorded as Stage, first.observed, now).actions.map(({ key }) => key)
      for (const { key } of actions) expect(keys).toContain(key)
    },
  )

  test.prop([world, nows])(
    "comes to rest, and promotes each piece of Freight once",
    (first, now) => {
      const before = first.observed.promotions.length
      const rest = settle(first, now)
      const created = rest.observed.promotions.slice(before).map(({ spec }) => spec.freight)
      expect(new Set(created).size).toBe(created.length)
    },
  )

  test.prop([world, nows])("a Stage that goes is named by no Freight afterwards", (first, now) => {
    fc.pre(first.stage.metadata.deletionTimestamp !== undefined)
    const rest = settle(first, now)
    const name = first.stage.metadata.name ?? ""
    for (const { status = {} } of rest.observed.freight)
      for (const field of [status.currentlyIn, status.verifiedIn, status.approvedFor])
        expect(Object.keys(field ?? {})).not.toContain(name)
    expect(rest.stage.metadata.finalizers ?? []).toEqual([])
  })
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
      config:
        step.uses === "http"
          ? { url: "http://x/${{ ctx.stage }}", body: "${{ secret('s').t }}" }
          : {},
    })),
  { maxLength: 4 },
)

const promotionWorlds = fc
  .record({
    steps,
    isTurn: fc.boolean(),
    isLost: fc.boolean(),
    phase: fc.constantFrom(undefined, ...(["Pending", "Running", "Failed"] as const)),
    currentStep: fc.option(fc.integer({ min: -1, max: 5 }), { nil: undefined }),
    abort: fc.constantFrom(undefined, "terminate", "{", '{"action":"terminate"}'),
    others: freights,
    outcome: fc.option(fc.record({ index: fc.integer({ min: -1, max: 5 }), result: outcome }), {
      nil: undefined,
    }),
    isAuto: fc.boolean(),
  })
  .map(({ steps: list, ...rest }): PromotionWorld => {
    const { promotion, observed } = promotionWorld(list)
    const annotations = rest.abort === undefined ? {} : { "kargo.akuity.io/abort": rest.abort }
    const status = {
      ...(rest.phase === undefined ? {} : { phase: rest.phase }),
      ...(rest.currentStep === undefined ? {} : { currentStep: rest.currentStep }),
    }
    const current = rest.isTurn ? { currentPromotion: { name: "p" } } : {}
    const stage = {
      ...(observed.stage as Stage),
      status: { ...current, autoPromotionEnabled: rest.isAuto },
    }
    return {
      promotion: {
        ...promotion,
        metadata: { ...promotion.metadata, annotations },
        spec: { ...promotion.spec, steps: list },
        status,
      },
      observed: {
        ...observed,
        stage,
        freight: [...observed.freight, ...rest.others.slice(1)],
        isWorkDirectoryLost: rest.isLost,
        ...(rest.outcome === undefined ? {} : { outcome: rest.outcome }),
      },
    }
  })

describe("decidePromotion", () => {
  test.prop([promotionWorlds, nows])(
    "is total, deterministic, leaves its input alone and speaks JSON",
    ({ promotion, observed }, now) => isLawful(decidePromotion, promotion, observed, now),
  )

  test.prop([promotionWorlds, nows])(
    "does not depend on the order of the Freight",
    ({ promotion, observed }, now) => {
      const turned = { ...observed, freight: observed.freight.toReversed() }
      expect(decidePromotion(promotion, turned, now)).toEqual(
        decidePromotion(promotion, observed, now),
      )
    },
  )

  test.prop([promotionWorlds, nows])(
    "wants nothing more once it is filled in, or its step is under way, at the same instant",
    (first, now) => {
      const { world: next, actions } = decided(first, now)
      const [action] = actions
      if (action === undefined || action.type === "ReadData") return
      const told: PromotionWorld =
        action.type === "RunStep"
          ? {
              ...next,
              observed: {
                ...next.observed,
                outcome: { index: action.index, result: { status: "Running" } },
              },
            }
          : performed(next, action)
      expect(decided(told, now).actions).toEqual([])
    },
  )

  test.prop([steps, fc.array(outcome, { minLength: 60, maxLength: 60 }), fc.nat(40)], {
    numRuns: 100,
  })(
    "runs steps in order to an end that stays, whatever they return; a restart in between changes nothing",
    (list, outcomes, stopAt) => {
      const play = (_action: unknown, attempt: number): StepOutcome =>
        outcomes[attempt % outcomes.length] as StepOutcome
      const whole = run(promotionWorld(list), play)
      const indices = whole.ran.map(({ index }) => index)
      expect(indices).toEqual(indices.toSorted((left, right) => left - right))
      const { promotion } = whole.world
      const last = decided(whole.world, whole.now)
      if (promotion.status?.finishedAt !== undefined) {
        expect(last.actions).toEqual([])
        expect(last.world.promotion).toEqual(promotion)
      }
      // Every status went through JSON on its way; a run that stops and is taken up again comes to the same end.
      const half = run(promotionWorld(list), play, { passesMax: stopAt })
      const tried = new Map<string, number>()
      for (const { alias } of half.ran) tried.set(alias, (tried.get(alias) ?? 0) + 1)
      const goOn = run(
        half.world,
        ({ alias }, attempt) => play(alias, attempt + (tried.get(alias) ?? 0)),
        { startAt: half.now },
      )
      expect(goOn.world.promotion.status).toEqual(promotion.status)
    },
  )
})

const discovery: fc.Arbitrary<ObservedWarehouse["discovery"]> = fc.oneof(
  fc.constant(undefined),
  fc.record({ error: fc.string() }),
  fc.uniqueArray(fc.constantFrom("1.0.0", "1.1.0", "2.0.0")).map((tags) => ({
    images: [
      {
        repoURL: "registry.example.com/shop",
        references: tags.map((tag) => ({ tag, digest: `sha256:${tag}` })),
      },
    ],
  })),
  fc.constant({}),
)
const warehouses: fc.Arbitrary<Warehouse> = fc
  .record({
    policy: fc.constantFrom(undefined, "Automatic" as const, "Manual" as const),
    expression: fc.constantFrom(
      undefined,
      "",
      "true",
      "1",
      "nope",
      "imageFrom('registry.example.com/shop').Tag == '2.0.0'",
    ),
    refresh: fc.option(fc.string(), { nil: undefined }),
    discoveredAt: fc.option(fc.oneof(instant, fc.string()), { nil: undefined }),
    generation: fc.nat(2),
  })
  .map(({ policy, expression, refresh, discoveredAt, generation }) => {
    const fixture = warehouseFixture([{ image: { repoURL: "registry.example.com/shop" } }])
    return {
      ...fixture,
      metadata: {
        ...fixture.metadata,
        generation,
        ...(refresh === undefined ? {} : { annotations: { "kargo.akuity.io/refresh": refresh } }),
      },
      spec: {
        ...fixture.spec,
        ...(policy === undefined ? {} : { freightCreationPolicy: policy }),
        ...(expression === undefined ? {} : { freightCreationCriteria: { expression } }),
      },
      status: {
        observedGeneration: 1,
        ...(discoveredAt === undefined ? {} : { discoveredArtifacts: { discoveredAt } }),
      },
    }
  })

describe("decideWarehouse", () => {
  const observedOf = (
    found: ObservedWarehouse["discovery"],
    freight: readonly Freight[],
  ): ObservedWarehouse => ({ freight, ...(found === undefined ? {} : { discovery: found }) })

  test.prop([warehouses, discovery, freights, nows])(
    "is total, deterministic, leaves its input alone and speaks JSON",
    (warehouse, found, freight, now) =>
      isLawful(decideWarehouse, warehouse, observedOf(found, freight), now),
  )

  test.prop([warehouses, discovery, freights, nows])(
    "does not depend on the order of the Freight",
    (warehouse, found, freight, now) => {
      // Somebody has the very alias that new Freight would have.
      const [action] = decideWarehouse(warehouse, observedOf(found, freight), now).actions
      const alias = action?.type === "CreateFreight" ? action.freight.alias : undefined
      const taken = alias === undefined ? [] : [{ ...freightFixture("taken"), alias }]
      const all = [...freight, ...taken]
      expect(decideWarehouse(warehouse, observedOf(found, all.toReversed()), now)).toEqual(
        decideWarehouse(warehouse, observedOf(found, all), now),
      )
    },
  )

  /** The Warehouse and what is around it after an action was performed. */
  const after = (
    warehouse: Warehouse,
    observed: ObservedWarehouse,
    now: EpochMs,
  ): { readonly warehouse: Warehouse; readonly observed: ObservedWarehouse } => {
    const { status, actions } = decideWarehouse(warehouse, observed, now)
    const made = actions.flatMap((action) =>
      action.type === "CreateFreight" ? [action.freight] : [],
    )
    const { discovery: _told, ...rest } = observed
    const isAsked = actions.some(({ type }) => type === "Discover")
    return {
      warehouse: { ...warehouse, status: JSON.parse(JSON.stringify(status)) },
      observed: {
        ...rest,
        freight: [...observed.freight, ...made],
        ...(isAsked ? { discovery: warehouse.status?.discoveredArtifacts ?? {} } : {}),
      },
    }
  }

  test.prop([warehouses, discovery, freights, nows])(
    "wants nothing more once what it wanted is done, at the same instant",
    (warehouse, found, freight, now) => {
      fc.pre(found === undefined || !("error" in found))
      const next = after(warehouse, observedOf(found, freight), now)
      expect(decideWarehouse(next.warehouse, next.observed, now).actions).toEqual([])
    },
  )

  test.prop([fc.uniqueArray(fc.constantFrom("1.0.0", "1.1.0", "2.0.0")), nows])(
    "makes Freight of what was found, once, and looks again after the interval",
    (tags, now) => {
      const warehouse = warehouseFixture([{ image: { repoURL: "registry.example.com/shop" } }])
      const references = tags.map((tag) => ({ tag, digest: `sha256:${tag}` }))
      const images = [{ repoURL: "registry.example.com/shop", references }]
      const first = decideWarehouse(warehouse, observedOf({ images }, []), now)
      expect(first.actions).toHaveLength(tags.length === 0 ? 0 : 1)
      const next = after(warehouse, observedOf({ images }, []), now)
      const waiting = decideWarehouse(next.warehouse, next.observed, now)
      const whole = Math.floor(now / 1000) * 1000
      expect(waiting).toMatchObject({ actions: [], wakeAt: whole + 300_000 })
    },
  )
})
