import { describe, expect, test } from "vitest"
import { compileConditions } from "./conditions.js"

const names = ["a", "b", "c", "d-1", "x.y"]

function holds(text: string | undefined, arrived: readonly string[]): boolean | string {
  const compiled = compileConditions(text, names)
  if (!compiled.ok) return compiled.issues.map((issue) => issue.message).join("; ")
  return compiled.value.holds(new Set(arrived))
}

describe("conditions", () => {
  test.each([
    ["a && b || c", ["c"], true],
    ["a && (b || c)", ["c"], false],
    ["a&&(b||c)", ["a", "c"], true],
    ["((d-1))", ["d-1"], true],
    ["x.y || a", ["x.y"], true],
    [undefined, ["a", "b", "c", "d-1"], false],
    ["  ", names, true],
  ])("%s with %j is %s", (text, arrived, expected) => {
    expect(holds(text, arrived)).toBe(expected)
  })

  test.each([
    ["a &&", "expected a dependency name, found the end"],
    ["a b", 'expected && or ||, found "b" at column 3'],
    ["(a", 'a "(" is never closed'],
    ["a)", 'no "(" is open, found ")" at column 2'],
    ["a & b", 'expected "&&", found "&" at column 3'],
    ["a && z", 'conditions name "z", which is no dependency of this sensor'],
  ])("%s is refused: %s", (text, message) => {
    expect(holds(text, [])).toContain(message)
  })

  test("one event decides where nothing is joined by &&", () => {
    const immediate = (text: string | undefined, all: readonly string[]): unknown => {
      const compiled = compileConditions(text, all)
      return compiled.ok && compiled.value.isImmediate
    }
    expect(immediate("a || b", names)).toBe(true)
    expect(immediate("a || b && c", names)).toBe(false)
    expect(immediate(undefined, ["a"])).toBe(true)
    expect(immediate(undefined, ["a", "b"])).toBe(false)
  })

  test("nesting is bounded by memory alone", () => {
    expect(holds("(".repeat(100_000) + "a" + ")".repeat(100_000), ["a"])).toBe(true)
  })
})
