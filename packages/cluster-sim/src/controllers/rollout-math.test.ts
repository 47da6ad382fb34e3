import { describe, expect, test } from "vitest"
import { fenceposts, proportional, scaleDown, scaleUp } from "./rollout-math.js"

describe("fenceposts", () => {
  test.each([
    [10, {}, { surge: 3, unavailable: 2 }],
    [1, {}, { surge: 1, unavailable: 0 }],
    [4, { maxSurge: 0, maxUnavailable: "10%" }, { surge: 0, unavailable: 1 }],
    [3, { maxSurge: 5, maxUnavailable: 9 }, { surge: 5, unavailable: 3 }],
  ])("of %i replicas with %j", (replicas, update, expected) => {
    expect(fenceposts(replicas, update)).toEqual(expected)
  })
})

const posts = { surge: 3, unavailable: 2 }
const old = { name: "old", replicas: 10, available: 10 }

describe("a rolling update of ten", () => {
  test("grows the new set into the surge, then shrinks the old one to the floor", () => {
    const current = { name: "new", replicas: 0, available: 0 }
    expect(scaleUp({ replicas: 10, posts, current, old: [old] })).toEqual({
      name: "new",
      replicas: 3,
    })
    const grown = { ...current, replicas: 3 }
    expect(scaleDown({ replicas: 10, posts, current: grown, old: [old] })).toEqual([
      { name: "old", replicas: 8 },
    ])
  })

  test("takes unhealthy old pods first", () => {
    const current = { name: "new", replicas: 5, available: 5 }
    const sick = { name: "sick", replicas: 4, available: 0 }
    const well = { name: "well", replicas: 4, available: 4 }
    expect(scaleDown({ replicas: 10, posts, current, old: [well, sick] })).toEqual([
      { name: "well", replicas: 3 },
      { name: "sick", replicas: 0 },
    ])
  })

  test("never leaves more than is wanted in the new set", () => {
    const current = { name: "new", replicas: 12, available: 12 }
    expect(scaleUp({ replicas: 10, posts, current, old: [] })).toEqual({
      name: "new",
      replicas: 10,
    })
  })
})

describe("proportional scaling", () => {
  test("shares growth by size: three and one become five and two", () => {
    const sets = [
      { name: "old", replicas: 3, available: 3, maxReplicas: 4 },
      { name: "new", replicas: 1, available: 0, maxReplicas: 4 },
    ]
    const next = new Map(proportional(sets, 6, 1).map(({ name, replicas }) => [name, replicas]))
    expect([next.get("old"), next.get("new")]).toEqual([5, 2])
  })

  test("shrinks to nothing", () => {
    const sets = [{ name: "a", replicas: 3, available: 3, maxReplicas: 4 }]
    expect(proportional(sets, 0, 1)).toEqual([{ name: "a", replicas: 0 }])
  })
})
