import { fc, test as property } from "@fast-check/vitest"
import { Ajv } from "ajv"
import { describe, expect, test } from "vitest"
import { formatIssue } from "../issue.js"
import type { SchemaBundle } from "./schema.js"
import { validate } from "./validate.js"

const bundle: SchemaBundle = {
  definitions: {
    Pipe: {
      type: "object",
      additionalProperties: false,
      required: ["name"],
      properties: {
        name: { type: "string", minLength: 1 },
        size: { type: ["number", "string"] },
        count: { type: "integer", minimum: 0 },
        mode: { enum: ["Open", "Closed"] },
        tags: { type: "object", additionalProperties: { type: "string" } },
        parts: { type: "array", items: { $ref: "#/definitions/Pipe" } },
        laser: { type: "string", unsupported: "no lasers in this version" },
        free: {},
        shape: {
          anyOf: [
            {
              type: "object",
              additionalProperties: false,
              properties: { round: { type: "boolean" } },
            },
            { type: "string" },
          ],
        },
      },
    },
  },
}

function lines(value: unknown): string[] {
  return validate(bundle, "Pipe", value).map((issue) => `${issue.code} ${formatIssue(issue)}`)
}

describe("validate", () => {
  test("lists every issue in the order of the document", () => {
    const value = {
      szie: 3,
      name: 4,
      mode: "open",
      laser: "red",
      tags: { a: 1, __proto__x: "fine" },
      parts: [{ name: "p", count: -1 }, { size: [] }],
      free: { anything: [1, { deep: true }] },
      shape: { round: "yes" },
    }
    expect(lines(value)).toEqual([
      'UnknownField szie: no such field (did you mean "size"?)',
      'InvalidValue name: expected a text, found the number 4 (write it in quotes: "4")',
      'InvalidValue mode: expected one of "Open", "Closed", found the text "open" (did you mean "Open"?)',
      "UnsupportedField laser: is not supported: no lasers in this version",
      'InvalidValue tags.a: expected a text, found the number 1 (write it in quotes: "1")',
      "InvalidValue parts[0].count: expected at least 0, found the number -1",
      "InvalidValue parts[1].name: is required, and missing",
      "InvalidValue parts[1].size: expected a number or a text, found a list",
      'InvalidValue shape.round: expected true or false, found the text "yes"',
    ])
  })

  test("null is the same as absent, except for what is required", () => {
    expect(lines({ name: "a", parts: null, laser: null })).toEqual([])
    expect(lines({ name: null })).toEqual(["InvalidValue name: is required, and missing"])
  })

  test("a whole number may be larger than 2^53; a fraction is none", () => {
    expect(lines({ name: "a", count: 2 ** 53 })).toEqual([])
    expect(lines({ name: "a", count: 1.5 })).toEqual([
      "InvalidValue count: expected a whole number, found the number 1.5",
    ])
  })

  test("a document nested too deep is one issue, not a crash, wherever it is", () => {
    let value: unknown = { name: "leaf" }
    for (let depth = 0; depth < 5000; depth++) value = { parts: [value], name: "n" }
    expect(lines(value)).toEqual([expect.stringMatching(/nested deeper than 256 levels$/)])
    let free: unknown = []
    for (let depth = 0; depth < 100_000; depth++) free = [free]
    expect(lines({ name: "a", free })).toEqual([
      expect.stringMatching(/nested deeper than 256 levels$/),
    ])
  })

  test("a document that contains itself is one issue that says where", () => {
    const whole: { [key: string]: unknown } = { name: "a", parts: [{ name: "b" }] }
    whole["parts"] = [{ name: "b" }, whole]
    expect(lines(whole)).toEqual([
      "EndlessValue parts[1]: contains itself: it is the whole document",
    ])
    const list: unknown[] = [1]
    list.push({ again: list, and: list })
    expect(lines({ name: "a", free: { list } })).toEqual([
      "EndlessValue free.list[1].again: contains itself: it is free.list",
    ])
  })

  test("what stands there twice does not contain itself", () => {
    const shared = { name: "b" }
    expect(lines({ name: "a", parts: [shared, shared, { name: "c", parts: [shared] }] })).toEqual(
      [],
    )
  })

  test("lists of the same list, again and again, are refused before they are walked", () => {
    let free: readonly unknown[] = [1]
    for (let level = 0; level < 60; level++) free = [free, free]
    expect(lines({ name: "a", free })).toEqual([
      "EndlessValue stands for more than 20000000 values",
    ])
  })

  test("keys of JavaScript's own are data", () => {
    const value = JSON.parse('{"name":"a","__proto__":{"x":1},"constructor":1}')
    expect(lines(value).map((line) => line.split(":")[0])).toEqual([
      "UnknownField __proto__",
      "UnknownField constructor",
    ])
  })
})

const withoutNulls = fc.letrec((tie) => ({
  pipe: fc.record(
    {
      name: fc.oneof(fc.string(), fc.integer()),
      size: fc.oneof(fc.integer(), fc.string(), fc.boolean()),
      count: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
      mode: fc.constantFrom("Open", "Closed", "Ajar", 3),
      tags: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())),
      parts: fc.array(tie("pipe"), { maxLength: 2 }),
      extra: fc.boolean(),
      shape: fc.oneof(fc.string(), fc.record({ round: fc.oneof(fc.boolean(), fc.integer()) })),
    },
    { requiredKeys: [] },
  ),
}))

const ajv = new Ajv({ strict: false, logger: false }).compile({
  $ref: "#/definitions/Pipe",
  definitions: bundle.definitions,
})

property.prop([withoutNulls.pipe])("accepts exactly what ajv accepts", (value) => {
  expect(validate(bundle, "Pipe", value).length === 0).toBe(ajv(JSON.parse(JSON.stringify(value))))
})
