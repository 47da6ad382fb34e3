import { expect, test } from "vitest"
import { abortTarget, abortWeight } from "./abort-weight.js"

const input = {
  replicas: 10,
  weightMax: 100,
  stepWeights: [20, 40, 60, 80],
  keepsCanary: false,
}

test.each([
  [8, 2, 60],
  [8, 4, 60],
  [6, 4, 40],
  [6, 6, 40],
  [4, 6, 20],
  [4, 8, 20],
  [2, 8, 0],
])("%i new and %i stable pods: down to %i", (newAvailable, stableAvailable, target) => {
  expect(abortTarget({ ...input, newAvailable, stableAvailable })).toBe(target)
})

test.each([
  [8, 2, 80, 80],
  [8, 4, 80, 60],
  [6, 6, 60, 40],
  [2, 8, 20, 20],
  [2, 10, 20, 0],
  [2, 10, undefined, 0],
])("%i new and %i stable pods at %s: %i", (newAvailable, stableAvailable, known, weight) => {
  const shown = known === undefined ? {} : { known }
  expect(abortWeight({ ...input, newAvailable, stableAvailable, ...shown })).toBe(weight)
})

test("no pods, no weight; and a canary that is kept does not count", () => {
  expect(abortWeight({ ...input, replicas: 0, newAvailable: 0, stableAvailable: 0 })).toBe(0)
  expect(abortTarget({ ...input, keepsCanary: true, newAvailable: 8, stableAvailable: 6 })).toBe(20)
})
