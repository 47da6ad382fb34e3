import type { JsonValue } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { DataFilter, EventDependencyFilter } from "../api/filters.js"
import { aDependency, anEvent } from "../testing/builders.js"
import { compileFilters } from "./filters.js"

type Operator = "and" | "or"

function judge(
  filters: EventDependencyFilter,
  data: JsonValue,
  filtersLogicalOperator: Operator = "and",
): string {
  const compiled = compileFilters(aDependency("example", { filters, filtersLogicalOperator }))
  if (!compiled.ok) return `invalid: ${compiled.issues.map((issue) => issue.message).join("; ")}`
  const verdict = compiled.value.judge(anEvent({ data }))
  return verdict.outcome === "Passed" ? "Passed" : `${verdict.outcome}: ${verdict.message()}`
}

function data(filter: Partial<DataFilter>, value: JsonValue): string {
  const whole = { path: "v", type: "string", value: ["x"], ...filter } as DataFilter
  return judge({ data: [whole] }, { v: value }).split(":")[0] as string
}

describe("data filters", () => {
  test.each<[Partial<DataFilter>, JsonValue, string]>([
    [{ type: "string", value: ["ma"] }, "refs/heads/main", "Passed"],
    [{ type: "string", value: ["ma"], comparator: "!=" }, "main", "Refused"],
    [{ type: "string", value: ["x", "main"], comparator: "!=" }, "main", "Passed"],
    [{ type: "string", value: ["a"], comparator: ">" }, "b", "Refused"],
    [{ type: "string", value: ["1000"] }, 1e3, "Passed"],
    [{ type: "string", value: ["true"] }, true, "Passed"],
    [{ type: "string", value: [""] }, null, "Passed"],
    [{ type: "string", value: ['"a":1'] }, { a: 1 }, "Passed"],
    [{ type: "number", value: ["0"] }, "hello", "Passed"],
    [{ type: "number", value: ["1"] }, true, "Passed"],
    [{ type: "number", value: ["4.5"], comparator: "<=" }, "4.5", "Passed"],
    [{ type: "number", value: ["20"], comparator: ">" }, 10, "Refused"],
    [{ type: "number", value: ["many"] }, 1, "Failed"],
    [{ type: "number", value: ["1", "many"] }, 1, "Passed"],
    [{ type: "bool", value: ["T"] }, true, "Passed"],
    [{ type: "bool", value: ["false"], comparator: "!=" }, false, "Passed"],
    [{ type: "bool", value: ["true"] }, 2, "Passed"],
    [{ type: "bool", value: ["yes"] }, true, "Failed"],
    [{ path: "absent" }, 1, "Failed"],
    [{ type: "number", value: ["5"], comparator: ">" }, 5, "Refused"],
    [{ type: "number", value: ["5"], comparator: ">" }, 6, "Passed"],
    [{ type: "number", value: ["5"], comparator: ">=" }, 5, "Passed"],
    [{ type: "number", value: ["5"], comparator: ">=" }, 4, "Refused"],
    [{ type: "number", value: ["5"], comparator: "<" }, 5, "Refused"],
    [{ type: "number", value: ["5"], comparator: "<" }, 4, "Passed"],
    [{ type: "number", value: ["5"], comparator: "<=" }, 6, "Refused"],
    [{ type: "number", value: ["5"], comparator: "!=" }, 5, "Refused"],
    [{ type: "number", value: ["5"], comparator: "~" as "=" }, 5, "Refused"],
    [{ type: "number", value: ["0.0000001"] }, 1e-7, "Passed"],
    [{ type: "string", value: ["^0\\.0000001$"] }, 1e-7, "Passed"],
    [{ type: "string", value: ["^-1500000000000000000000$"] }, -1.5e21, "Passed"],
    [{ type: "string", value: ["u003cb"] }, { a: "<b>" }, "Passed"],
  ])("%j on %j: %s", (filter, value, expected) => {
    expect(data(filter, value)).toBe(expected)
  })

  test("says what it found and what it expected", () => {
    const filters = { data: [{ path: "v", type: "string", value: ["a", "b"] } as const] }
    expect(judge(filters, { v: "c" })).toBe(
      'Refused: data "v" is "c"; expected string = "a" or "b"',
    )
  })

  test("dataLogicalOperator or: the first that passes decides", () => {
    const filters: EventDependencyFilter = {
      dataLogicalOperator: "or",
      data: [
        { path: "absent", type: "bool", value: ["true"] },
        { path: "v", type: "number", value: ["1"] },
      ],
    }
    expect(judge(filters, { v: 1 })).toBe("Passed")
    expect(judge(filters, { v: 2 })).toContain('Failed: the event\'s data has no "absent"')
  })
})

describe("expression filters", () => {
  const fields = [
    { name: "n", path: "v" },
    { name: "s", path: "w.s" },
  ]
  const ask = (expr: string, value: JsonValue, names = fields): string =>
    judge({ exprs: [{ expr, fields: names }] }, value)

  test("judge the fields they name", () => {
    expect(ask('n > 3 && s == "x"', { v: 4, w: { s: "x" } })).toBe("Passed")
    expect(ask("n > 3", { v: 3, w: { s: "x" } })).toBe("Refused: n > 3 does not hold")
    expect(ask("n", { v: 1, w: { s: "x" } })).toBe("Refused: n does not hold")
  })
  test("a field that is absent, or a comparison that cannot be made, rejects and says so", () => {
    expect(ask("n > 3", { v: 4 })).toBe('Failed: the event\'s data has no "w.s"')
    expect(ask("n > 3", { v: [1], w: { s: "x" } })).toMatch(/^Failed: n > 3: .+/)
  })
  test("no data, or no fields, passes", () => {
    expect(ask("n > 3", null)).toBe("Passed")
    expect(ask("1 > 3", {}, [])).toBe("Passed")
  })
  test("what cannot be read is refused when the sensor is", () => {
    expect(ask("n >", {})).toMatch(/^invalid: "n >" cannot be read: .+/)
  })
})

describe("kinds of filter", () => {
  const context = { type: "webhook", source: "other" }
  test("context compares what is given", () => {
    expect(judge({ context: { type: "webhook", subject: "" } }, null)).toBe("Passed")
    expect(judge({ context }, null)).toBe(
      'Refused: source of the event\'s context is "webhook", not "other"',
    )
  })
  test("or: one kind suffices, but a kind that cannot be asked rejects", () => {
    const passing = { path: "v", type: "number", value: ["1"] } as const
    const missing = { path: "absent", type: "number", value: ["1"] } as const
    expect(judge({ data: [passing], context }, { v: 1 }, "or")).toBe("Passed")
    expect(judge({ data: [missing], context: { type: "webhook" } }, { v: 1 }, "or")).toContain(
      "Failed",
    )
    expect(judge({ data: [passing], context }, { v: 2 }, "or")).toContain("Refused")
  })
  test("time windows wrap midnight; the event's own time counts", () => {
    const window = (start: string, stop: string): string =>
      judge({ time: { start, stop } }, null).split(":")[0] as string
    expect(window("00:00:00", "01:00:00")).toBe("Passed")
    expect(window("01:00:00", "02:00:00")).toBe("Refused")
    expect(window("22:00:00", "00:00:01")).toBe("Passed")
    expect(window("22:00:00", "00:00:00")).toBe("Refused")
    expect(judge({ time: { start: "01:00:00", stop: "02:00:00" } }, null)).toBe(
      "Refused: the event's time 2026-01-01T00:00:00.000000Z is outside 01:00:00–02:00:00 UTC",
    )
    expect(judge({ time: { start: "1:00", stop: "02:00:00" } }, null)).toContain(
      "expected HH:MM:SS",
    )
    expect(judge({ time: { start: "01:00:00", stop: "01:00:00" } }, null)).toContain("two times")
  })
})
