import { sjsonSet } from "@argo-ts/expr/gjson"
import { systemZones } from "@argo-ts/expr/zones"
import { epochMs, type JsonValue } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { compilePath, compilePattern, compileSchedule, compileSourceFilter } from "./languages.js"
import { isPlainPath } from "./paths.js"
import { setPath } from "./set-path.js"

const at = (text: string): ReturnType<typeof epochMs> => epochMs(Date.parse(text))

describe("paths", () => {
  const document: JsonValue = {
    a: [
      { k: "x", n: 1 },
      { k: "y", n: 2 },
    ],
    "dotted.key": 1,
    o: { first: true, "01": 5 },
  }
  test.each<[string, JsonValue | undefined]>([
    ["a.1.k", "y"],
    ["a.01.k", "y"],
    ["a.#", 2],
    ["a.#.n", [1, 2]],
    ['a.#(k=="y").n', 2],
    ["dotted\\.key", 1],
    ["o.fir*", true],
    ["o.01", 5],
    ["a,o", undefined],
    ["a.-1", undefined],
    ["o.first.deeper", undefined],
    ["o|@keys", ["first", "01"]],
  ])("%s finds %j", (path, expected) => {
    const read = compilePath(path)
    expect(read.ok && read.value(document)).toEqual(expected)
  })

  const key = fc.constantFrom("a", "b", "0", "1", "2", "-1", "c", "")
  const path = fc.array(key, { minLength: 1, maxLength: 4 }).map((keys) => keys.join("."))
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>
  const documents = fc.dictionary(key, json, { maxKeys: 4 })

  property.prop([documents, path])(
    "a plain path is read as the whole language reads it",
    (doc, p) => {
      fc.pre(isPlainPath(p))
      const plain = compilePath(p)
      const whole = compilePath(`@this.${p}`)
      if (!plain.ok || !whole.ok) throw new Error("paths compile")
      expect(plain.value(doc)).toEqual(whole.value(doc))
    },
  )

  const written = fc
    .array(fc.oneof(key, fc.constantFrom(":1", ":0", "\\:1")), { minLength: 1, maxLength: 4 })
    .map((keys) => keys.join("."))
    .filter((text) => text !== "")

  property.prop([documents, written, fc.constantFrom<JsonValue>("v", 1, null, { x: 1 })])(
    "a value is written as sjson writes it",
    (doc, p, value) => {
      const ours = setPath(doc, p, value)
      const theirs = sjsonSet(JSON.stringify(doc), p, value)
      expect(ours.ok).toBe(theirs.ok)
      if (ours.ok && theirs.ok) {
        expect(JSON.parse(JSON.stringify(ours.value))).toEqual(JSON.parse(theirs.value))
      }
    },
  )
})

describe("patterns", () => {
  test("are RE2, found anywhere, in linear time", () => {
    const matches = (pattern: string, text: string): unknown => {
      const compiled = compilePattern(pattern)
      return compiled.ok ? compiled.value(text) : compiled.issues[0]?.message
    }
    expect(matches("^refs/(heads|tags)/", "refs/tags/v1")).toBe(true)
    expect(matches("(a+)+$", `${"a".repeat(50_000)}!`)).toBe(false)
    expect(matches("a(?=b)", "ab")).toContain('the pattern "a(?=b)" cannot be read')
  })
})

describe("schedules", () => {
  test("count in their zone, and refuse what Events refuses", () => {
    const berlin = compileSchedule("30 9 * * 1-5", "Europe/Berlin", systemZones)
    const next = berlin.ok ? berlin.value.next(at("2026-07-03T12:00:00Z")) : undefined
    expect(next).toBe(at("2026-07-06T07:30:00Z"))
    for (const cron of ["@hourly", "* * * *", "60 * * * *"]) {
      expect(compileSchedule(cron, undefined).ok).toBe(false)
    }
    expect(compileSchedule("* * * * *", "Nowhere/Land", systemZones).ok).toBe(false)
  })
})

describe("source filters", () => {
  const filter = (expression: string, data: JsonValue): unknown => {
    const compiled = compileSourceFilter(expression)
    if (!compiled.ok) return compiled.issues[0]?.code
    const verdict = compiled.value(data)
    return verdict.ok ? verdict.value : "failed"
  }
  test.each<[string, unknown]>([
    ['body.action == "opened"', true],
    ['body.action in ["closed"]', false],
    ['x_y == "z"', true],
    ["nested.key == 1", true],
    ["body.missing.deeper == 1", "failed"],
    ["asInt(body.count) > 4", true],
    ["body.action", "failed"],
    ["body.action ==", "InvalidValue"],
    ['sprig.trim(" x ") == "x"', true],
  ])("%s is %s", (expression, expected) => {
    const data = { body: { action: "opened", count: "5" }, "x-y": "z", "nested.key": 1 }
    expect(filter(expression, data)).toBe(expected)
  })
})
