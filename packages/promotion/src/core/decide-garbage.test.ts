import { epochMs, formatInstant } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { Freight } from "../api/freight.js"
import type { Promotion } from "../api/promotion.js"
import { freightFixture, promotionFixture, stageFixture } from "../testing/index.js"
import { decideGarbage } from "./decide-garbage.js"

const now = epochMs(1_767_603_600_000)
const hourMs = 3_600_000
const ago = (hours: number): string => formatInstant(epochMs(now - hours * hourMs))
const name = (index: number): string => String(index).padStart(3, "0")

const promotions = (count: number, hours: (index: number) => number, stage = "dev"): Promotion[] =>
  Array.from({ length: count }, (_, index) => {
    const fixture = promotionFixture(stageFixture(stage, {}), freightFixture("a"), "Succeeded")
    const metadata = { name: `${stage}.${name(index)}`, creationTimestamp: ago(hours(index)) }
    return { ...fixture, metadata }
  })
const freight = (count: number, status?: (index: number) => Freight["status"]): Freight[] =>
  Array.from({ length: count }, (_, index) => {
    const { status: _status, ...fixture } = freightFixture("a")
    const metadata = { name: name(index), creationTimestamp: ago(1000 + index) }
    const given = status?.(index)
    return { ...fixture, metadata, ...(given === undefined ? {} : { status: given }) }
  })
const names = (observed: Parameters<typeof decideGarbage>[0]): readonly string[] =>
  decideGarbage(observed, now).actions.map((action) => action.name)

describe("old Promotions and Freight", () => {
  test("the twenty newest of a Stage stay, the rest goes once it is fourteen days old", () => {
    expect(names({ promotions: promotions(20, () => 1000), freight: [] })).toEqual([])
    const all = promotions(23, (index) => 1000 - index)
    expect(names({ promotions: all, freight: [] })).toEqual(["dev.000", "dev.001", "dev.002"])
    const young = promotions(23, (index) => 337 - index)
    expect(names({ promotions: young, freight: [] })).toEqual(["dev.000", "dev.001"])
    const two = [...promotions(20, () => 1000), ...promotions(20, () => 1000, "qa")]
    expect(names({ promotions: two, freight: [] })).toEqual([])
  })

  test("what is not older than one that still runs stays, and twenty more", () => {
    const all = promotions(50, (index) => 1000 + index)
    const running = all.with(10, { ...all[10]!, status: { phase: "Running" } })
    const expected = Array.from({ length: 19 }, (_, index) => `dev.${name(31 + index)}`)
    expect(names({ promotions: running, freight: [] })).toEqual(expected)
  })

  test("the same for Freight of a Warehouse, and what is in a Stage", () => {
    expect(names({ promotions: [], freight: freight(22) })).toEqual(["020", "021"])
    const current = freight(30, (index) => (index === 5 ? { currentlyIn: { dev: {} } } : undefined))
    expect(names({ promotions: [], freight: current })).toEqual(["026", "027", "028", "029"])
    const left = freight(22, () => ({ currentlyIn: {}, verifiedIn: { dev: {} } }))
    expect(names({ promotions: [], freight: left })).toEqual(["020", "021"])
    const other = { kind: "Warehouse", name: "other" } as const
    const two = [...freight(20), ...freight(20).map((each) => ({ ...each, origin: other }))]
    expect(names({ promotions: [], freight: two })).toEqual([])
  })

  test("names what it does, and looks again a day later", () => {
    const decision = decideGarbage(
      { promotions: promotions(21, () => 1000), freight: freight(21) },
      now,
    )
    expect(decision).toEqual({
      actions: [
        { type: "DeleteFreight", key: "DeleteFreight/020", name: "020" },
        { type: "DeletePromotion", key: "DeletePromotion/dev.000", name: "dev.000" },
      ],
      wakeAt: now + 24 * hourMs,
    })
  })

  test("what does not say when it was created is new", () => {
    const all = promotions(21, () => 1000).map(({ metadata, ...rest }) => ({
      ...rest,
      metadata: { name: metadata.name ?? "" },
    }))
    expect(names({ promotions: all, freight: [] })).toEqual([])
  })
})

const observedGarbage = fc
  .array(
    fc.record({ hours: fc.nat(2000), isOver: fc.boolean(), stage: fc.constantFrom("a", "b") }),
    {
      maxLength: 60,
    },
  )
  .map((list) => ({
    freight: [],
    promotions: list.map(({ hours, isOver, stage }, index): Promotion => {
      const fixture = promotionFixture(stageFixture(stage, {}), freightFixture("a"), "Failed")
      const metadata = { name: name(index), creationTimestamp: ago(hours) }
      return { ...fixture, metadata, status: { phase: isOver ? "Failed" : "Pending" } }
    }),
  }))

property.prop([observedGarbage])(
  "the order does not matter, what runs stays, and once is enough",
  (observed) => {
    const before = JSON.stringify(observed)
    const first = decideGarbage(observed, now)
    expect(JSON.stringify(observed)).toBe(before)
    const turned = { ...observed, promotions: observed.promotions.toReversed() }
    expect(decideGarbage(turned, now)).toEqual(first)
    const gone = new Set(first.actions.map((action) => action.name))
    const left = observed.promotions.filter(({ metadata }) => !gone.has(metadata.name ?? ""))
    expect(decideGarbage({ ...observed, promotions: left }, now).actions).toEqual([])
    for (const { metadata, status } of observed.promotions)
      if (status?.phase === "Pending") expect(gone.has(metadata.name ?? "")).toBe(false)
  },
)
