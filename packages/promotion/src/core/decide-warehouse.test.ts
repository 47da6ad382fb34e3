import { epochMs, findCondition, formatInstant } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { Freight } from "../api/freight.js"
import type { DiscoveredArtifacts, Warehouse, WarehouseStatus } from "../api/warehouse.js"
import { warehouseFixture } from "../testing/index.js"
import { decideWarehouse } from "./decide-warehouse.js"

const now = epochMs(1_767_603_600_000)
const at = (seconds: number) => formatInstant(epochMs(now + seconds * 1000))
const repoURL = "registry.example.com/shop"
const gitURL = "https://git.example.com/shop.git"
const found: DiscoveredArtifacts = {
  git: [
    {
      repoURL: gitURL,
      subscriptionName: "code",
      commits: [
        {
          id: "abc",
          branch: "main",
          tag: "v1",
          subject: "one",
          author: "A <a@x>",
          committer: "C <c@x>",
          creatorDate: at(0),
        },
        { id: "old" },
      ],
    },
  ],
  images: [
    {
      repoURL,
      references: [
        { tag: "v1", digest: "sha256:1", annotations: { a: "b" }, createdAt: at(0) },
        { tag: "v0", digest: "sha256:0" },
      ],
    },
  ],
}
const looked = (more: Partial<WarehouseStatus> = {}): WarehouseStatus => ({
  observedGeneration: 1,
  discoveredArtifacts: { ...found, discoveredAt: at(0) },
  ...more,
})
const warehouse = (status?: WarehouseStatus, more: Partial<Warehouse["spec"]> = {}): Warehouse => {
  const fixture = warehouseFixture([{ image: { repoURL } }])
  return {
    ...fixture,
    spec: { ...fixture.spec, ...more },
    ...(status === undefined ? {} : { status }),
  }
}
const asked = (each: Warehouse, token: string): Warehouse => ({
  ...each,
  metadata: { ...each.metadata, annotations: { "kargo.akuity.io/refresh": token } },
})
const conditionsOf = ({ status }: { status: WarehouseStatus }) =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: value, reason }) => [
      type,
      `${value} ${reason}`,
    ]),
  )
const nothing = { freight: [] }

describe("when it looks", () => {
  const rows: readonly (readonly [string, Warehouse, boolean])[] = [
    ["it never has", warehouse(), true],
    ["the last look says nothing of its time", warehouse({ observedGeneration: 1 }), true],
    ["nothing has changed", warehouse(looked()), false],
    ["it was changed", warehouse(looked({ observedGeneration: 0 })), true],
    ["somebody asks", asked(warehouse(looked()), "t"), true],
    ["that was handled", asked(warehouse(looked({ lastHandledRefresh: "t" })), "t"), false],
    ["somebody asks anew", asked(warehouse(looked({ lastHandledRefresh: "t" })), "u"), true],
    [
      "an interval has passed",
      warehouse(looked({ discoveredArtifacts: { ...found, discoveredAt: at(-300) } })),
      true,
    ],
    [
      "not yet",
      warehouse(looked({ discoveredArtifacts: { ...found, discoveredAt: at(-299) } })),
      false,
    ],
    [
      "its own interval has passed",
      warehouse(looked({ discoveredArtifacts: { ...found, discoveredAt: at(-60) } }), {
        interval: "1m",
      }),
      true,
    ],
    [
      "an interval of nothing is five minutes",
      warehouse(looked({ discoveredArtifacts: { ...found, discoveredAt: at(-60) } }), {
        interval: "0s",
      }),
      false,
    ],
  ]
  test.each(rows)("%s", (_title, each, isDue) => {
    const { actions, wakeAt } = decideWarehouse(each, nothing, now)
    expect(actions.some(({ type }) => type === "Discover")).toBe(isDue)
    if (!isDue) expect(wakeAt).toBeGreaterThan(now)
    else expect(wakeAt).toBeUndefined()
  })

  test("a look has one key for one cause", () => {
    const keyOf = (each: Warehouse) => decideWarehouse(each, nothing, now).actions[0]?.key
    expect(keyOf(warehouse())).toBe("shop/discover/1/-/first")
    const due = asked(warehouse(looked()), "t")
    expect(keyOf(due)).toBe(`shop/discover/1/t/${at(0)}`)
    const later = decideWarehouse(due, nothing, epochMs(now + 5000)).actions[0]?.key
    expect(later).toBe(keyOf(due))
  })

  test("a look that failed is said, takes nothing back, and is due again", () => {
    const before = warehouse(looked({ discoveredArtifacts: { ...found, discoveredAt: at(-300) } }))
    const failed = decideWarehouse(
      asked(before, "t"),
      { ...nothing, discovery: { error: "no answer" } },
      now,
    )
    expect(failed.actions).toEqual([])
    expect(failed.status).toMatchObject({
      discoveredArtifacts: { discoveredAt: at(-300) },
      observedGeneration: 1,
    })
    expect(failed.status).not.toHaveProperty("lastHandledRefresh")
    expect(conditionsOf(failed)).toEqual({
      Healthy: "False DiscoveryFailed",
      Ready: "False DiscoveryFailure",
    })
    const again = decideWarehouse({ ...before, status: failed.status }, nothing, now)
    expect(again.actions.map(({ type }) => type)).toEqual(["Discover"])
  })
})

describe("Freight", () => {
  const discovered = (discovery: DiscoveredArtifacts, more: Partial<Warehouse["spec"]> = {}) =>
    decideWarehouse(asked(warehouse(undefined, more), "t"), { ...nothing, discovery }, now)
  const made = (decision: ReturnType<typeof decideWarehouse>): Freight | undefined =>
    decision.actions.flatMap((each) => (each.type === "CreateFreight" ? [each.freight] : []))[0]

  test("holds the best of every subscription, and what is known of it", () => {
    const decision = discovered(found)
    const freight = made(decision)
    expect(freight).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^[0-9a-f]{40}$/),
        namespace: "shop",
        labels: { "kargo.akuity.io/alias": freight?.alias },
      },
      alias: expect.stringMatching(/^[a-z]+-[a-z]+$/),
      discoveredAt: at(0),
      origin: { kind: "Warehouse", name: "shop" },
      commits: [
        {
          repoURL: gitURL,
          id: "abc",
          branch: "main",
          tag: "v1",
          message: "one",
          author: "A <a@x>",
          committer: "C <c@x>",
          subscriptionName: "code",
        },
      ],
      images: [{ repoURL, tag: "v1", digest: "sha256:1", annotations: { a: "b" } }],
    })
    expect(decision.actions[0]?.key).toBe(`freight/${freight?.metadata.name}`)
    expect(decision).toMatchObject({
      wakeAt: now + 300_000,
      status: { lastHandledRefresh: "t", observedGeneration: 1, discoveredArtifacts: found },
    })
    expect(decision.status).not.toHaveProperty("lastFreightID")
    expect(conditionsOf(decision)).toEqual({
      Healthy: "True ArtifactsDiscovered",
      Ready: "True ArtifactsDiscovered",
    })
  })

  test("is asked for until it is there, then noted; deleted, it is made again", () => {
    const first = discovered(found)
    const recorded = asked(warehouse(first.status), "t")
    expect(decideWarehouse(recorded, nothing, now).actions).toHaveLength(1)
    const freight = made(first)
    const there = decideWarehouse(
      recorded,
      { freight: freight === undefined ? [] : [freight] },
      now,
    )
    expect(there.actions).toEqual([])
    expect(there.status.lastFreightID).toBe(freight?.metadata.name)
    expect(conditionsOf(there)["FreightCreated"]).toBe("False AlreadyExists")
    const gone = decideWarehouse({ ...recorded, status: there.status }, nothing, now)
    expect(made(gone)?.metadata.name).toBe(freight?.metadata.name)
    expect(conditionsOf(gone)).not.toHaveProperty("FreightCreated")
  })

  test("has an alias that nobody else has", () => {
    const first = made(discovered(found))
    const other = { metadata: { name: "other" }, alias: first?.alias ?? "" }
    const decision = decideWarehouse(warehouse(), { freight: [other], discovery: found }, now)
    expect(made(decision)?.alias).not.toBe(first?.alias)
  })

  const empty: readonly (readonly [string, DiscoveredArtifacts, string, string])[] = [
    ["nothing", {}, "MissingArtifacts", "MissingArtifacts"],
    [
      "no commits",
      { ...found, git: [{ repoURL: gitURL, commits: [] }] },
      "NoCommitsDiscovered",
      "MissingCommits",
    ],
    [
      "no images",
      { ...found, images: [{ repoURL, references: [] }] },
      "NoImageReferencesDiscovered",
      "MissingImageReferences",
    ],
  ]
  test.each(empty)("%s makes none, and says so", (_title, discovery, healthy, ready) => {
    const decision = discovered(discovery)
    expect(decision.actions).toEqual([])
    expect(conditionsOf(decision)).toEqual({ Healthy: `False ${healthy}`, Ready: `False ${ready}` })
    expect(findCondition(decision.status.conditions, "Ready")?.message).toMatch(/found/)
  })

  test("is not made by a Warehouse that leaves it to people", () => {
    const decision = discovered(found, { freightCreationPolicy: "Manual" })
    expect(decision.actions).toEqual([])
    expect(conditionsOf(decision)["Ready"]).toBe("True ArtifactsDiscovered")
  })

  const type = "FreightCreationCriteriaSatisfied"
  const criteria: readonly (readonly [string, boolean | undefined, string | undefined])[] = [
    ["", true, undefined],
    ["true", true, "True CriteriaSatisfied"],
    ["'t'", true, "True CriteriaSatisfied"],
    ["0", false, "False CriteriaNotSatisfied"],
    [`imageFrom('${repoURL}').Tag == commitFrom('${gitURL}').Tag`, true, "True CriteriaSatisfied"],
    [`imageFrom('other') == nil`, true, "True CriteriaSatisfied"],
    [`commitFrom('${gitURL}').ID == 'old'`, false, "False CriteriaNotSatisfied"],
    [`imageFrom('${repoURL}', warehouse('shop'))`, undefined, undefined],
    [`imageFrom('${repoURL}', 'x')`, undefined, undefined],
    ["nope", undefined, undefined],
    ["'maybe'", undefined, undefined],
    ["chartFrom('x')", undefined, undefined],
  ]
  test.each(criteria)("criteria %s", (expression, isMade, expected) => {
    const decision = discovered(found, { freightCreationCriteria: { expression } })
    expect(decision.actions).toHaveLength(isMade === true ? 1 : 0)
    expect(conditionsOf(decision)[type]).toBe(expected)
    const broken = "False CriteriaEvaluationFailed"
    if (isMade === undefined)
      expect(conditionsOf(decision)).toEqual({ Healthy: broken, Ready: broken })
  })

  test("criteria that are gone leave nothing behind", () => {
    const unmet = discovered(found, { freightCreationCriteria: { expression: "false" } })
    const free = decideWarehouse(warehouse(unmet.status), nothing, now)
    expect(conditionsOf(free)).not.toHaveProperty(type)
    expect(free.actions).toHaveLength(1)
  })
})
