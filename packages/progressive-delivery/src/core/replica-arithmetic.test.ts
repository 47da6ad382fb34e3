import { describe, expect, test } from "vitest"
import {
  type BasicCanaryInput,
  idealSplit,
  nextBasicCanary,
  type ReplicaSplit,
  rolloutBounds,
  routedCanary,
} from "./replica-arithmetic.js"

test.each([
  [1, 1, 0],
  [2, 1, 0],
  [3, 1, 0],
  [4, 1, 1],
  [5, 2, 1],
  [7, 2, 1],
  [10, 3, 2],
  [20, 5, 5],
  [100, 25, 25],
])("bounds of %i pods by default: surge %i, unavailable %i", (replicas, surge, unavailable) => {
  expect(rolloutBounds(replicas)).toEqual({ surge, unavailable })
})

test("bounds: both zero allows one pod to be missing, and the per cent sign is optional", () => {
  expect(rolloutBounds(10, 0, 0)).toEqual({ surge: 0, unavailable: 1 })
  expect(rolloutBounds(10, "30%", "30")).toEqual({ surge: 3, unavailable: 3 })
  expect(rolloutBounds(2, 1, 5)).toEqual({ surge: 1, unavailable: 2 })
})

test.each([
  [10, 0, 14, 1, 9],
  [10, 0, 15, 2, 8],
  [10, 1, 23, 2, 8],
  [10, 1, 24, 3, 8],
  [10, 1, 99, 10, 1],
  [2, 1, 1, 1, 2],
  [2, 1, 99, 2, 1],
  [3, 1, 50, 2, 2],
  [1, 1, 5, 1, 1],
  [5, 1, 50, 3, 3],
  [10, 3, 25, 3, 8],
])(
  "%i pods, surge %i, weight %i: canary %i, stable %i",
  (...[replicas, surge, weight, canary, stable]) => {
    expect(idealSplit(replicas, weight, surge)).toEqual({ canary, stable })
  },
)

test("no pods give no split, and the edges give everything to one side", () => {
  expect(idealSplit(0, 50, 1)).toEqual({ canary: 0, stable: 0 })
  expect(idealSplit(10, 0, 1)).toEqual({ canary: 0, stable: 10 })
  expect(idealSplit(10, 100, 1)).toEqual({ canary: 10, stable: 0 })
})

/** Applies stable first, then canary, one change at a time; all pods become available in between. */
function walk(
  start: ReplicaSplit,
  settings: Pick<BasicCanaryInput, "replicas" | "weight" | "bounds">,
): string {
  let at = start
  const seen = [`(${at.canary},${at.stable})`]
  for (let round = 0; round < 50; round++) {
    const next = nextBasicCanary({
      ...settings,
      canary: { spec: at.canary, available: at.canary },
      stable: { spec: at.stable, available: at.stable },
      othersSpec: 0,
    })
    if (next.stable !== at.stable) at = { ...at, stable: next.stable }
    else if (next.canary !== at.canary) at = { ...at, canary: next.canary }
    else return seen.join("→")
    seen.push(`(${at.canary},${at.stable})`)
  }
  throw new Error(`no end after ${seen.join("→")}`)
}

describe("worked sequences", () => {
  test.each([
    [10, 20, 3, 0, "(0,10)→(2,10)→(2,8)"],
    [10, 20, 0, 1, "(0,10)→(0,9)→(1,9)→(1,8)→(2,8)"],
    [10, 30, 5, 0, "(0,10)→(3,10)→(3,7)"],
    [10, 25, 3, 2, "(0,10)→(0,8)→(3,8)"],
    [10, 100, 3, 3, "(0,10)→(0,7)→(6,7)→(6,1)→(10,1)→(10,0)"],
    [5, 50, 1, 0, "(0,5)→(1,5)→(1,4)→(2,4)→(2,3)→(3,3)"],
    [4, 25, 1, 1, "(0,4)→(0,3)→(1,3)"],
    [3, 50, 1, 0, "(0,3)→(1,3)→(1,2)→(2,2)"],
    [3, 50, 0, 1, "(0,3)→(0,2)→(1,2)→(1,1)→(2,1)"],
    [2, 50, 1, 0, "(0,2)→(1,2)→(1,1)"],
    [1, 5, 1, 0, "(0,1)→(1,1)"],
  ])(
    "%i pods, weight %i, surge %i, unavailable %i: %s",
    (...[replicas, weight, surge, unavailable, expected]) => {
      const bounds = { surge, unavailable }
      expect(walk({ canary: 0, stable: replicas }, { replicas, weight, bounds })).toBe(expected)
    },
  )
})

test("a crash-looping canary is drained without waiting for it", () => {
  const next = nextBasicCanary({
    replicas: 10,
    weight: 0,
    bounds: { surge: 1, unavailable: 0 },
    canary: { spec: 5, available: 0 },
    stable: { spec: 6, available: 6 },
    othersSpec: 0,
  })
  expect(next.canary).toBeLessThan(5)
})

describe("with traffic routing", () => {
  test.each([
    [10, 1, 1],
    [10, 5, 1],
    [10, 25, 3],
    [10, 33, 4],
    [10, 90, 9],
    [3, 20, 1],
    [3, 50, 2],
  ])("%i pods, weight %i: canary %i beside a full stable", (replicas, weight, canary) => {
    expect(routedCanary({ replicas, weight })).toEqual({ canary, stable: replicas })
  })

  test("at least so many pods, but never more than all", () => {
    expect(routedCanary({ replicas: 10, weight: 10, minPodsPerReplicaSet: 3 }).canary).toBe(3)
    expect(routedCanary({ replicas: 2, weight: 10, minPodsPerReplicaSet: 5 }).canary).toBe(2)
  })

  test("an explicit scale may exceed the whole", () => {
    expect(routedCanary({ replicas: 10, weight: 20, explicit: 15 })).toEqual({
      canary: 15,
      stable: 10,
    })
  })

  test.each([
    [20, 0, 100, 2, 10],
    [20, 20, 80, 2, 8],
    [60, 20, 80, 6, 8],
    [60, 60, 40, 6, 4],
    [100, 60, 40, 10, 4],
    [100, 100, 0, 10, 0],
    [20, 60, 40, 2, 8],
  ])(
    "dynamic: weight %i wanted, %i/%i known: %i/%i",
    (...[weight, knownCanary, knownStable, canary, stable]) => {
      const known = { canary: knownCanary, stable: knownStable }
      expect(routedCanary({ replicas: 10, weight, dynamicStableScale: true, known })).toEqual({
        canary,
        stable,
      })
    },
  )
})
