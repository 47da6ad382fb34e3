import { describe, expect, test } from "vitest"
import {
  causes,
  definition,
  definitions,
  key,
  type Loose,
  open,
  refusal,
  serving,
  text,
  widget,
  widgets,
} from "./custom-world.js"

describe("objects of a definition", () => {
  test("lose unknown fields, or are refused with them", async () => {
    const sim = await serving({
      color: text,
      any: open,
      partly: { ...open, properties: { known: { type: "object", properties: { a: text } } } },
      raw: { ...open, "x-kubernetes-embedded-resource": true },
    })
    const raw = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { x: 1 } }
    const spec = {
      color: "red",
      size: 1,
      any: { deep: [1] },
      partly: { known: { a: "1", b: "2" }, other: 1 },
      raw,
    }
    const created = await sim.cluster.create(widgets, { ...widget(spec), extra: true } as Loose)
    expect(created.spec).toEqual({
      color: "red",
      any: { deep: [1] },
      partly: { known: { a: "1" }, other: 1 },
      raw,
    })
    expect("extra" in created).toBe(false)
    const strict = sim.cluster.create(widgets, widget({ size: 1, colour: "x" }, "b"), {
      fieldValidation: "Strict",
    })
    expect(await refusal(strict)).toMatchObject({
      code: "BadRequest",
      message:
        'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.size", unknown field "spec.colour"',
    })
    const bare = sim.cluster.create(widgets, widget({ raw: { spec: {} } }, "c"))
    expect(await causes(bare)).toEqual([
      "spec.raw.apiVersion: Required value: must not be empty",
      "spec.raw.kind: Required value: must not be empty",
    ])
  })

  test("get defaults where the object around them exists", async () => {
    const inner = { type: "object", properties: { a: { ...text, default: "A" } } }
    const sim = await serving({
      color: { ...text, default: "red" },
      absent: inner,
      given: { ...inner, default: {} },
      nothing: { ...text, nullable: true, default: "x" },
      replaced: { ...text, default: "y" },
      dropped: text,
      list: { type: "array", items: inner },
    })
    const spec = { nothing: null, replaced: null, dropped: null, list: [{}, { a: "B" }] }
    expect((await sim.cluster.create(widgets, widget(spec))).spec).toEqual({
      color: "red",
      given: { a: "A" },
      nothing: null,
      replaced: "y",
      list: [{ a: "A" }, { a: "B" }],
    })
    expect((await sim.cluster.create(widgets, widget(undefined, "b"))).spec).toBeUndefined()
  })

  test("are refused with every mistake at once, and the rules are not asked then", async () => {
    const sim = await serving(
      {
        size: { type: "integer", maximum: 10, minimum: 1 },
        color: { ...text, enum: ["red", "blue"] },
        short: { ...text, maxLength: 5 },
        pattern: { ...text, pattern: "^a+$" },
        when: { ...text, format: "date-time" },
        list: { type: "array", items: text, maxItems: 1 },
        port: { "x-kubernetes-int-or-string": true },
      },
      { required: ["must"], "x-kubernetes-validations": [{ rule: "self.size > 0" }] },
    )
    const spec = {
      size: 50,
      color: "green",
      short: "abcdef",
      pattern: "b",
      when: "nope",
      list: "x",
      port: true,
    }
    const error = await refusal(sim.cluster.create(widgets, widget(spec)))
    expect(error.details.causes).toEqual([
      { field: "spec.must", reason: "FieldValueRequired", message: "Required value" },
      {
        field: "spec.size",
        reason: "FieldValueInvalid",
        message: "Invalid value: 50: spec.size in body should be less than or equal to 10",
      },
      {
        field: "spec.color",
        reason: "FieldValueNotSupported",
        message: 'Unsupported value: "green": supported values: "red", "blue"',
      },
      {
        field: "spec.short",
        reason: "FieldValueTooLong",
        message: "Too long: may not be more than 5 bytes",
      },
      {
        field: "spec.pattern",
        reason: "FieldValueInvalid",
        message: `Invalid value: "b": spec.pattern in body should match '^a+$'`,
      },
      {
        field: "spec.when",
        reason: "FieldValueTypeInvalid",
        message: 'Invalid value: "nope": spec.when in body must be of type date-time: "nope"',
      },
      {
        field: "spec.list",
        reason: "FieldValueTypeInvalid",
        message: 'Invalid value: "string": spec.list in body must be of type array: "string"',
      },
      {
        field: "spec.port",
        reason: "FieldValueTypeInvalid",
        message:
          'Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
      },
      {
        field: "<nil>",
        reason: "FieldValueInvalid",
        message:
          'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
      },
    ])
  })

  test("choose among schemas", async () => {
    const properties = { a: text, b: text }
    const sim = await serving({
      one: { type: "object", properties, oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      none: { type: "object", properties, not: { required: ["a"] } },
    })
    expect(
      await causes(
        sim.cluster.create(widgets, widget({ one: { a: "1", b: "1" }, none: { a: "1" } })),
      ),
    ).toEqual([
      'spec.one: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      'spec.none: Invalid value: "": "spec.none" must not validate the schema (not)',
    ])
  })

  test("may not have an item of a set or a map twice", async () => {
    const item = { type: "object", required: ["name"], properties: { name: text, v: text } }
    const sim = await serving({
      set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
      map: {
        type: "array",
        items: item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      },
    })
    const spec = { set: ["a", "a"], map: [{ name: "x" }, { name: "x", v: "1" }] }
    expect(await causes(sim.cluster.create(widgets, widget(spec)))).toEqual([
      'spec.set[1]: Duplicate value: "a"',
      'spec.map[1]: Duplicate value: {"name":"x"}',
    ])
  })

  test("keep what was accepted before the schema became stricter, until it changes", async () => {
    const sim = await serving({ size: { type: "integer" }, other: text })
    await sim.cluster.create(widgets, widget({ size: 50 }))
    const stricter = definition({ size: { type: "integer", maximum: 10 }, other: text })
    const current = await sim.cluster.get(definitions, { name: "widgets.example.com" })
    await sim.cluster.update(definitions, { ...stricter, metadata: current?.metadata ?? {} })
    const touch = { type: "merge", patch: { spec: { other: "x" } } } as const
    await sim.cluster.patch(widgets, key, touch)
    const grow = { type: "merge", patch: { spec: { size: 51 } } } as const
    expect(await causes(sim.cluster.patch(widgets, key, grow))).toHaveLength(1)
  })
})
