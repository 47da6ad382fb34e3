import { describe, expect, test } from "vitest"
import { compileConditions } from "./conditions.js"

const names = ["a", "b", "c", "d-1"]

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
    [undefined, ["a", "b", "c"], false],
    ["  ", names, true],
  ])("%s with %j is %s", (text, arrived, expected) => {
    expect(holds(text, arrived)).toBe(expected)
  })

  test.each(["a &&", "a b", "(a", "a)", "a & b", "a && z"])("%s is refused", (text) => {
    expect(holds(text, [])).toContain(`conditions ${JSON.stringify(text)} cannot be read: `)
  })

  test("one event decides where nothing is joined by &&", () => {
    const immediate = (text: string | undefined, all: readonly string[]): unknown => {
      const compiled = compileConditions(text, all)
      return compiled.ok && compiled.value.isImmediate
    }
    expect(immediate("a || b", names)).toBe(true)
    expect(immediate("a || b && c", names)).toBe(false)
    expect(immediate(undefined, ["a.name/of any kind"])).toBe(true)
    expect(immediate(undefined, ["a", "b"])).toBe(false)
  })
})
