import { expect, test } from "vitest"
import { pure } from "./pure.js"

test("a pure function answers through the watch", () => {
  expect(pure((list: readonly number[]) => list.toSorted())([2, 1])).toEqual([1, 2])
})

let calls = 0
test.each([
  ["looks at the clock", () => Date.now()],
  ["makes a date", () => new Date().getTime()],
  ["draws at random", () => Math.random()],
  ["answers differently", () => ++calls],
  ["changes its input", (list: number[]) => list.push(1)],
])("throws where a function %s", (_what, impure) => {
  expect(() => pure(impure as (list: number[]) => number)([])).toThrow()
  expect(Date.now()).toBeGreaterThan(0)
})
