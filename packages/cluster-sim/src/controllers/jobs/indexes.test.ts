import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import { readIndexes, writeIndexes } from "./indexes.js"

test("three and more in a row are a range", () => {
  expect(writeIndexes([7, 1, 4, 3, 5, 9, 10])).toBe("1,3-5,7,9,10")
  expect(writeIndexes([])).toBe("")
})

test("those beyond the end are left out", () => {
  expect([...readIndexes("0-4,8", 3)]).toEqual([0, 1, 2])
  expect([...readIndexes(undefined)]).toEqual([])
})

test.prop([fc.uniqueArray(fc.nat(60))])("what is written is read", (indexes) => {
  expect(readIndexes(writeIndexes(indexes))).toEqual(
    new Set(indexes.toSorted((left, right) => left - right)),
  )
})
