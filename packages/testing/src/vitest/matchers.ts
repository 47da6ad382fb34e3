import {
  type Condition,
  findCondition,
  formatIssue,
  formatPath,
  type Issue,
  isJsonObject,
  type JsonObject,
  type KubernetesObject,
  type Result,
} from "@argo-ts/kernel"
import { expect } from "vitest"
import type { StateSection } from "../api/scenario.js"
import { matchPattern } from "../match/pattern.js"
import { formatMismatch, matchState, parseState } from "../match/state.js"
import type { ScenarioResult } from "../world/scenario.js"

/** What vitest wants a matcher to answer. */
interface Verdict {
  readonly pass: boolean
  readonly message: () => string
}

function verdict(pass: boolean, why: string, whyNot: string): Verdict {
  return { pass, message: () => (pass ? whyNot : why) }
}

function objectsOf(received: unknown): readonly KubernetesObject[] {
  if (Array.isArray(received)) return received as readonly KubernetesObject[]
  const { objects } = received as { readonly objects?: () => readonly KubernetesObject[] }
  return typeof objects === "function" ? objects() : [received as KubernetesObject]
}

function conditionsOf(received: unknown): readonly Condition[] {
  const status = isJsonObject(received) ? received["status"] : undefined
  const conditions = isJsonObject(status) ? status["conditions"] : undefined
  return Array.isArray(conditions) ? (conditions as unknown as readonly Condition[]) : []
}

/**
 * The matchers, for `expect.extend`:
 * `toHold(state)` on a world, objects or one object; `toHaveCondition(type, fields?)` on an object;
 * `toBeAccepted()` and `toHaveIssue(code, path?)` on the result of a parser; `toHaveGoneWell()` on a scenario result.
 */
export const deliveryMatchers: {
  toHold(received: unknown, state: StateSection): Verdict
  toHaveCondition(received: unknown, type: string, fields?: JsonObject): Verdict
  toBeAccepted(received: Result<unknown>): Verdict
  toHaveIssue(received: Result<unknown>, code: string, path?: string): Verdict
  toHaveGoneWell(received: ScenarioResult): Verdict
} = {
  toHold(received, state) {
    const parsed = parseState(state)
    if (!parsed.ok) return verdict(false, parsed.issues.map(formatIssue).join("\n"), "")
    const mismatches = matchState(parsed.value, objectsOf(received))
    const lines = mismatches.map(formatMismatch).join("\n")
    return verdict(mismatches.length === 0, lines, "expected the state not to hold, but it does")
  },
  toHaveCondition(received, type, fields = {}) {
    const condition = findCondition(conditionsOf(received), type)
    const mismatches = condition === undefined ? [] : matchPattern(fields, condition)
    const isThere = condition !== undefined && mismatches.length === 0
    const found = condition === undefined ? "none" : JSON.stringify(condition)
    const wanted = `condition ${type} with ${JSON.stringify(fields)}`
    return verdict(isThere, `expected ${wanted}, found ${found}`, `expected no ${wanted}`)
  },
  toBeAccepted(received) {
    const lines = received.ok ? "" : received.issues.map(formatIssue).join("\n")
    return verdict(
      received.ok,
      `expected no issues, found:\n${lines}`,
      "expected issues, found none",
    )
  },
  toHaveIssue(received, code, path) {
    const issues: readonly Issue[] = received.ok ? [] : received.issues
    const isThere = issues.some(
      (issue) => issue.code === code && (path === undefined || formatPath(issue.path) === path),
    )
    const wanted = path === undefined ? code : `${code} at ${path}`
    const lines = issues.map((issue) => `${issue.code} ${formatIssue(issue)}`).join("\n")
    return verdict(
      isThere,
      `expected ${wanted}, found:\n${lines || "no issues"}`,
      `expected no ${wanted}`,
    )
  },
  toHaveGoneWell(received) {
    return verdict(received.ok, received.failures.join("\n"), "expected the scenario to fail")
  },
}

expect.extend(deliveryMatchers)

declare module "vitest" {
  // The type parameter has to be named as vitest names it, used or not.
  interface Matchers<T> {
    /** The state holds: of a world, of objects, of one object. */
    toHold(state: StateSection): T
    /** The object has a condition of that type whose fields match. */
    toHaveCondition(type: string, fields?: JsonObject): T
    /** A parser found no issue. */
    toBeAccepted(): T
    /** A parser found an issue with that code, at that path. */
    toHaveIssue(code: string, path?: string): T
    /** No expectation of the scenario failed. */
    toHaveGoneWell(): T
  }
}
