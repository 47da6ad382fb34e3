import { epochMs, type Result } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { MissingData, readData } from "./data-functions.js"
import {
  compileCondition,
  evaluateBoolean,
  evaluateConfig,
  evaluateExpression,
  evaluateText,
  evaluateVariables,
  firstMessage,
  instantValue,
  LookupError,
} from "./evaluate.js"
import { functionOf } from "./functions.js"

const now = epochMs(1_767_603_600_000)
const told = <T>(result: Result<T>): unknown =>
  result.ok ? result.value : `error: ${firstMessage(result.issues)}`
const throwing = (error: Error) =>
  functionOf({ params: [] }, () => {
    throw error
  })
const environment = {
  a: "x",
  lost: throwing(new LookupError("not here")),
  missing: throwing(new MissingData({ kind: "Secret", isShared: false, name: "s" })),
  broken: throwing(new Error("a mistake of ours")),
}
const evaluation = { environment, now }

describe("conditions", () => {
  test.each([
    ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [`'${word}'`, true] as const),
    ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [`'${word}'`, false] as const),
    ["true", true],
    ["1 > 2", false],
    ["1", true],
    ["0", false],
    ["a == 'x'", true],
    ["now().Unix() == 1767603600", true],
  ] as const)("%s is %s", (source, expected) => {
    expect(told(evaluateBoolean(source, environment, now))).toBe(expected)
  })

  test.each([
    ["'yes'", 'error: expected true or false, found "yes"'],
    ["2", "error: expected true or false, found 2"],
    ["nil", "error: expected true or false, found null"],
    ["lost()", "error: not here"],
  ])("%s is none", (source, expected) => {
    expect(told(evaluateBoolean(source, environment, now))).toBe(expected)
  })

  test("what cannot be read says so before it is used", () => {
    expect(compileCondition("a +").ok).toBe(false)
    expect(told(evaluateBoolean("a +", environment, now))).toMatch(/^error: /)
    expect(told(evaluateBoolean("a.b.c", environment, now))).toMatch(/^error: /)
  })
})

test("expressions, texts and configurations", () => {
  expect(told(evaluateExpression("a + 'y'", environment, now))).toBe("xy")
  expect(told(evaluateExpression("a +", environment, now))).toMatch(/^error: /)
  expect(told(evaluateExpression("lost()", environment, now))).toBe("error: not here")
  expect(told(evaluateText("${{ a }}-${{ now().Unix() }}", evaluation))).toBe("x-1767603600")
  expect(told(evaluateText("${{ a", evaluation))).toMatch(/^error: unclosed/)
  expect(told(evaluateText("${{ lost() }}", evaluation))).toBe("error: not here")
  expect(told(evaluateConfig({ k: ["${{ a }}", 1] }, evaluation))).toEqual({ k: ["x", 1] })
  expect(told(evaluateConfig([], evaluation))).toBe(
    "error: expected the configuration to be a mapping",
  )
  expect(told(evaluateConfig({ k: "${{ lost() }}" }, evaluation))).toBe("error: not here")
})

test("variables see those before them, and those that were there", () => {
  const before = { environment: { ...environment, vars: { old: "o", a: "1" } }, now }
  const variables = [
    { name: "a", value: "${{ vars.old }}2" },
    { name: "b", value: "${{ quote(vars.a) }}" },
    { name: "__proto__", value: "${{ vars.b }}!" },
    { name: "c" },
  ]
  const result = evaluateVariables(variables, before)
  const vars = result.ok ? result.value.environment["vars"] : undefined
  expect(Object.entries(vars ?? {})).toEqual([
    ["old", "o"],
    ["a", "o2"],
    ["b", "o2"],
    ["__proto__", "o2!"],
    ["c", ""],
  ])
  expect(told(evaluateVariables([{ name: "a", value: "${{ lost() }}" }], evaluation))).toBe(
    "error: variable a: not here",
  )
})

test("what is missing and what is our own mistake goes on to whoever can do something about it", () => {
  expect(() => evaluateText("${{ missing() }}", evaluation)).toThrow("Secret s was not read yet")
  expect(() => evaluateText("${{ broken() }}", evaluation)).toThrow("a mistake of ours")
  expect(readData("p/step-1", { kind: "Secret", isShared: true, name: "s" })).toEqual({
    type: "ReadData",
    key: "p/step-1/read/Secret/shared/s",
    kind: "Secret",
    isShared: true,
    name: "s",
  })
  expect(readData("p", { kind: "Secret", isShared: false, name: "s" }).key).toBe("p/read/Secret/s")
})

test("an instant is a time to expressions", () => {
  const at = instantValue(epochMs(86_400_000))
  expect(told(evaluateExpression("at.Year() * 100 + at.Day()", { at }, now))).toBe(197_002)
})

test("an issue has a message, and none has one too", () => {
  expect(firstMessage([])).toBe("the expression failed")
})
