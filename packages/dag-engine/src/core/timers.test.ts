import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import type { Call } from "./frame.js"
import type { NodeRecord } from "./node.js"
import { createTimers } from "./timers.js"
import { createWaiting } from "./waiting.js"

const node = {} as NodeRecord

test.prop([fc.array(fc.nat(50))])(
  "timers come in order, the earlier registered first",
  (instants) => {
    const timers = createTimers()
    for (const at of instants) timers.add(at, "resume", node)
    const found: (readonly [number, number])[] = []
    for (let timer = timers.due(50); timer !== undefined; timer = timers.due(50))
      found.push([timer.at, timer.order])
    const expected = instants.map((at, order) => [at, order] as const)
    expect(found).toEqual(expected.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]))
  },
)

test("a timer that means nothing any more is passed over", () => {
  const timers = createTimers()
  timers.add(5, "backoff", node)
  timers.add(9, "resume", node)
  expect(timers.of(node, "resume")).toBe(9)
  expect(timers.next((timer) => timer.kind === "resume")).toBe(9)
  expect(timers.due(5)).toBeUndefined()
})

test.prop([fc.array(fc.nat(1000))])(
  "held calls come in the order of the specification",
  (slots) => {
    const waiting = createWaiting()
    for (const slot of slots)
      waiting.add({ owner: { kind: "frame", node, template: {} }, slot } as unknown as Call)
    expect(waiting.size()).toBe(slots.length)
    const found: number[] = []
    for (let call = waiting.next(); call !== undefined; call = waiting.next()) found.push(call.slot)
    expect(found).toEqual(slots.toSorted((a, b) => a - b))
  },
)
