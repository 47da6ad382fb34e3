import { expect, test } from "vitest"
import { humanise, readDuration } from "./retry.js"

test("durations are seconds or Go durations", () => {
  expect(readDuration("90")).toBe(90_000)
  expect(readDuration("1m30s")).toBe(90_000)
  expect(readDuration("soon")).toBeUndefined()
})

test("waits are worded as upstream words them", () => {
  expect(humanise(200)).toBe("200ms")
  expect(humanise(1000)).toBe("1 second")
  expect(humanise(90_000)).toBe("1 minute 30 seconds")
  expect(humanise(90_061_000)).toBe("1 day 1 hour")
  expect(humanise(0)).toBe("0 seconds")
})
