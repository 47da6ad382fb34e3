import { fc, test as property } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { createRecentMap } from "./recent-map.js"

test("what was used longest ago goes first; being used again counts", () => {
  const map = createRecentMap<string>(2)
  const made: string[] = []
  const use = (key: string): string =>
    map.use(key, () => {
      made.push(key)
      return key.toUpperCase()
    })
  expect([use("a"), use("b"), use("a"), use("c"), use("a"), use("b")]).toEqual([..."ABACAB"])
  expect(made).toEqual(["a", "b", "c", "b"])
})

property.prop([fc.integer({ min: 1, max: 5 }), fc.array(fc.constantFrom(..."abcdefgh"))])(
  "a value is made anew exactly where so many others were used since",
  (sizeMax, keys) => {
    const map = createRecentMap<number>(sizeMax)
    for (const [index, key] of keys.entries()) {
      let isMade = false
      map.use(key, () => {
        isMade = true
        return index
      })
      const last = keys.slice(0, index).lastIndexOf(key)
      const since = new Set(keys.slice(last + 1, index))
      expect(isMade).toBe(last < 0 || since.size >= sizeMax)
    }
  },
)
