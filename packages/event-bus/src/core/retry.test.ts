import { describe, expect, test } from "vitest"
import { backoffMs, permitIntervalMs, planBackoff, takePermit } from "./retry.js"

describe("backoff", () => {
  test("absent means one attempt, empty means upstream's defaults", () => {
    expect(planBackoff(undefined).attempts).toBe(1)
    expect(planBackoff({})).toEqual({ attempts: 5, durationMs: 1000, factor: 1, jitter: 1 })
  })
  test("a number counts nanoseconds, amounts may be text", () => {
    expect(planBackoff({ duration: 5_000_000, factor: "2", jitter: "0", steps: 3 })).toEqual({
      attempts: 3,
      durationMs: 5,
      factor: 2,
      jitter: 0,
    })
  })
  test.each([
    [{ duration: "" }, 1000],
    [{ duration: "soon" }, 1000],
    [{ duration: 0 }, 0],
  ])("%j waits %d ms first", (backoff, durationMs) => {
    expect(planBackoff(backoff).durationMs).toBe(durationMs)
  })
  test("steps below one, and amounts that are no numbers, are the defaults", () => {
    expect(planBackoff({ steps: 0, factor: "x", jitter: "" })).toMatchObject({
      attempts: 5,
      factor: 1,
      jitter: 1,
    })
  })
  test("a wait is never beyond a year, nor below nothing", () => {
    const plan = planBackoff({ duration: "1h", factor: 1000, jitter: 0 })
    expect(backoffMs(plan, 300, "x")).toBe(365 * 24 * 3_600_000)
    expect(backoffMs({ ...plan, durationMs: -5 }, 0, "x")).toBe(0)
  })
  test("grows by its factor, and by a share of jitter that the cause fixes", () => {
    const plain = planBackoff({ duration: "2s", factor: 3, jitter: 0 })
    expect([0, 1, 2].map((n) => backoffMs(plain, n, "x"))).toEqual([2000, 6000, 18_000])
    const jittered = planBackoff({ duration: "1s", jitter: 1 })
    const wait = backoffMs(jittered, 0, "cause")
    expect(wait).toBe(backoffMs(jittered, 0, "cause"))
    expect(wait).toBeGreaterThanOrEqual(1000)
    expect(wait).toBeLessThan(2000)
  })
})

describe("rate limit", () => {
  test("permits are spaced, and at most ten unused ones are saved", () => {
    const interval = permitIntervalMs({ requestsPerUnit: 2, unit: "Second" })
    expect(interval).toBe(500)
    const permits: number[] = []
    let next: number | undefined
    const ask = (at: number): void => {
      const permit = takePermit(next, at, 500)
      permits.push(permit.at - at)
      next = permit.next
    }
    for (let n = 0; n < 3; n++) ask(0)
    expect(permits.splice(0)).toEqual([0, 500, 1000])
    for (let n = 0; n < 13; n++) ask(1_000_000)
    expect(permits).toEqual([...Array.from({ length: 11 }, () => 0), 500, 1000])
  })
  test("none or zero limits nothing", () => {
    expect(permitIntervalMs(undefined)).toBeUndefined()
    expect(permitIntervalMs({ requestsPerUnit: 0 })).toBeUndefined()
    expect(permitIntervalMs({ requestsPerUnit: -1 })).toBeUndefined()
    expect(permitIntervalMs({ requestsPerUnit: 30, unit: "Minute" })).toBe(2000)
    expect(permitIntervalMs({ requestsPerUnit: 2, unit: "Hour" })).toBe(1_800_000)
  })
  test("without a unit it counts seconds, and an interval is at least a millisecond", () => {
    expect(permitIntervalMs({ requestsPerUnit: 4 })).toBe(250)
    expect(permitIntervalMs({ requestsPerUnit: 5000 })).toBe(1)
  })
})
