import type { JsonValue, KubernetesObject } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { parsePath, readPath } from "./path.js"
import { fitsGlob, matchPattern } from "./pattern.js"
import { parseReference, refersTo } from "./reference.js"
import { formatMismatch, matchState, parseState } from "./state.js"

const rollout = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Rollout",
  metadata: { name: "web", namespace: "shop", labels: { app: "web", "a.b/c": "x" } },
  status: {
    phase: "Degraded",
    abort: true,
    conditions: [
      { type: "Available", status: "True" },
      { type: "Progressing", status: "False", reason: "RolloutAborted" },
    ],
  },
} as KubernetesObject

describe("paths", () => {
  test.each([
    ["status.phase", "Degraded"],
    ["status.conditions[type=Progressing].reason", "RolloutAborted"],
    ["status.conditions[-1].status", "False"],
    ['metadata.labels["a.b/c"]', "x"],
    ["status.conditions[7].type", undefined],
    ["metadata.labels.constructor", undefined],
  ])("%s", (text, expected) => {
    const steps = parsePath(text)
    expect(steps.ok && readPath(rollout, steps.value)).toBe(expected)
  })
  test.each(["", "a..b", "a.", "a[", "a[]b"])("refuses %j", (text) => {
    expect(parsePath(text).ok).toBe(false)
  })
})

describe("patterns", () => {
  test.each<[JsonValue, JsonValue | undefined, boolean]>([
    [{ a: 1 }, { a: 1, b: 2 }, true],
    [{ a: { b: 1 } }, { a: { b: 2 } }, false],
    [[1, 2], [1, 2], true],
    [[1], [1, 2], false],
    [null, undefined, true],
    [null, 0, false],
    ["1", 1, false],
    [{ $gt: 1, $lte: 3 }, 3, true],
    [{ $gt: 3 }, 3, false],
    [{ $gt: 3 }, "4", false],
    [{ $not: { phase: "Healthy" } }, { phase: "Degraded" }, true],
    [{ $in: ["a", { $like: "b*" }] }, "bc", true],
    [{ $exists: false }, undefined, true],
    [{ $exists: true }, null, true],
    [{ $contains: { type: "Ready" } }, [{ type: "Ready", status: "True" }], true],
    [{ $contains: "bort" }, "aborted", true],
    [{ $length: { $gte: 2 } }, [1, 2], true],
    [{ $eq: { a: 1 } }, { a: 1, b: 2 }, false],
  ])("%j on %j: %s", (pattern, value, isMatch) => {
    expect(matchPattern(pattern, value).length === 0).toBe(isMatch)
  })
  test("tells where a value differs", () => {
    const mismatches = matchPattern({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })
    expect(mismatches).toEqual([{ path: "a[0].b", expected: "1", found: "2" }])
  })
  test.each([
    ["shop-*", "shop-1", true],
    ["*-*-1", "a-b-1", true],
    ["a*a", "a", false],
    ["web", "web2", false],
  ])("glob %s on %s: %s", (glob, text, isFit) => {
    expect(fitsGlob(glob, text)).toBe(isFit)
  })
  property.prop([fc.jsonValue()])("every value matches itself and $eq of itself", (value) => {
    const hasDollar = JSON.stringify(value).includes("$")
    if (!hasDollar) expect(matchPattern(value as JsonValue, value)).toEqual([])
    expect(matchPattern({ $eq: value as JsonValue }, value)).toEqual([])
  })
})

describe("references", () => {
  test.each([
    ["Rollout/shop/web", true],
    ["Rollout.argoproj.io/shop/web", true],
    ["Rollout.apps/shop/web", false],
    ["Rollout/shop/*", true],
    ["Rollout/*/web", true],
    ["Rollout/shop/[app=web]", true],
    ["Rollout/shop/[app!=web]", false],
    ["Rollout/web", false],
  ])("%s refers: %s", (text, isMeant) => {
    const reference = parseReference(text)
    expect(reference.ok && refersTo(reference.value, rollout)).toBe(isMeant)
  })
  test.each(["web", "rollout/shop/web", "Rollout/a/b/c", "Rollout/"])("refuses %s", (text) => {
    expect(parseReference(text).ok).toBe(false)
  })
})

describe("states", () => {
  const judge = (state: object): string[] => {
    const parsed = parseState(state)
    if (!parsed.ok) return parsed.issues.map((issue) => `${issue.path.join(" ")}: ${issue.message}`)
    return matchState(parsed.value, [rollout]).map(formatMismatch)
  }
  test("says which object differs where", () => {
    expect(
      judge({ "Rollout/shop/web": { "status.phase": "Healthy", "status.abort": true } }),
    ).toEqual(['Rollout/shop/web status.phase: expected "Healthy", found "Degraded"'])
  })
  test("presence, absence and sets", () => {
    expect(judge({ "Rollout/shop/web": "present", "Pod/shop/x": "absent" })).toEqual([])
    expect(judge({ "Rollout/shop/*": { $count: { $gt: 1 } } })).toEqual([
      "Rollout/shop/* $count: expected $gt 1, found 1",
    ])
    expect(judge({ "Pod/shop/*": { $each: { "status.phase": "Running" } } })).toEqual([
      "Pod/shop/*: expected an object, found 0 objects",
    ])
    expect(judge({ "Rollout/*/*": { $some: { "status.abort": true } } })).toEqual([])
  })
  test("lists every issue", () => {
    const issues = judge({
      "Rollout/shop/*": { "status.phase": "Healthy" },
      nonsense: "present",
      "Rollout/shop/web": { "a..b": 1, phase: { $greater: 1 } },
    })
    expect(issues).toHaveLength(4)
  })
})
