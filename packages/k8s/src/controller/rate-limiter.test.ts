import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { createRetryLimiter, exponentialBackoff, slowestOf, tokenBucket } from "./rate-limiter.js"

const at = epochMs

test("each key's delay doubles from 5 ms to 1,000 s, and begins anew after a success", () => {
  const limiter = exponentialBackoff()
  const delays = Array.from({ length: 20 }, () => limiter.delayMs("a", at(0)))
  expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40])
  expect(delays.slice(-3)).toEqual([655_360, 1_000_000, 1_000_000])
  expect(limiter.delayMs("b", at(0))).toBe(5)
  limiter.forget("a")
  expect(limiter.delayMs("a", at(0))).toBe(5)
})

test("a bucket lets 100 pass, then ten a second, and fills again", () => {
  const limiter = tokenBucket()
  const delays = Array.from({ length: 103 }, () => limiter.delayMs("a", at(0)))
  expect(delays.slice(0, 100).every((delay) => delay === 0)).toBe(true)
  expect(delays.slice(100)).toEqual([100, 200, 300])
  expect(limiter.delayMs("a", at(300))).toBe(100)
  expect(limiter.delayMs("a", at(1_000_000))).toBe(0)
})

test("the slower of the two holds a key back", () => {
  const limiter = createRetryLimiter({ backoffBaseMs: 50, perSecond: 1, burst: 1 })
  expect(["a", "b", "c"].map((key) => limiter.delayMs(key, at(0)))).toEqual([50, 1_000, 2_000])
  expect(slowestOf().delayMs("a", at(0))).toBe(0)
})
