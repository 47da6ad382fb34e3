import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { JsonObject } from "../json.js"
import type { ManagedFieldsEntry } from "../object.js"
import { mergeSchemaOf } from "../schemas/index.js"
import { applyOrder } from "./ordering.js"
import { serverSideApply } from "./server-side-apply.js"
import { trackUpdate } from "./track-update.js"

const schema = mergeSchemaOf("v1", "ConfigMap")
const start = { metadata: {} }
const at = (second: number): string => `2026-01-01T00:00:${`${second}`.padStart(2, "0")}Z`

function update(
  manager: string,
  before: JsonObject,
  after: JsonObject,
  second = 0,
): readonly ManagedFieldsEntry[] {
  const writer = { manager, apiVersion: "v1" }
  return trackUpdate({ schema, before, after, manager: writer, now: at(second) })
}

function withEntries(object: JsonObject, managedFields: readonly ManagedFieldsEntry[]): JsonObject {
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), managedFields } as never }
}

describe("an update", () => {
  test("owns the maps that it makes, not those that were there", () => {
    const made = update("U", start, { metadata: { labels: { a: "1" } }, data: { x: "1" } })
    expect(made[0]?.fieldsV1).toEqual({
      "f:data": { ".": {}, "f:x": {} },
      "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
    })
    const before = { metadata: { managedFields: made as never }, data: { x: "1" } }
    const more = update("V", before, { ...before, data: { x: "1", y: "1" } })
    expect(more.find(({ manager }) => manager === "V")?.fieldsV1).toEqual({
      "f:data": { "f:y": {} },
    })
  })

  test("goes on from the entries it is given", () => {
    const given = update("U", start, { metadata: {}, data: { x: "1" } })
    const before = { metadata: { managedFields: [] }, data: { x: "1" } }
    const after = { metadata: {}, data: { x: "1" } }
    const manager = { manager: "V", apiVersion: "v1" }
    expect(trackUpdate({ schema, before, after, entries: given, manager, now: at(0) })).toBe(given)
  })
})

describe("too many writers", () => {
  const writers = (count: number, versionOf: (index: number) => string): ManagedFieldsEntry[] => {
    let object: JsonObject = start
    for (let index = 0; index < count; index++) {
      const data = { ...(object["data"] as JsonObject), [`k${index}`]: "1" }
      const manager = { manager: `m${`${index}`.padStart(2, "0")}`, apiVersion: versionOf(index) }
      const after = { ...object, data }
      const entries = trackUpdate({ schema, before: object, after, manager, now: at(index) })
      object = withEntries(after, entries)
    }
    return (object["metadata"] as unknown as { managedFields: ManagedFieldsEntry[] }).managedFields
  }

  test("leave ten entries, the oldest in one under the time of its last", () => {
    const entries = writers(13, () => "v1")
    expect(entries.map(({ manager }) => manager)).toEqual([
      "ancient-changes",
      ...["04", "05", "06", "07", "08", "09", "10", "11", "12"].map((each) => `m${each}`),
    ])
    expect(entries[0]).toMatchObject({
      time: at(3),
      fieldsV1: { "f:data": { ".": {}, "f:k0": {}, "f:k3": {} } },
    })
  })

  test("are merged version by version", () => {
    const entries = writers(13, (index) => (index % 2 === 0 ? "v1" : "v2"))
    expect(entries).toHaveLength(10)
    const ancient = entries.filter(({ manager }) => manager === "ancient-changes")
    expect(ancient.map(({ apiVersion }) => apiVersion).toSorted()).toEqual(["v1", "v2"])
  })
})

describe("a list after an apply", () => {
  test.each([
    [
      ["a", "b"],
      ["a", "x"],
      ["a", "b", "x"],
    ],
    [
      ["a", "b"],
      ["x", "a"],
      ["x", "a", "b"],
    ],
    [["a", "b"], ["x"], ["a", "b", "x"]],
    [
      ["a", "b", "c"],
      ["b", "a"],
      ["b", "c", "a"],
    ],
    [
      ["s", "a", "b"],
      ["a", "x", "b"],
      ["s", "a", "x", "b"],
    ],
    [[], ["a"], ["a"]],
  ])("%j with %j is %j", (live, config, merged) => {
    expect(applyOrder(live, config)).toEqual(merged)
  })

  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"))
  property.prop([names, names])(
    "has every item once, those of the config and those of the server alone in their own orders",
    (live, config) => {
      const merged = applyOrder(live, config)
      expect(merged.toSorted()).toEqual([...new Set([...live, ...config])].toSorted())
      expect(merged.filter((item) => config.includes(item))).toEqual(config)
      const others = live.filter((item) => !config.includes(item))
      expect(merged.filter((item) => others.includes(item))).toEqual(others)
      expect(applyOrder(merged, config)).toEqual(merged)
    },
  )
})

describe("any history of writes", () => {
  const data = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2"))
  const write = fc.record({
    verb: fc.constantFrom("apply", "update"),
    manager: fc.constantFrom("A", "B", "C"),
    data,
  })

  function leavesOf({ fieldsV1 = {} }: ManagedFieldsEntry): string[] {
    const own = (fieldsV1 as { "f:data"?: JsonObject })["f:data"] ?? {}
    return Object.keys(own).filter((key) => key !== ".")
  }

  property.prop([fc.array(write, { maxLength: 12 })])(
    "every field has an owner, nobody owns what is not there, one update at most owns a field",
    (writes) => {
      let object: JsonObject = { metadata: {} }
      for (const [index, { verb, manager, data: wanted }] of writes.entries()) {
        const writer = { manager, apiVersion: "v1" }
        const now = at(index)
        if (verb === "update") {
          const after = { ...object, data: wanted }
          const before = object
          object = withEntries(after, trackUpdate({ schema, before, after, manager: writer, now }))
        } else {
          const hasEntries = Object.hasOwn(object["metadata"] as JsonObject, "managedFields")
          const live = hasEntries ? object : undefined
          const config = { data: wanted }
          const request = { schema, live, config, manager: writer, force: true, now }
          const outcome = serverSideApply(request)
          if (outcome.type !== "Applied") throw new Error(outcome.type)
          object = withEntries({ metadata: {}, ...outcome.object }, outcome.managedFields)
          const again = serverSideApply({ ...request, live: object, force: false })
          expect(again).toMatchObject({ type: "Applied", managedFields: outcome.managedFields })
        }
      }
      const { managedFields = [] } = object["metadata"] as { managedFields?: ManagedFieldsEntry[] }
      const fields = Object.keys((object["data"] ?? {}) as JsonObject).map((key) => `f:${key}`)
      const owned = new Set(managedFields.flatMap(leavesOf))
      expect([...owned].toSorted()).toEqual(fields.toSorted())
      const updates = managedFields.filter(({ operation }) => operation === "Update")
      const claims = updates.flatMap(leavesOf)
      expect(new Set(claims).size).toBe(claims.length)
    },
  )
})
