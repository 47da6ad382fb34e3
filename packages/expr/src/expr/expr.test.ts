import { expect, test } from "vitest"
import { compileExpr } from "./index.js"

function run(
  source: string,
  env: Parameters<typeof compileExpr>[1] extends never ? never : Record<string, unknown> = {},
): unknown {
  const compiled = compileExpr(source)
  if (!compiled.ok) return compiled.issues[0]?.message
  const result = compiled.value.evaluate(env as never)
  return result.ok ? result.value : result.issues[0]?.message
}

test.each([
  ["1 + 2 * 3", 7n],
  ["6 / 2", 3],
  ["-2 ** 2", -4],
  ["[1, 2, 3] | filter(# > 1) | map(# * 2)", [4n, 6n]],
  ["a.b > 3 && c in ['x', 'y']", true],
  ["missing?.a.b ?? 'none'", "none"],
  ["let x = 1; x + 1", 2n],
  ["if a.b > 9 { 1 } else { 2 }", 2n],
  ["9007199254740993 + 1", 9007199254740994n],
  ["'constructor' in a", false],
  ["a.constructor", null],
  ["duration('90m').Hours()", 1.5],
  ["date('2024-01-31').AddDate(0, 1, 0).Format('2006-01-02')", "2024-03-02"],
  ["string(1000000.0)", "1e+06"],
  ["len('🎉é')", 2n],
  ["1 % 0", "integer divide by zero"],
  ["1 +", "unexpected token EOF"],
])("%s", (source, value) => {
  expect(run(source, { a: { b: 5 }, c: "x" })).toEqual(value)
})

test("references carry path, guard and place", () => {
  const compiled = compileExpr("a.b > 3 && (x?.y ?? 1) == 1 && m[k]")
  expect(compiled.ok && compiled.value.references).toEqual([
    { path: ["a", "b"], guarded: false, dynamic: false, offset: 0, length: 3 },
    { path: ["x", "y"], guarded: true, dynamic: false, offset: 12, length: 4 },
    { path: ["m"], guarded: false, dynamic: true, offset: 31, length: 1 },
    { path: ["k"], guarded: false, dynamic: false, offset: 33, length: 1 },
  ])
})

test("budgets end what would not", () => {
  expect(run("1..1000000")).toBe("memory budget exceeded")
  expect(run("map(1..9999, map(1..9999, #))")).toMatch(/budget exceeded/)
  expect(run("(".repeat(1000))).toBe("the expression is nested too deeply")
})
