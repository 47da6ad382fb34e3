import { systemZones } from "@argo-ts/expr/zones"
import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { calendarDay, compileExclusions } from "./exclusions.js"

function days(...lines: string[]): unknown {
  const compiled = compileExclusions(lines)
  return compiled.ok
    ? [...compiled.value]
    : compiled.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)
}

describe("excluded days", () => {
  test("are read with and without a time, a zone or spaces", () => {
    expect(days("EXDATE:20260101T000000Z, 20260102 ", " EXDATE;VALUE=DATE:20261231")).toEqual([
      "2026-01-01",
      "2026-01-02",
      "2026-12-31",
    ])
    expect(days("EXDATE;TZID=Europe/Berlin:20260704T093000")).toEqual(["2026-07-04"])
    expect(days()).toEqual([])
  })

  test.each([
    "RDATE:20260101",
    "EXDATE:",
    "EXDATE:20260230",
    "EXDATE:2026-01-01",
    "XEXDATE:20260101",
  ])("%j is refused, with its place", (line) => {
    expect(days("EXDATE:20260101", line)).toEqual([
      `1: expected EXDATE:20260131T000000Z, found ${JSON.stringify(line)}`,
    ])
  })
})

test("the day is the zone's, not Greenwich's", () => {
  const berlin = systemZones("Europe/Berlin")
  if (berlin === undefined) throw new Error("no zone data")
  const at = epochMs(Date.parse("2026-07-03T22:30:00.900Z"))
  expect(calendarDay(at, berlin)).toBe("2026-07-04")
  expect(calendarDay(epochMs(at - 3_600_000), berlin)).toBe("2026-07-03")
})
