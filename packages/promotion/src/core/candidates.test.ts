import { epochMs, formatInstant } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { Freight } from "../api/freight.js"
import type { PromotionPolicy } from "../api/project.js"
import type { FreightSources } from "../api/stage.js"
import { freightFixture, stageFixture } from "../testing/index.js"
import { availableFreight, candidateFor, isAutoPromoted, nextAvailableAt } from "./candidates.js"

const now = epochMs(1_767_603_600_000)
const at = (minutes: number): string => formatInstant(epochMs(now + minutes * 60_000))
const found = (tag: string, minute: number, status?: Freight["status"]): Freight => ({
  ...freightFixture(tag, status),
  discoveredAt: at(minute),
})
const tagOf = (freight: Freight | undefined) => freight?.images?.[0]?.tag
const of = (sources: FreightSources, freight: readonly Freight[]) => {
  const stage = stageFixture("prod", sources)
  const [request] = stage.spec.requestedFreight
  return {
    all: availableFreight(stage, request!, freight, now).map(tagOf),
    next: tagOf(candidateFor(stage, request!, freight, now)),
  }
}

describe("the next candidate", () => {
  test("is the newest that is available, of the origin asked for; equal ones go by name", () => {
    const other: Freight = { ...found("x", 9), origin: { kind: "Warehouse", name: "other" } }
    const list = [found("a", 1), found("b", 3), found("c", 2), other]
    expect(of({ direct: true }, list)).toEqual({ all: ["b", "c", "a"], next: "b" })
    expect(of({}, list)).toEqual({ all: [], next: undefined })
    const same = [found("a", 1), found("b", 1)]
    const [last] = same.toSorted((left, right) =>
      (left.metadata.name ?? "") < (right.metadata.name ?? "") ? 1 : -1,
    )
    expect(of({ direct: true }, same).next).toBe(tagOf(last))
    const undated = { ...freightFixture("u") }
    const created: Freight = {
      ...undated,
      metadata: { ...undated.metadata, creationTimestamp: at(5) },
    }
    expect(of({ direct: true }, [...list, created, freightFixture("z")]).all).toEqual([
      "u",
      "b",
      "c",
      "a",
      "z",
    ])
  })

  test("with MatchUpstream is what the upstream Stage has, if that is one", () => {
    const match: FreightSources = {
      stages: ["qa"],
      autoPromotionOptions: { selectionPolicy: "MatchUpstream" },
    }
    const verified = { verifiedIn: { qa: {} } }
    const there = { ...verified, currentlyIn: { qa: { since: at(0) } } }
    expect(of(match, [found("a", 1, there), found("b", 2, verified)]).next).toBe("a")
    expect(of(match, [found("a", 1, verified), found("b", 2, verified)]).next).toBeUndefined()
    expect(of(match, [found("a", 1, there), found("b", 2, there)]).next).toBeUndefined()
    const approved = { approvedFor: { prod: {} } }
    expect(of(match, [found("a", 1, approved)])).toEqual({ all: ["a"], next: undefined })
    const elsewhere = { ...verified, currentlyIn: { dev: { since: at(0) } } }
    expect(of(match, [found("a", 1, elsewhere)]).next).toBeUndefined()
    const newest: FreightSources = {
      stages: ["qa"],
      autoPromotionOptions: { selectionPolicy: "NewestFreight" },
    }
    expect(of(newest, [found("a", 1, there), found("b", 2, verified)]).next).toBe("b")
  })
})

test("the next instant at which waiting helps is that of the first", () => {
  const stage = stageFixture("prod", { stages: ["qa"], requiredSoakTime: "30m" })
  const since = (minute: number): Freight["status"] => ({
    currentlyIn: { qa: { since: at(minute) } },
    verifiedIn: { qa: {} },
  })
  const list = [
    found("a", 0, since(-10)),
    found("b", 0, since(-20)),
    found("c", 0),
    found("d", 0, since(-40)),
  ]
  expect(nextAvailableAt(stage, list, now)).toBe(now + 10 * 60_000)
  expect(nextAvailableAt(stage, [found("c", 0)], now)).toBeUndefined()
  expect(nextAvailableAt(stage, [], now)).toBeUndefined()
})

describe("whether a Stage is promoted to by itself", () => {
  const stage = {
    ...stageFixture("dev-eu", {}),
    metadata: { name: "dev-eu", namespace: "shop", labels: { tier: "dev" } },
  }
  const auto = (...policies: readonly PromotionPolicy[]): boolean =>
    isAutoPromoted(stage, {
      apiVersion: "",
      kind: "",
      metadata: {},
      spec: { promotionPolicies: policies },
    })
  const on = { autoPromotionEnabled: true } as const
  const rows: readonly (readonly [string, boolean, boolean])[] = [
    ["by name", auto({ stage: "dev-eu", ...on }), true],
    ["by another name", auto({ stage: "dev", ...on }), false],
    ["by an exact selector", auto({ stageSelector: { name: "dev-eu" }, ...on }), true],
    ["by a part of the name", auto({ stageSelector: { name: "dev" }, ...on }), false],
    ["by a glob", auto({ stageSelector: { name: "glob:dev-*" }, ...on }), true],
    ["by another glob", auto({ stageSelector: { name: "glob:prod-*" }, ...on }), false],
    ["by a pattern", auto({ stageSelector: { name: "regex:eu$" }, ...on }), true],
    ["by another pattern", auto({ stageSelector: { name: "regexp:^eu" }, ...on }), false],
    ["by a broken pattern", auto({ stageSelector: { name: "regex:(" }, ...on }), false],
    ["by labels", auto({ stageSelector: { matchLabels: { tier: "dev" } }, ...on }), true],
    ["by other labels", auto({ stageSelector: { matchLabels: { tier: "prod" } }, ...on }), false],
    [
      "by name and labels",
      auto({ stageSelector: { name: "glob:dev-*", matchLabels: { tier: "prod" } }, ...on }),
      false,
    ],
    ["by an empty name", auto({ stageSelector: { name: "" }, ...on }), true],
    [
      "by an expression over labels",
      auto({
        stageSelector: { matchExpressions: [{ key: "tier", operator: "In", values: ["dev"] }] },
        ...on,
      }),
      true,
    ],
    ["where the policy does not say so", auto({ stage: "dev-eu" }), false],
    ["by the first that fits", auto({ stage: "dev-eu" }, { stage: "dev-eu", ...on }), false],
    ["without a policy", auto(), false],
    ["without settings", isAutoPromoted(stage, undefined), false],
  ]
  test.each(rows)("%s", (_title, found_, expected) => expect(found_).toBe(expected))
})
