import { epochMs, type KubernetesObject } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { createEventCorrelator, type EventRecord } from "./event-correlator.js"

const pod = (uid: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "ns", name: "web", uid },
})
const failed = (message: string, reason = "Failed"): EventRecord => ({
  type: "Warning",
  reason,
  message,
})

test("the same words have the same suffix, others another one", () => {
  const { correlate } = createEventCorrelator("test")
  const at = epochMs(0)
  const [first, again, other, stranger] = [
    correlate(pod("1"), failed("a"), at),
    correlate(pod("1"), failed("a"), at),
    correlate(pod("1"), failed("b"), at),
    correlate(pod("2"), failed("a"), at),
  ]
  expect(first).toEqual({ ...failed("a"), suffix: expect.stringMatching(/^[0-9a-f]{16}$/) })
  expect(again?.suffix).toBe(first?.suffix)
  expect(new Set([first, other, stranger].map((each) => each?.suffix)).size).toBe(3)
})

test("the tenth different message within ten minutes is combined, and so are those that follow", () => {
  const { correlate } = createEventCorrelator("test")
  const messages = Array.from({ length: 12 }, (_, index) => `attempt ${index}`)
  const written = messages.map((message, index) =>
    correlate(pod("1"), failed(message), epochMs(index * 1000)),
  )
  expect(written.map((each) => each?.message)).toEqual([
    ...messages.slice(0, 9),
    "(combined from similar events): attempt 9",
    "(combined from similar events): attempt 10",
    "(combined from similar events): attempt 11",
  ])
  expect(new Set(written.slice(9).map((each) => each?.suffix)).size).toBe(1)
  const later = epochMs(11_000 + 600_001)
  expect(correlate(pod("1"), failed("attempt 12"), later)?.message).toBe("attempt 12")
  expect(correlate(pod("1"), failed("x", "Other"), later)?.message).toBe("x")
})

test("an object gets 25 events, then one more each five minutes; others are not held back", () => {
  const { correlate } = createEventCorrelator("test")
  const at = (ms: number): boolean => correlate(pod("1"), failed("a"), epochMs(ms)) !== undefined
  expect(Array.from({ length: 27 }, () => at(0)).filter(Boolean)).toHaveLength(25)
  expect(correlate(pod("2"), failed("a"), epochMs(0))).toBeDefined()
  expect([at(299_999), at(300_000), at(300_001)]).toEqual([false, true, false])
})

test("limits are the caller's, and only the most recent objects are remembered", () => {
  const { correlate } = createEventCorrelator("test", { burst: 1, similarMax: 2, rememberedMax: 1 })
  const at = epochMs(0)
  expect(correlate(pod("1"), failed("a"), at)?.message).toBe("a")
  expect(correlate(pod("1"), failed("b"), at)).toBeUndefined()
  expect(correlate(pod("2"), failed("a"), at)?.message).toBe("a")
  expect(correlate(pod("1"), failed("b"), at)?.message).toBe("b")
})
