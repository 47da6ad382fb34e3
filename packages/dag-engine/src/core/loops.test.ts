import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import fc from "fast-check"
import { expect, test } from "vitest"
import type { CompiledLoop } from "./compile-types.js"
import { compileUnits } from "./compile-units.js"
import { compact, hasOddNumber, partsOf } from "./go-json.js"
import { compileJson } from "./json-text.js"
import { compileText } from "./languages.js"
import { expandLoop, inKeyOrder, itemField, itemSuffix, itemText } from "./loops.js"

const scope = { now: 0, get: (name: string) => (name === "n" ? "3" : undefined), below: () => [] }

function sequence(fields: { readonly [field: string]: string | number }) {
  const loop: CompiledLoop = { kind: "sequence", sequence: fields, text: compileJson(fields) }
  return expandLoop(loop, scope)
}

test.each([
  [{ count: 3 }, ["0", "1", "2"]],
  [{ count: "{{n}}", start: 5 }, ["5", "6", "7"]],
  [{ start: 3, end: 1 }, ["3", "2", "1"]],
  [{ end: 1, format: "item-%03X%%" }, ["item-000%", "item-001%"]],
  [{ count: 0 }, []],
  [{ start: -1, end: 0, format: "%+d|%-3d|" }, ["-1|-1 |", "+0|0  |"]],
])("sequence %j", (fields, items) => {
  expect(sequence(fields)).toEqual({ ok: true, value: items.map((value) => ({ value })) })
})

test("sequences that are none say so", () => {
  expect(sequence({ count: "many" })).toMatchObject({ ok: false })
  expect(sequence({ start: 0, end: 10_000_000 })).toMatchObject({ ok: false })
})

test("withParam takes a JSON list only", () => {
  const param = (source: string) => expandLoop({ kind: "param", text: compileText(source) }, scope)
  expect(param('[1,{"a":2}]')).toEqual({ ok: true, value: [{ value: 1 }, { value: { a: 2 } }] })
  expect(param("{}")).toMatchObject({ ok: false })
  expect(param("{{gone}}")).toEqual({ ok: false, message: "failed to resolve {{gone}}" })
})

test("items show in names as upstream prints them", () => {
  const name = (value: Parameters<typeof itemSuffix>[0]["value"]) =>
    itemSuffix({ index: 0, value, written: undefined })
  expect(name("a(b)")).toBe("(0:ab)")
  expect(name({ b: 1, a: ["x"] })).toBe('(0:a:["x"],b:1)')
  expect(name({ a: "x", a1: "y", "a-b": "z" })).toBe("(0:a-b:z,a1:y,a:x)")
  expect(name(["a", 1, { k: true }])).toBe('(0:[a 1 {"k":true}])')
  expect(name('two\nlines "é" \\ <&>')).toBe(String.raw`(0:two\nlines \"é\" \\ <&>)`)
  expect(name({ k: "a\tb" })).toBe(String.raw`(0:k:a\tb)`)
  expect(name(['"'])).toBe(String.raw`(0:[\"])`)
})

test("a map is inserted by its sorted keys, and what is inside as it was written", () => {
  const map = { z: { y: 1, b: 2 }, a: ["x"] }
  expect(itemText({ value: map, written: undefined })).toBe('{"a":["x"],"z":{"y":1,"b":2}}')
  expect(itemSuffix({ index: 0, value: map, written: undefined })).toBe(
    '(0:a:["x"],z:{"y":1,"b":2})',
  )
  const dag = { tasks: [{ name: "t", template: "t", withItems: [map] }] }
  expect(compileUnits({ name: "m", dag }).units[0]?.loop).toMatchObject({
    items: [{ a: ["x"], z: { b: 2, y: 1 } }],
  })
  expect(JSON.stringify(inKeyOrder([map]))).toBe('[{"a":["x"],"z":{"b":2,"y":1}}]')
})

test("numbers are what the list says, to the letter", () => {
  const text =
    '[1.0, 1e-05, 10000000000000000000001, -0, {"b": [1, 2.50], "a": "x"}, [0.10], "1.0"]'
  const items = expandLoop({ kind: "param", text: compileText(text) }, scope)
  if (!items.ok) throw new Error(items.message)
  expect(items.value.map(itemText)).toEqual([
    "1.0",
    "1e-05",
    "10000000000000000000001",
    "-0",
    '{"a":"x","b":[1,2.50]}',
    "[0.10]",
    "1.0",
  ])
  expect(items.value.map((value, index) => itemSuffix({ ...value, index }))).toEqual([
    "(0:1.0)",
    "(1:1e-05)",
    "(2:10000000000000000000001)",
    "(3:-0)",
    "(4:a:x,b:[1,2.50])",
    "(5:[0.10])",
    "(6:1.0)",
  ])
  const map = items.value[4]
  expect(map && [itemField(map, "b"), itemField(map, "a"), itemField(map, "c")]).toEqual([
    "[1,2.50]",
    "x",
    undefined,
  ])
})

test("whatever a list holds, it is taken apart as it was written", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (values) => {
      const text = JSON.stringify(values, undefined, 1)
      const parts = partsOf(compact(text))
      expect(parts.map(([, part]) => part)).toEqual(values.map((value) => JSON.stringify(value)))
      const spread = values.find((value) => isJsonObject(value as JsonValue))
      if (spread === undefined) return
      const members = partsOf(JSON.stringify(spread))
      expect(members).toEqual(
        Object.entries(spread as JsonObject).map(([key, part]) => [key, JSON.stringify(part)]),
      )
      if (!hasOddNumber(text)) expect(JSON.parse(text)).toEqual(values)
    }),
  )
})

test("a number that JavaScript writes otherwise is odd", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
      fc.nat(3),
      (number, zeros) => {
        for (const text of [number.toExponential(), String(number), number.toFixed(zeros)]) {
          if (!Number.isFinite(Number(text)) || JSON.stringify(JSON.parse(text)) === text) continue
          expect(hasOddNumber(`[${text}]`), text).toBe(true)
        }
      },
    ),
  )
})
