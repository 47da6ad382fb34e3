import { epochMs } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { Autoscaler } from "./autoscaler.js"
import { forget, type Past, pace, remember } from "./pace.js"

const now = epochMs(1_000_000)
const ago = (seconds: number) => epochMs(now - seconds * 1000)
const never: Past = { recommendations: [], ups: [], downs: [] }

function autoscaler(
  behavior?: Autoscaler["spec"]["behavior"],
  bounds = { min: 1, max: 100 },
): Autoscaler {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { namespace: "shop", name: "web" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: bounds.min,
      maxReplicas: bounds.max,
      ...(behavior === undefined ? {} : { behavior }),
    },
  }
}

function paced(of: Autoscaler, current: number, wanted: number, past: Past = never) {
  const { replicas, able, limited } = pace({ autoscaler: of, current, wanted, past, now })
  return [replicas, able.reason, limited.reason, limited.isLimited]
}

const recommended = (...list: readonly (readonly [seconds: number, replicas: number])[]): Past => ({
  ...never,
  recommendations: list.map(([seconds, replicas]) => ({ at: ago(seconds), replicas })),
})

describe("without behaviour", () => {
  test.each([
    ["up to twice as many", 10, 15, [15, "ReadyForNewScale", "DesiredWithinRange", false]],
    ["not more than twice", 10, 30, [20, "ReadyForNewScale", "ScaleUpLimit", true]],
    ["four at least", 1, 9, [4, "ReadyForNewScale", "ScaleUpLimit", true]],
    ["the maximum", 90, 150, [100, "ReadyForNewScale", "TooManyReplicas", true]],
    ["the minimum", 10, 0, [1, "ReadyForNewScale", "TooFewReplicas", true]],
  ] as const)("%s: from %i to %i", (_what, current, wanted, expected) => {
    expect(paced(autoscaler(), current, wanted)).toEqual(expected)
  })

  test("the highest recommendation of five minutes holds it", () => {
    const stabilized = [8, "ScaleDownStabilized", "DesiredWithinRange", false]
    expect(paced(autoscaler(), 10, 2, recommended([299, 8], [100, 5]))).toEqual(stabilized)
    expect(paced(autoscaler(), 10, 2, recommended([300, 8], [100, 5]))[0]).toBe(5)
  })
})

describe("with behaviour", () => {
  const policies = [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ] as const
  const usual = { scaleUp: { policies }, scaleDown: { policies: [policies[1]] } }

  test.each([
    ["Max", 10, 60, 20],
    ["Max", 2, 60, 6],
    ["Min", 10, 60, 14],
    ["Min", 2, 60, 4],
    ["Disabled", 10, 60, 10],
  ] as const)(
    "up by policy %s from %i to %i makes %i",
    (selectPolicy, current, wanted, expected) => {
      const of = autoscaler({ ...usual, scaleUp: { policies, selectPolicy } })
      const [replicas, , reason] = paced(of, current, wanted)
      expect([replicas, reason]).toEqual([expected, "ScaleUpLimit"])
    },
  )

  const downs = [
    { type: "Pods", value: 4, periodSeconds: 60 },
    { type: "Percent", value: 10, periodSeconds: 60 },
  ] as const
  test.each([
    ["Max", 80, 8, 72],
    ["Max", 20, 8, 16],
    ["Min", 80, 8, 76],
    ["Min", 20, 8, 18],
    ["Disabled", 20, 8, 20],
  ] as const)(
    "down by policy %s from %i to %i makes %i",
    (selectPolicy, current, wanted, expected) => {
      const of = autoscaler({
        scaleDown: { policies: downs, selectPolicy, stabilizationWindowSeconds: 0 },
      })
      const [replicas, , reason] = paced(of, current, wanted)
      expect([replicas, reason]).toEqual([expected, "ScaleDownLimit"])
    },
  )

  test("what was done within the period counts", () => {
    const of = autoscaler({ scaleUp: { policies: [policies[0]] } })
    const past = (seconds: number): Past => ({ ...never, ups: [{ at: ago(seconds), change: 3 }] })
    expect(paced(of, 10, 30, past(14))[0]).toBe(11)
    expect(paced(of, 10, 30, past(15))[0]).toBe(14)
    expect(paced(of, 10, 30, { ...never, ups: [{ at: ago(1), change: 9 }] })[0]).toBe(10)
  })

  test("windows hold it both ways", () => {
    const of = autoscaler({
      scaleUp: { ...usual.scaleUp, stabilizationWindowSeconds: 60 },
      scaleDown: usual.scaleDown,
    })
    expect(paced(of, 5, 8, recommended([30, 6])).slice(0, 2)).toEqual([6, "ScaleUpStabilized"])
    expect(paced(of, 5, 8, recommended([60, 6])).slice(0, 2)).toEqual([8, "ReadyForNewScale"])
    // Five minutes where the window down is not said.
    expect(paced(of, 5, 2, recommended([299, 4])).slice(0, 2)).toEqual([4, "ScaleDownStabilized"])
    // Nobody wanted as few as there are, nor as many: it stays.
    expect(paced(of, 5, 2, recommended([30, 9])).slice(0, 2)).toEqual([5, "ScaleDownStabilized"])
  })
})

test("the past keeps what may still count, and sizes only where policies ask", () => {
  const policies = [{ type: "Pods", value: 1, periodSeconds: 60 }] as const
  const of = autoscaler({ scaleUp: { policies }, scaleDown: { policies } })
  const scaled = remember(never, of, { from: 2, to: 5, at: ago(59) })
  expect(scaled.ups).toEqual([{ at: ago(59), change: 3 }])
  expect(remember(never, of, { from: 5, to: 2, at: now }).downs).toEqual([{ at: now, change: 3 }])
  expect(remember(never, autoscaler(), { from: 2, to: 5, at: now })).toEqual(never)
  expect(forget(scaled, of, now)).toEqual(scaled)
  expect(forget(remember(never, of, { from: 2, to: 5, at: ago(60) }), of, now)).toEqual(never)
  expect(forget(recommended([300, 1], [299, 2]), of, now)).toEqual(recommended([299, 2]))
})

property.prop([
  fc.integer({ min: 1, max: 50 }),
  fc.integer({ min: 0, max: 80 }),
  fc.array(fc.tuple(fc.nat({ max: 400 }), fc.integer({ min: 1, max: 50 })), { maxLength: 5 }),
  fc.boolean(),
])(
  "it never leaves its bounds nor goes against what is wanted",
  (current, wanted, past, hasBehavior) => {
    const of = autoscaler(hasBehavior ? { scaleUp: {}, scaleDown: {} } : undefined, {
      min: 1,
      max: 50,
    })
    const [replicas] = paced(of, current, wanted, recommended(...past)) as [number]
    expect(replicas).toBeGreaterThanOrEqual(1)
    expect(replicas).toBeLessThanOrEqual(50)
    if (wanted > current && hasBehavior) expect(replicas).toBeGreaterThanOrEqual(current)
    if (wanted < current && hasBehavior) expect(replicas).toBeLessThanOrEqual(current)
  },
)
