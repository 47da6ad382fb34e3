import { describe, expect, test } from "vitest"
import { type CelEnvironment, type CelVariables, compileCel } from "./index.js"

function evaluate(source: string, values: CelEnvironment = {}, variables?: CelVariables): unknown {
  const compiled = compileCel(source, variables)
  if (!compiled.ok) return `refused: ${compiled.issues[0]?.message}`
  const result = compiled.value.evaluate(values)
  return result.ok ? result.value : `failed: ${result.issues[0]?.message}`
}

const self = {
  replicas: 3n,
  max: 5n,
  name: "web",
  items: [
    { name: "a", port: 1n },
    { name: "b", port: 2n },
  ],
}

describe("rules", () => {
  test.each([
    ["self.replicas <= self.max", true],
    ["has(self.absent)", false],
    ["self.items.all(i, i.port > 0)", true],
    ["self.items.map(i, i.port).sum() == 3", true],
    ["self.items.map(i, i.name).isSorted()", true],
    ["self.items.map(i, i.port).max() == 2", true],
    ["'%s has %d'.format([self.name, self.replicas])", "web has 3"],
    ["self.name.replace('w', 'v')", "veb"],
    ["quantity('1Gi').isGreaterThan(quantity('512Mi'))", true],
    ["isQuantity('1 Gi')", false],
    ["self.name.find('[a-c]')", "b"],
    ["self.?absent.orValue('none')", "none"],
  ])("%s", (source, value) => {
    expect(evaluate(source, { self })).toEqual(value)
  })

  test("know the old value where there is one", () => {
    const variables = { self: "dyn", oldSelf: "optional" } as const
    const source = "!oldSelf.hasValue() || oldSelf.value() == self"
    expect(evaluate(source, { self: 1n }, variables)).toBe(true)
    expect(evaluate(source, { self: 1n, oldSelf: 2n }, variables)).toBe(false)
  })

  test("that cannot be done are refused when they are compiled", () => {
    expect(evaluate("ip('1.2.3.4').family() == 4")).toContain("refused: found no matching overload")
    expect(evaluate("other > 1")).toBe("refused: Unknown variable: other")
    expect(evaluate("self +")).toContain("refused: ")
    expect(evaluate("'x'.repeat(3)")).toContain("refused: ")
  })

  test("fail where a field is absent", () => {
    expect(evaluate("self.absent > 1", { self })).toBe("failed: No such key: absent")
  })

  test("match in linear time, also where the word stands in a text", () => {
    const text = `${"a".repeat(50_000)}!`
    expect(evaluate("self.matches('^(a+)+$') || 'matches' == ' .matches('", { self: text })).toBe(
      false,
    )
    expect(evaluate("self . matches ( '^a' )", { self: text })).toBe(true)
  })
})
