/**
 * Label selectors as texts, and the conditions of resource templates written in their syntax.
 *
 * @packageDocumentation
 */
import { failed, ok, type Result } from "@argo-ts/kernel"
import { gjsonGet } from "../gjson/get.js"
import { type ExprIssue, issueOfThrown, type Program } from "../issue.js"
import { parseRequirements, type Requirement } from "./parse.js"

export type { Requirement, RequirementOperator } from "./parse.js"

/** Labels of an object. */
export type LabelSet = { readonly [key: string]: string }

/** A compiled selector: evaluated over labels. */
export interface LabelsProgram extends Program<LabelSet, boolean> {
  /** The lines, sorted by key, values sorted. */
  readonly requirements: readonly Requirement[]
  /** The selector in its canonical form. */
  readonly canonical: string
}

/** Compiles a label selector: `app=shop,tier in (a,b),!canary,n>3`. The empty one matches everything. */
export function compileLabels(source: string): Result<LabelsProgram, ExprIssue> {
  try {
    const requirements = parseRequirements(source)
    return ok({
      source,
      requirements,
      canonical: requirements.map(written).join(","),
      references: [],
      issues: [],
      evaluate: (labels) =>
        ok(
          requirements.every((line) =>
            holds(line, Object.hasOwn(labels, line.key) ? labels[line.key] : undefined),
          ),
        ),
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

/** A compiled success or failure condition of a resource template: evaluated over the JSON text of the live object. */
export interface ResourceConditionProgram extends Program<string, readonly boolean[]> {
  readonly requirements: readonly Requirement[]
}

/**
 * Compiles a resource template's `successCondition` or `failureCondition`: each key is a gjson path into the object. The
 * answers stand in order of the lines; success needs all of them, failure one (spec/languages §4.3).
 */
export function compileResourceCondition(
  source: string,
): Result<ResourceConditionProgram, ExprIssue> {
  try {
    const requirements = parseRequirements(source)
    return ok({
      source,
      requirements,
      references: [],
      issues: [],
      evaluate: (json) => {
        try {
          return ok(
            requirements.map((line) => {
              const found = gjsonGet(json, line.key)
              return holds(line, found.exists ? found.string : undefined)
            }),
          )
        } catch (thrown) {
          return failed([issueOfThrown(thrown, source)])
        }
      },
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

function written({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "exists":
      return key
    case "!":
      return `!${key}`
    case "in":
    case "notin":
      return `${key} ${operator} (${values.join(",")})`
    default:
      return `${key}${operator}${values[0] ?? ""}`
  }
}

function integer(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ""))
  return BigInt.asIntN(64, value) === value ? value : undefined
}

function holds({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case "exists":
      return value !== undefined
    case "!":
      return value === undefined
    case "in":
    case "=":
    case "==":
      return value !== undefined && values.includes(value)
    case "notin":
    case "!=":
      return value === undefined || !values.includes(value)
    default: {
      const left = value === undefined ? undefined : integer(value)
      const right = integer(values[0] ?? "")
      if (left === undefined || right === undefined) return false
      return operator === ">" ? left > right : left < right
    }
  }
}
