import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import { createHeap } from "./heap.js"

/** `undefined`: take one out. */
const steps = fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }))

test.prop([steps])("a heap gives out what a sorted list would", (given) => {
  const heap = createHeap<number>((left, right) => left < right)
  const list: number[] = []
  for (const step of given) {
    if (step === undefined) {
      expect(heap.pop()).toBe(list.shift())
    } else {
      heap.push(step)
      list.push(step)
      list.sort((left, right) => left - right)
    }
    expect(heap.peek()).toBe(list[0])
    expect(heap.items().toSorted((left, right) => left - right)).toEqual(list)
  }
  heap.clear()
  expect(heap.pop()).toBeUndefined()
})
