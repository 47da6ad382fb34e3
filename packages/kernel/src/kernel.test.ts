import { createHash } from "node:crypto"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import {
  type Condition,
  canonicalJson,
  compareQuantities,
  createLogger,
  createRandomStreams,
  epochMs,
  equalJson,
  fnv32a,
  formatDuration,
  formatInstant,
  formatKey,
  formatMicroInstant,
  formatPath,
  type LogEntry,
  matchesLabels,
  own,
  parseDuration,
  parseInstant,
  parseKey,
  parseLabelSelector,
  parseNanoseconds,
  parseQuantity,
  recordOf,
  safeEncode,
  setCondition,
  sha1,
  sha256,
} from "./index.js"

describe("instants", () => {
  test.each([
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"],
    ["2024-02-29T23:59:59.999+02:00", "2024-02-29T21:59:59Z"],
    ["1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"],
  ])("%s is %s", (text, utc) => {
    const at = parseInstant(text)
    expect(at.ok && formatInstant(at.value)).toBe(utc)
  })

  test.each([
    "2026-02-30T00:00:00Z",
    "2026-01-01",
    "24:00",
    "2026-01-01T25:00:00Z",
    "2026-0a-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T00:60:00Z",
    "",
  ])("%j is refused", (text) => {
    expect(parseInstant(text).ok).toBe(false)
  })

  property.prop([
    fc.date({ min: new Date(-62e12), max: new Date(253_402_300_799_999), noInvalidDate: true }),
  ])("agree with the platform's calendar", (date) => {
    const iso = date.toISOString()
    if (iso.startsWith("-") || iso.startsWith("+")) return
    expect(formatMicroInstant(epochMs(date.getTime()))).toBe(iso.replace("Z", "000Z"))
    expect(parseInstant(iso)).toEqual({ ok: true, value: date.getTime() })
    const whole = Math.floor(date.getTime() / 1000) * 1000
    expect(parseInstant(`${iso.slice(0, 19)}Z`)).toEqual({ ok: true, value: whole })
  })
})

describe("durations", () => {
  test.each([
    ["1h30m", 5_400_000, "1h30m0s"],
    ["-2.5s", -2500, "-2.5s"],
    ["100ms", 100, "100ms"],
    ["0", 0, "0s"],
    ["1.5h", 5_400_000, "1h30m0s"],
    ["1us", 0.001, "1µs"],
  ])("%s", (text, milliseconds, written) => {
    const parsed = parseDuration(text)
    expect(parsed).toEqual({ ok: true, value: milliseconds })
    expect(formatDuration(milliseconds)).toBe(written)
  })
  test.each(["", "1", "1d", "s", "1 s", "--1s", ".s"])("%j is refused", (text) => {
    expect(parseDuration(text).ok).toBe(false)
  })
  test.each([
    ["39h9m14.425s", 140_954_425_000_000n],
    ["-9223372036854775808ns", -(2n ** 63n)],
    ["9223372036854775.807us", 2n ** 63n - 1n],
    // More digits than Go looks at.
    ["0.3333333333333333333h", 1_200_000_000_000n],
    ["0.100000000000000000000h", 360_000_000_000n],
    ["0.830103483285477580700h", 2_988_372_539_827n],
    ["00000000000000000000001s", 1_000_000_000n],
    [".5s", 500_000_000n],
    ["5.s", 5_000_000_000n],
    ["+0", 0n],
  ])("%s is so many nanoseconds", (text, value) => {
    expect(parseNanoseconds(text)).toEqual({ ok: true, value })
  })
  test.each([
    ["", 'time: invalid duration ""'],
    ["3", 'time: missing unit in duration "3"'],
    ["1d", 'time: unknown unit "d" in duration "1d"'],
    ["-.s", 'time: invalid duration "-.s"'],
    ["+-1s", 'time: invalid duration "+-1s"'],
    ["9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'],
    ["2562048h", 'time: invalid duration "2562048h"'],
    ["1\u00e9", 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'],
    [`${"9".repeat(1000)}s`, `time: invalid duration "${"9".repeat(1000)}s"`],
  ])("%j is refused in Go's words", (text, message) => {
    expect(parseNanoseconds(text)).toMatchObject({ ok: false, issues: [{ message }] })
  })
  property.prop([fc.integer({ min: -1e12, max: 1e12 })])(
    "writing and reading is the identity",
    (ms) => {
      expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, value: ms })
    },
  )
})

describe("hashes", () => {
  test("FNV-1a of hello is Go's", () => {
    expect(fnv32a("hello").toString(16)).toBe("4f9f2cab")
    expect(safeEncode("0123456789")).toHaveLength(10)
  })
  property.prop([
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.string({ maxLength: 200 }),
      // Around the ends of blocks, and of what is padded in place.
      fc.constantFrom(0, 55, 56, 63, 64, 119, 120, 246, 247, 248, 300).map((n) => "n".repeat(n)),
    ),
  ])("SHA-1 and SHA-256 agree with OpenSSL", (text) => {
    expect(fnv32a(text)).toBe(fnv32a(Buffer.from(text)))
    expect(sha1(text)).toBe(createHash("sha1").update(text).digest("hex"))
    expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"))
  })
})

describe("random streams", () => {
  test("drawing from one never shifts another, and positions continue a run", () => {
    const first = createRandomStreams(1)
    const alone = Array.from({ length: 3 }, () => first.stream("uid").next())
    const second = createRandomStreams(1)
    second.stream("name").next()
    expect(Array.from({ length: 3 }, () => second.stream("uid").next())).toEqual(alone)
    const resumed = createRandomStreams(1, second.positions())
    expect(resumed.stream("uid").next()).toBe(first.stream("uid").next())
  })
  test("is spread evenly enough over its range", () => {
    const counts = Array.from({ length: 10 }, () => 0)
    const stream = createRandomStreams("seed").stream("die")
    for (let draw = 0; draw < 10_000; draw++) counts[stream.integer(10)]! += 1
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})

describe("selectors", () => {
  test.each([
    ["app=shop", { app: "shop" }, true],
    ["app!=shop", {}, true],
    ["tier in (a, b),!canary", { tier: "b" }, true],
    ["tier notin (a,b)", { tier: "a" }, false],
    ["canary", {}, false],
    ["constructor", {}, false],
    ["", { any: "thing" }, true],
  ])("%j on %j is %s", (text, labels, matches) => {
    const selector = parseLabelSelector(text)
    expect(selector.ok && matchesLabels(selector.value, labels as { [key: string]: string })).toBe(
      matches,
    )
  })
  test.each([
    ["app=shop,=x", "found '=', expected: identifier after ','"],
    ["app=shop,", "found '', expected: identifier after ','"],
    [",app=shop", "found ',', expected: !, identifier, or 'end of string'"],
    ["app=shop floor", "found 'floor', expected: ',' or 'end of string'"],
    ["!app=shop", "found '=', expected: ',' or 'end of string'"],
    ["tier in a", "unable to parse requirement: found 'a' expected: '('"],
    ["tier in (a b)", "unable to parse requirement: found 'b', expected: ',' or ')'"],
    [
      "size>big",
      `unable to parse requirement: values[0]: Invalid value: "big": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ["app==(a)", "unable to parse requirement: found '(', expected: identifier"],
    ["app!shop", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
  ])("%j is no selector: what does not fit is named", (text, why) => {
    const selector = parseLabelSelector(text)
    expect(selector.ok ? [] : selector.issues.map((issue) => issue.message)).toEqual([why])
  })
  test("an empty set holds the empty value", () => {
    const selector = parseLabelSelector("tier notin ()")
    const values = selector.ok ? selector.value.matchExpressions?.[0]?.values : undefined
    expect(values).toEqual([""])
  })
  test("a line that somebody refuses is named before what follows it", () => {
    const check = ({ key }: { readonly key: string }) => (key === "b" ? "not this" : undefined)
    const selector = parseLabelSelector("a,b,(", check)
    expect(selector.ok ? [] : selector.issues.map((issue) => issue.message)).toEqual([
      "unable to parse requirement: not this",
    ])
  })
  test("nothing between commas of a set is the empty value", () => {
    const selector = parseLabelSelector("tier in (a,,b,)")
    const values = selector.ok ? selector.value.matchExpressions?.[0]?.values : undefined
    expect(values).toEqual(["a", "", "b"])
  })
})

describe("quantities", () => {
  test.each([
    ["1", "1000m", 0],
    ["1Gi", "1073741824", 0],
    ["1.5k", "1500", 0],
    ["100m", "0.2", -1],
    ["2e3", "1999", 1],
    ["-1", "0", -1],
  ])("%s against %s", (left, right, order) => {
    expect(compareQuantities(left, right)).toBe(order)
  })
  test.each(["", "1Zi", "Gi", "1 G", "0x1", "1.2.3"])("%j is refused", (text) => {
    expect(parseQuantity(text).ok).toBe(false)
  })
})

describe("records with hostile keys", () => {
  test("__proto__ and constructor are data", () => {
    const record = recordOf([
      ["__proto__", 1],
      ["constructor", 2],
    ])
    expect([own(record, "__proto__"), own(record, "constructor"), own(record, "toString")]).toEqual(
      [1, 2, undefined],
    )
    expect(equalJson(record, JSON.parse('{"constructor":2,"__proto__":1}'))).toBe(true)
    expect(canonicalJson(record)).toBe('{"__proto__":1,"constructor":2}')
  })
  property.prop([fc.jsonValue()])("equality is that of JSON", (value) => {
    const copy = JSON.parse(JSON.stringify(value))
    expect(equalJson(JSON.parse(canonicalJson(value)), copy)).toBe(true)
    expect(equalJson(value, [copy])).toBe(false)
  })
})

test("a logger redacts by key, by value and in URLs", () => {
  const entries: LogEntry[] = []
  const logger = createLogger({
    write: (entry) => entries.push(entry),
    secrets: () => ["hunter22"],
  })
  logger.info("cloning https://bot:pw@git.example.com/x with hunter22", {
    token: "abc",
    nested: [{ url: "http://a:b@c/", note: "hunter22!" }],
    error: new Error("hunter22"),
  })
  expect(entries).toEqual([
    {
      level: "info",
      message: "cloning https://[redacted]@git.example.com/x with [redacted]",
      fields: {
        token: "[redacted]",
        nested: [{ url: "http://[redacted]@c/", note: "[redacted]!" }],
        error: "Error: [redacted]",
      },
    },
  ])
})

test("a condition keeps its place and, while its status holds, its transition time", () => {
  const before: readonly Condition[] = [
    { type: "Ready", status: "True", lastTransitionTime: "t0" },
    { type: "Foreign", status: "False" },
  ]
  const next = {
    type: "Ready",
    status: "True",
    lastTransitionTime: "t1",
    message: "still",
  } as const
  expect(setCondition(before, next)).toEqual([{ ...next, lastTransitionTime: "t0" }, before[1]])
  expect(setCondition(before, { ...next, status: "False" })[0]).toMatchObject({
    lastTransitionTime: "t1",
  })
})

test("keys and paths are written as people write them", () => {
  expect(formatPath(["spec", "templates", 0, "a b"])).toBe('spec.templates[0]["a b"]')
  expect(parseKey(formatKey({ namespace: "ns", name: "n" }))).toEqual({
    namespace: "ns",
    name: "n",
  })
  expect(parseKey("n")).toEqual({ name: "n" })
})
