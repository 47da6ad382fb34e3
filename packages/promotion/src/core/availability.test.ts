import { epochMs, formatInstant } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { freightFixture, stageFixture } from "../testing/index.js"
import { availabilityOf } from "./availability.js"
import { isAutoPromoted } from "./candidates.js"
import { promotionCreationCheck } from "./create-promotion.js"

const now = epochMs(1_767_603_600_000)
const ago = (minutes: number): string => formatInstant(epochMs(now - minutes * 60_000))
const inDev = (minutes: number, verified = true) =>
  freightFixture("v1", {
    currentlyIn: { dev: { since: ago(minutes) } },
    ...(verified ? { verifiedIn: { dev: { verifiedAt: ago(1) } } } : {}),
  })

describe("availability", () => {
  test("direct, approved, by hand only", () => {
    expect(
      availabilityOf(stageFixture("dev", { direct: true }), freightFixture("v1"), now).reason,
    ).toBe("Direct")
    expect(availabilityOf(stageFixture("prod", {}), freightFixture("v1"), now).reason).toBe(
      "NeedsApproval",
    )
    const approved = freightFixture("v1", { approvedFor: { prod: {} } })
    expect(availabilityOf(stageFixture("prod", { stages: ["dev"] }), approved, now).reason).toBe(
      "Approved",
    )
  })
  test("verified upstream, and soaked from arrival on", () => {
    const stage = stageFixture("prod", { stages: ["dev"], requiredSoakTime: "30m" })
    expect(availabilityOf(stage, inDev(10, false), now).reason).toBe("NotVerified")
    expect(availabilityOf(stage, inDev(10), now)).toMatchObject({
      reason: "Soaking",
      at: now + 20 * 60_000,
    })
    expect(availabilityOf(stage, inDev(30), now).isAvailable).toBe(true)
    const left = freightFixture("v1", { verifiedIn: { dev: { longestSoak: "31m0s" } } })
    expect(availabilityOf(stage, left, now).isAvailable).toBe(true)
    expect(promotionCreationCheck(stage, inDev(10), now).message).toBe(
      "Freight alias-v1 must soak 30m in dev before Stage prod, until 2026-01-05T09:20:00Z",
    )
  })
  test("not asked for, or of another namespace", () => {
    const stage = stageFixture("prod", { direct: true })
    const none = { isAvailable: false, reason: "NotRequested", stages: [] }
    const origin = { kind: "Warehouse", name: "other" } as const
    expect(availabilityOf(stage, { ...freightFixture("v1"), origin }, now)).toEqual(none)
    const metadata = { name: "f", namespace: "elsewhere" }
    expect(availabilityOf(stage, { ...freightFixture("v1"), metadata }, now)).toEqual(none)
  })
  test("one of several is enough: the first to have soaked counts", () => {
    const stages = ["dev", "qa", "pre"]
    const stage = stageFixture("prod", { stages, requiredSoakTime: "30m" })
    const status = {
      currentlyIn: { dev: { since: ago(10) }, qa: { since: ago(20) } },
      verifiedIn: { dev: {}, qa: {} },
    }
    expect(availabilityOf(stage, freightFixture("v1", status), now)).toEqual({
      isAvailable: false,
      reason: "Soaking",
      stages: ["dev", "qa"],
      at: now + 10 * 60_000,
    })
    const all = stageFixture("prod", {
      stages: ["dev", "qa"],
      requiredSoakTime: "30m",
      availabilityStrategy: "All",
    })
    expect(availabilityOf(all, freightFixture("v1", status), now)).toMatchObject({
      reason: "Soaking",
      at: now + 20 * 60_000,
    })
    const unsoaked = freightFixture("v1", { verifiedIn: { dev: { longestSoak: "x" }, qa: {} } })
    expect(availabilityOf(all, unsoaked, now)).toEqual({
      isAvailable: false,
      reason: "NotSoaked",
      stages: ["dev", "qa"],
    })
    const half = freightFixture("v1", { verifiedIn: { dev: {} } })
    expect(availabilityOf(all, half, now)).toEqual({
      isAvailable: false,
      reason: "NotVerified",
      stages: ["qa"],
    })
    expect(availabilityOf(stage, freightFixture("v1"), now)).toEqual({
      isAvailable: false,
      reason: "NotVerified",
      stages,
    })
    expect(availabilityOf(stage, half, now)).toMatchObject({ reason: "NotSoaked", stages: ["dev"] })
  })
  test("an empty strategy is that of one; without a soak being verified is enough", () => {
    const sources = { stages: ["dev", "qa"], availabilityStrategy: "" } as const
    const verified = freightFixture("v1", { verifiedIn: { qa: {} } })
    expect(availabilityOf(stageFixture("prod", sources), verified, now)).toEqual({
      isAvailable: true,
      reason: "VerifiedUpstream",
    })
  })
  test("all of several upstream Stages; none listed is all", () => {
    const all = (stages: string[]) => stageFixture("prod", { stages, availabilityStrategy: "All" })
    expect(availabilityOf(all(["dev", "qa"]), inDev(1), now)).toMatchObject({
      isAvailable: false,
      stages: ["qa"],
    })
    expect(availabilityOf(all([]), freightFixture("v1"), now).isAvailable).toBe(true)
  })
})

test("the first policy that matches decides", () => {
  const config = (policies: readonly object[]) => ({
    apiVersion: "",
    kind: "",
    metadata: {},
    spec: { promotionPolicies: policies },
  })
  const stage = stageFixture("dev-eu", { direct: true })
  expect(isAutoPromoted(stage, undefined)).toBe(false)
  expect(
    isAutoPromoted(
      stage,
      config([{ stageSelector: { name: "glob:dev-*" }, autoPromotionEnabled: true }]),
    ),
  ).toBe(true)
  expect(
    isAutoPromoted(
      stage,
      config([
        { stageSelector: { name: "regex:^dev" } },
        { stage: "dev-eu", autoPromotionEnabled: true },
      ]),
    ),
  ).toBe(false)
  expect(
    isAutoPromoted(
      stage,
      config([{ stageSelector: { matchLabels: { a: "b" } }, autoPromotionEnabled: true }]),
    ),
  ).toBe(false)
})
