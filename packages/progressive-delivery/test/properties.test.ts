import { epochMs } from "@argo-ts/kernel"
import { test as fcTest } from "@fast-check/vitest"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type AnalysisRun,
  abort,
  decideAnalysisRun,
  decideRollout,
  explainRollout,
  type MeasuredResult,
  nextBasicCanary,
  nothingObserved,
  type ObservedRollout,
  parseRollout,
  podTemplateHash,
  promote,
  promoteFull,
  type Rollout,
  retry,
  rolloutBounds,
  type Simulation,
  simulateRollout,
} from "../src/index.js"
import { canaryRollout, withImage } from "../src/testing/index.js"
import { applyVerb } from "./apply-verb.js"
import {
  basicCanary,
  observedFor,
  rollout,
  routedCanaryStrategy,
  statusFor,
} from "./arbitraries.js"

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  return value
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** A rollout with any status, and anything observed. */
const anything = rollout.chain((each) => {
  const hash = podTemplateHash(each.spec.template ?? {})
  return fc.record({
    rollout: statusFor(hash).map((status): Rollout => ({ ...each, status })),
    observed: observedFor(hash),
    now: fc.integer({ min: 0, max: 100_000_000 }).map(epochMs),
  })
})

describe("decideRollout", () => {
  fcTest.prop([anything], { numRuns: 500 })(
    "is total, deterministic, and leaves its input alone",
    ({ rollout: each, observed, now }) => {
      expect(parseRollout(each).ok).toBe(true)
      freeze(each)
      freeze(observed)
      const decision = decideRollout(each, observed, now)
      expect(decideRollout(copy(each), copy(observed), now)).toEqual(decision)
      expect(copy(decision)).toEqual(decision)
      expect(explainRollout(each, observed, now)).not.toBe("")
      expect(new Set(decision.actions.map(({ key }) => key)).size).toBe(decision.actions.length)
      if (decision.wakeAt !== undefined) expect(decision.wakeAt).toBeGreaterThanOrEqual(now)
    },
  )

  fcTest.prop([anything], { numRuns: 300 })(
    "does not depend on the order of what is observed",
    ({ rollout: each, observed, now }) => {
      const reversed: ObservedRollout = {
        ...observed,
        replicaSets: observed.replicaSets.toReversed(),
        services: observed.services.toReversed(),
        analysisRuns: observed.analysisRuns.toReversed(),
      }
      expect(decideRollout(each, reversed, now)).toEqual(decideRollout(each, observed, now))
    },
  )

  fcTest.prop([anything], { numRuns: 300 })(
    "says the same after its status went through storage",
    ({ rollout: each, observed, now }) => {
      const { status } = decideRollout(each, observed, now)
      const stored = decideRollout({ ...each, status: copy(status) }, observed, now)
      expect(decideRollout({ ...each, status }, observed, now)).toEqual(stored)
    },
  )
})

test("a first weight that was recorded but never set is asked for again", () => {
  const each = canaryRollout(
    {
      canaryService: "canary",
      stableService: "stable",
      trafficRouting: { plugins: { "argo-ts/in-memory": {} } },
      steps: [{ setWeight: 20 }],
    },
    { replicas: 4 },
  )
  const services = ["canary", "stable"].map((name) => ({
    apiVersion: "v1" as const,
    kind: "Service" as const,
    metadata: { name, namespace: "default" },
    spec: { selector: { app: "shop" } },
  }))
  const empty = { ...nothingObserved, services }
  const first = decideRollout(each, empty, epochMs(0))
  const replicaSets = first.actions.flatMap((action) =>
    action.type === "CreateReplicaSet" ? [{ ...action.replicaSet, status: { replicas: 0 } }] : [],
  )
  // The process dies after each record and before anything is performed: the world stays as it is.
  const weights: (readonly string[])[] = []
  let { status } = first
  for (let crash = 0; crash < 4; crash++) {
    const decision = decideRollout({ ...each, status }, { ...empty, replicaSets }, epochMs(0))
    weights.push(decision.actions.filter(({ type }) => type === "SetWeight").map(({ key }) => key))
    status = decision.status
  }
  expect(weights[0]).toHaveLength(1)
  expect(weights).toEqual([weights[0], weights[0], weights[0], weights[0]])
})

type Move = {
  readonly afterMs: number
  readonly verb: "release" | "abort" | "retry" | "promote" | "promoteFull" | "none" | "back"
}
const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 400_000 }),
    verb: fc.constantFrom("release", "abort", "retry", "promote", "promoteFull", "none", "back"),
  }),
  { maxLength: 5 },
)

function move(simulation: Simulation, verb: Move["verb"], version: number): void {
  const change = {
    release: (each: Rollout) => withImage(each, `shop:${version}`),
    back: (each: Rollout) => withImage(each, "shop:1"),
    abort: (each: Rollout) => applyVerb(each, abort()),
    retry: (each: Rollout) => applyVerb(each, retry()),
    promote: (each: Rollout) => applyVerb(each, promote(each)),
    promoteFull: (each: Rollout) => applyVerb(each, promoteFull(each)),
    none: (each: Rollout) => each,
  }[verb]
  simulation.update(change)
}

/** Plays moves and lets the world settle; `look` sees it after each. */
function play(
  start: Rollout,
  list: readonly Move[],
  look: (simulation: Simulation) => void,
): Simulation {
  const simulation = simulateRollout(start)
  let now = 60_000
  simulation.run(epochMs(now))
  for (const [index, { afterMs, verb }] of list.entries()) {
    move(simulation, verb, index + 2)
    now += afterMs
    simulation.run(epochMs(now))
    look(simulation)
  }
  return simulation
}

describe("over time", () => {
  fcTest.prop([rollout, moves], { numRuns: 150 })(
    "what is acknowledged is not asked for again",
    (start, list) => {
      play(start, list, (simulation) => {
        const { actions, status } = decideRollout(
          simulation.rollout(),
          simulation.observed(),
          simulation.now(),
        )
        expect(actions).toEqual([])
        expect(status).toEqual(simulation.rollout().status)
      })
    },
  )

  fcTest.prop([rollout, moves], { numRuns: 100 })(
    "left alone and unaborted it becomes healthy or waits for a human",
    (start, list) => {
      const simulation = play(start, list, () => {})
      simulation.update((each) => applyVerb(each, retry()))
      simulation.run(epochMs(simulation.now() + 24 * 3_600_000))
      expect(["Healthy", "Paused"]).toContain(simulation.rollout().status?.phase)
    },
  )

  fcTest.prop([basicCanary, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 })], {
    numRuns: 150,
  })("without a router pods stay within surge and unavailable", (strategy, replicas, releases) => {
    const { surge, unavailable } = rolloutBounds(
      replicas,
      strategy.maxSurge,
      strategy.maxUnavailable,
    )
    const simulation = simulateRollout(canaryRollout(strategy, { replicas }))
    simulation.run(epochMs(60_000))
    for (let release = 0; release < releases; release++) {
      move(simulation, "release", release + 2)
      simulation.run(epochMs(simulation.now() + 7_777), ({ status }) => {
        const available = status?.availableReplicas ?? 0
        expect(available).toBeGreaterThanOrEqual(replicas - unavailable)
        const asked = simulation
          .observed()
          .replicaSets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0)
        expect(asked).toBeLessThanOrEqual(replicas + surge)
        return false
      })
    }
  })

  fcTest.prop([routedCanaryStrategy, moves, fc.integer({ min: 1, max: 12 })], { numRuns: 150 })(
    "a router never sends traffic where no pod is",
    (strategy, list, replicas) => {
      const check = (simulation: Simulation): void => {
        const { traffic, replicaSets } = simulation.observed()
        const { currentPodHash, stableRS } = simulation.rollout().status ?? {}
        const available = (hash: string | undefined): number =>
          replicaSets.find((set) => set.metadata.name === `shop-${hash}`)?.status
            ?.availableReplicas ?? 0
        if (traffic === undefined || currentPodHash === stableRS) return
        if (traffic.canary > 0) expect(available(currentPodHash)).toBeGreaterThan(0)
        if (traffic.stable > 0) expect(available(stableRS)).toBeGreaterThan(0)
      }
      play(canaryRollout(strategy, { replicas }), list, check)
    },
  )
})

const counts = fc.record({
  spec: fc.integer({ min: 0, max: 20 }),
  available: fc.integer({ min: 0, max: 20 }),
})
fcTest.prop([
  fc.integer({ min: 1, max: 15 }),
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0, max: 5 }),
  counts,
  counts,
])(
  "replica arithmetic never goes below zero",
  (...[replicas, weight, maxSurge, maxUnavailable, canary, stable]) => {
    const bounds = rolloutBounds(replicas, maxSurge, maxUnavailable)
    const next = nextBasicCanary({ replicas, weight, bounds, canary, stable, othersSpec: 0 })
    expect(next.canary).toBeGreaterThanOrEqual(0)
    expect(next.stable).toBeGreaterThanOrEqual(0)
  },
)

describe("decideAnalysisRun", () => {
  const result: fc.Arbitrary<MeasuredResult> = fc.oneof(
    fc.jsonValue().map((value): MeasuredResult => ({ type: "Value", value: copy(value) as never })),
    fc
      .constantFrom("1", "NaN", "+Inf", "x")
      .map((number): MeasuredResult => ({ type: "Scalar", number })),
    fc
      .array(fc.constantFrom("0", "1", "NaN"))
      .map((numbers): MeasuredResult => ({ type: "Vector", numbers })),
    fc.constant<MeasuredResult>({ type: "Failure", message: "no answer" }),
  )
  const limits = fc.record(
    {
      interval: fc.constantFrom("1s", "1m"),
      count: fc.integer({ min: 0, max: 4 }),
      failureLimit: fc.integer({ min: -1, max: 2 }),
      inconclusiveLimit: fc.integer({ min: 0, max: 2 }),
      consecutiveErrorLimit: fc.integer({ min: 0, max: 2 }),
      consecutiveSuccessLimit: fc.integer({ min: 0, max: 2 }),
      successCondition: fc.constantFrom("result == 1", "result[0] < 1", "true", "result +"),
      failureCondition: fc.constantFrom("result == 2", "false"),
    },
    { requiredKeys: [] },
  )
  fcTest.prop([limits, fc.array(result, { minLength: 1, maxLength: 8 })], { numRuns: 300 })(
    "is total and deterministic, its status survives JSON, and an end is an end",
    (metric, results) => {
      let run: AnalysisRun = {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AnalysisRun",
        metadata: { name: "run" },
        spec: { metrics: [{ name: "m", provider: { web: { url: "http://x" } }, ...metric }] },
      }
      let now = epochMs(0)
      let ended: string | undefined
      for (const each of results) {
        const asked = decideAnalysisRun(freeze(run), { measured: [] }, now)
        const measured = asked.actions.map(({ key }) => ({
          key,
          startedAt: now,
          finishedAt: now,
          result: each,
        }))
        run = { ...run, status: asked.status }
        const { status, wakeAt } = decideAnalysisRun(freeze(run), freeze({ measured }), now)
        expect(copy(status)).toEqual(status)
        expect(decideAnalysisRun(copy(run), { measured }, now).status).toEqual(status)
        if (ended !== undefined) expect(status.phase).toBe(ended)
        run = { ...run, status }
        if (status.completedAt !== undefined) ended = status.phase
        now = epochMs(Math.max(now + 1, wakeAt ?? now))
        const again = decideAnalysisRun(run, { measured: [] }, epochMs(now - 1))
        expect(again.status).toEqual(status)
      }
    },
  )
})
