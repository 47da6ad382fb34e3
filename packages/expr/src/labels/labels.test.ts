import { expect, test } from "vitest"
import { compileLabels, compileResourceCondition } from "./index.js"

test.each([
  ["app=shop,!canary", { app: "shop" }, true],
  ["tier in (a, b)", { tier: "b" }, true],
  ["tier notin (a)", {}, true],
  ["n > 3", { n: "10" }, true],
  ["n > 3", { n: "x" }, false],
  ["", {}, true],
])("%s", (selector, labels, matches) => {
  const compiled = compileLabels(selector)
  expect(compiled.ok && compiled.value.evaluate(labels as { [key: string]: string })).toEqual({
    ok: true,
    value: matches,
  })
})

test("a selector is written sorted", () => {
  const compiled = compileLabels("b in (y,x), a")
  expect(compiled.ok && compiled.value.canonical).toBe("a,b in (x,y)")
  expect(compileLabels("a,,b").ok).toBe(false)
})

test("a resource condition reads paths of the object", () => {
  const compiled = compileResourceCondition("status.phase == Done, status.n > 2")
  const evaluated = compiled.ok && compiled.value.evaluate('{"status":{"phase":"Done","n":2}}')
  expect(evaluated).toEqual({ ok: true, value: [false, true] })
})
