import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { parseQuantity } from "../quantity.js"
import { canonicalQuantity } from "./quantities.js"

describe("canonicalQuantity", () => {
  test.each([
    ["0.5", "500m"],
    ["1500m", "1500m"],
    ["1000m", "1"],
    ["1000", "1k"],
    ["1000k", "1M"],
    ["1024", "1024"],
    ["1024Mi", "1Gi"],
    ["2048Ki", "2Mi"],
    ["1.5Gi", "1536Mi"],
    ["0.1Gi", "107374182400m"],
    ["0.5Ki", "512"],
    ["1e3", "1e3"],
    ["12e6", "12e6"],
    ["0", "0"],
    ["0Gi", "0"],
    ["-1500", "-1500"],
    ["100m", "100m"],
  ])("writes %s as %s", (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical)
  })

  test("counts resources in thousandths, rounded up", () => {
    expect(canonicalQuantity("1.0000001", "milli")).toBe("1001m")
    expect(canonicalQuantity("1.0000001")).toBe("1000000100n")
  })

  test("takes numbers, and refuses what is no quantity", () => {
    expect(canonicalQuantity(2)).toBe("2")
    expect(canonicalQuantity(0.25)).toBe("250m")
    expect(canonicalQuantity("1x")).toBeUndefined()
    expect(canonicalQuantity("")).toBeUndefined()
  })

  const suffix = fc.constantFrom("", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "E2")
  property.prop([fc.integer({ min: -99_999, max: 99_999 }), suffix])(
    "says the same amount, and is its own canonical form",
    (number, unit) => {
      const text = `${number}${unit}`
      const canonical = canonicalQuantity(text) ?? ""
      expect(parseQuantity(canonical)).toEqual(parseQuantity(text))
      expect(canonicalQuantity(canonical)).toBe(canonical)
    },
  )
})
