import { epochMs, formatInstant } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { Promotion } from "../api/promotion.js"
import type { StageStatus } from "../api/stage.js"
import { comparePromotions, isTerminal } from "./references.js"
import {
  currentCollection,
  effectiveHolds,
  isVerificationOver,
  replay,
  unseenPromotions,
  withVerification,
} from "./stage-history.js"

const start = epochMs(1_767_603_600_000)
const at = (minutes: number): string => formatInstant(epochMs(start + minutes * 60_000))
const origin = { kind: "Warehouse", name: "shop" } as const
const promotion = (
  name: string,
  status: Promotion["status"],
  metadata: Promotion["metadata"] = {},
): Promotion => ({
  apiVersion: "kargo.akuity.io/v1alpha1",
  kind: "Promotion",
  metadata: { name, creationTimestamp: at(0), ...metadata },
  spec: { stage: "dev", freight: "f" },
  ...(status === undefined ? {} : { status }),
})
const names = (list: readonly Promotion[]) => list.map(({ metadata }) => metadata.name)

describe("what a Stage has not taken note of", () => {
  const done = { phase: "Succeeded" } as const
  const list = ["c", "a", "b"].map((name) => promotion(name, done))

  test("is what ended after the last it knows, oldest first", () => {
    expect(names(unseenPromotions({}, list))).toEqual(["a", "b", "c"])
    expect(names(unseenPromotions({ lastPromotion: { name: "a" } }, list))).toEqual(["b", "c"])
    expect(names(unseenPromotions({ lastPromotion: { name: "c" } }, list))).toEqual([])
    const running = [...list, promotion("d", { phase: "Running" }), promotion("e", undefined)]
    expect(names(unseenPromotions({ lastPromotion: { name: "b" } }, running))).toEqual(["c"])
  })

  test("goes by name where the last one is gone", () => {
    expect(names(unseenPromotions({ lastPromotion: { name: "aa" } }, list))).toEqual(["b", "c"])
    expect(names(unseenPromotions({ lastPromotion: { name: "d" } }, list))).toEqual([])
    const nameless = { ...promotion("", done), metadata: {} }
    expect(unseenPromotions({ lastPromotion: { name: "a" } }, [nameless])).toEqual([])
  })

  test("is ordered by age, then by name", () => {
    const old = promotion("z", done, { creationTimestamp: at(-1) })
    const { creationTimestamp: _none, ...undated } = promotion("y", done).metadata
    expect(
      names([...list, old, { ...old, metadata: undated }].toSorted(comparePromotions)),
    ).toEqual(["y", "z", "a", "b", "c"])
  })
})

describe("taking note of a promotion", () => {
  const collection = (id: string) => ({ id, items: { "Warehouse/shop": { name: "f", origin } } })
  const ended: Promotion["status"] = {
    phase: "Succeeded",
    message: "fine",
    freight: { name: "f", origin },
    freightCollection: collection("c1"),
    healthChecks: [{ uses: "argocd-update" }],
    finishedAt: at(5),
    currentStep: 3,
  }

  test("keeps what a Stage needs of it, and puts its collection in front", () => {
    const before: StageStatus = {
      health: { status: "Healthy" },
      freightHistory: [collection("c0")],
      freightSummary: "x",
    }
    expect(replay(before, promotion("p", ended))).toEqual({
      freightSummary: "x",
      autoPromotionHolds: {},
      lastPromotion: {
        name: "p",
        freight: { name: "f", origin },
        finishedAt: at(5),
        status: {
          phase: "Succeeded",
          message: "fine",
          freightCollection: collection("c1"),
          healthChecks: [{ uses: "argocd-update" }],
        },
      },
      freightHistory: [collection("c1"), collection("c0")],
    })
  })

  test("one that says little gives little, and leaves history and health", () => {
    const before: StageStatus = {
      health: { status: "Healthy" },
      freightHistory: [collection("c0")],
    }
    const failed = replay(before, promotion("p", { phase: "Failed" }))
    expect(failed).toStrictEqual({
      ...before,
      autoPromotionHolds: {},
      lastPromotion: { name: "p", status: { phase: "Failed" } },
    })
    expect(replay({}, promotion("p", { phase: "Succeeded" }))).toStrictEqual({
      autoPromotionHolds: {},
      lastPromotion: { name: "p", status: { phase: "Succeeded" } },
    })
    const withCollection = replay(before, promotion("p", { ...ended, phase: "Failed" }))
    expect(withCollection.freightHistory).toEqual(before.freightHistory)
  })

  test("an abort before it began inherits the collection; one that had begun keeps its own", () => {
    const before = replay({}, promotion("a", ended))
    const aborted = replay(before, promotion("b", { phase: "Aborted" }))
    expect(aborted.lastPromotion?.status).toEqual({
      phase: "Aborted",
      freightCollection: collection("c1"),
    })
    const own = { phase: "Aborted", freightCollection: collection("c2") } as const
    expect(replay(before, promotion("b", own)).lastPromotion?.status?.freightCollection?.id).toBe(
      "c2",
    )
    const first = replay({}, promotion("b", { phase: "Aborted" }))
    expect(first.lastPromotion?.status).toEqual({ phase: "Aborted" })
    const failed = replay(before, promotion("b", { phase: "Failed" }))
    expect(failed.lastPromotion?.status).toEqual({ phase: "Failed" })
  })
})

describe("holds", () => {
  const hold = { "kargo.akuity.io/auto-promotion-hold": "Warehouse/shop" }
  const resume = { "kargo.akuity.io/auto-promotion-resume": "Warehouse/shop" }
  const of = (name: string, annotations: object, phase?: "Aborted") =>
    promotion(name, phase === undefined ? undefined : { phase }, {
      annotations: { ...annotations },
    })

  test("come with a choice and go with its withdrawal, the newest last", () => {
    const held = effectiveHolds({}, [of("a", hold)])
    expect(held).toEqual({
      "Warehouse/shop": {
        freightName: "f",
        origin,
        promotionName: "a",
        actor: "",
        createdAt: at(0),
      },
    })
    expect(effectiveHolds({}, [of("b", resume), of("a", hold)])).toEqual({})
    expect(Object.keys(effectiveHolds({}, [of("a", resume), of("b", hold)]))).toEqual([
      "Warehouse/shop",
    ])
    expect(effectiveHolds({}, [of("a", hold, "Aborted")])).toEqual({})
    expect(effectiveHolds({ lastPromotion: { name: "a" } }, [of("a", hold)])).toEqual({})
    const other = { "Warehouse/other": { freightName: "x" } }
    expect(effectiveHolds({ autoPromotionHolds: other }, [of("a", resume)])).toEqual(other)
  })

  test("of what is no origin has none", () => {
    const odd = { "kargo.akuity.io/auto-promotion-hold": "__proto__" }
    const holds = effectiveHolds({}, [of("a", odd)])
    expect(Object.keys(holds)).toEqual(["__proto__"])
    expect(Object.values(holds)[0]).not.toHaveProperty("origin")
  })
})

test("verifications: the newest is replaced by id, else put in front; ten are kept", () => {
  const info = (id: string, phase = "Running") => ({ id, phase })
  const status: StageStatus = {
    freightHistory: [
      { id: "c", items: {}, verificationHistory: [info("1")] },
      { id: "old", items: {} },
    ],
  }
  const replaced = withVerification(status, info("1", "Failed"))
  expect(currentCollection(replaced)?.verificationHistory).toEqual([info("1", "Failed")])
  let added = status
  for (let index = 2; index < 15; index++) added = withVerification(added, info(String(index)))
  expect(currentCollection(added)?.verificationHistory?.map(({ id }) => id)).toEqual(
    Array.from({ length: 10 }, (_, index) => String(14 - index)),
  )
  expect(added.freightHistory?.[1]).toEqual({ id: "old", items: {} })
  expect(withVerification({}, info("1"))).toEqual({})
})

test.each([
  ["Successful", true],
  ["Failed", true],
  ["Error", true],
  ["Inconclusive", true],
  ["Aborted", true],
  ["Running", false],
  ["Pending", false],
  ["", false],
])("a verification that is %j is over: %s", (phase, expected) => {
  expect(isVerificationOver({ id: "x", phase })).toBe(expected)
})

test.each([
  ["Succeeded", true],
  ["Failed", true],
  ["Errored", true],
  ["Aborted", true],
  ["Running", false],
  ["Pending", false],
] as const)("a promotion that is %s is over: %s", (phase, expected) => {
  expect(isTerminal(promotion("p", { phase }))).toBe(expected)
  expect(isTerminal(promotion("p", undefined))).toBe(false)
})
