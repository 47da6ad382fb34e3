import { expect, test } from "vitest"
import { parseOutcomes } from "./outcomes.js"
import { type ScriptedTask, scriptOutcomes } from "./simulate.js"

test("rules come as a list or under `rules`", () => {
  const rules = [
    { node: "*.build*", attempt: 0, phase: "Failed", parameters: { n: 1 }, duration: "5m" },
    { template: "count", result: 3 },
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

test("an attempt is the number at the end of a name; what is not retried has none, and items are no attempts", () => {
  const script = scriptOutcomes([
    { attempt: 0, result: 0 },
    { attempt: 2, result: true },
    { result: "other" },
  ])
  const resultOf = (nodeName: string) =>
    script({ nodeName, template: {} } as unknown as ScriptedTask).outcome.result
  expect(["demo.a", "demo.a(0)", "demo.a(2)", "demo.a(1)", "demo.a(2:x)"].map(resultOf)).toEqual([
    "other",
    "0",
    "true",
    "other",
    "other",
  ])
})
