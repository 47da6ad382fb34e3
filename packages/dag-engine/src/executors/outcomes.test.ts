import { expect, test } from "vitest"
import { parseOutcomes } from "./outcomes.js"

test("rules come as a list or under `rules`", () => {
  const rules = [
    { node: "*.build*", attempt: 0, phase: "Failed", parameters: { n: 1 }, duration: "5m" },
  ]
  expect(parseOutcomes(rules)).toEqual({ ok: true, value: rules })
  expect(parseOutcomes({ rules })).toEqual({ ok: true, value: rules })
})

test("every finding is named with its place", () => {
  const parsed = parseOutcomes([
    { templat: "x", phase: "Fine" },
    3,
    { duration: "soon", attempt: -1 },
  ])
  expect(parsed.ok ? [] : parsed.issues.map(({ code, path }) => [code, path.join(".")])).toEqual([
    ["UnknownField", "0.templat"],
    ["InvalidValue", "0.phase"],
    ["InvalidValue", "1"],
    ["InvalidValue", "2.duration"],
    ["InvalidValue", "2.attempt"],
  ])
  expect(parseOutcomes("x")).toMatchObject({ ok: false })
})
