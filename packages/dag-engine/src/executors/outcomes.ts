import {
  failed,
  type Issue,
  type IssuePath,
  isJsonObject,
  ok,
  parseDuration,
  type Result,
} from "@argo-ts/kernel"
import { nearestName } from "@argo-ts/kernel/validation"
import type { OutcomeRule } from "./simulate.js"

const fields: { readonly [Field in keyof OutcomeRule]-?: (value: unknown) => boolean } = {
  node: isText,
  template: isText,
  attempt: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  phase: (value) => value === "Succeeded" || value === "Failed" || value === "Error",
  exitCode: (value) => Number.isSafeInteger(value),
  message: isText,
  result: isScalar,
  parameters: (value) => isJsonObject(value) && Object.values(value).every(isScalar),
  artifacts: (value) => Array.isArray(value) && value.every(isText),
  duration: (value) => isText(value) && parseDuration(value).ok,
}

const expectations: { readonly [Field in keyof OutcomeRule]-?: string } = {
  node: "a glob over node names",
  template: "a template's name",
  attempt: "a whole number from 0",
  phase: "Succeeded, Failed or Error",
  exitCode: "a whole number",
  message: "a text",
  result: "a text, number or boolean",
  parameters: "a mapping of names to texts, numbers or booleans",
  artifacts: "a list of names",
  duration: "a duration like 30s",
}

function isText(value: unknown): value is string {
  return typeof value === "string"
}

function isScalar(value: unknown): boolean {
  return isText(value) || typeof value === "number" || typeof value === "boolean"
}

/** Reads outcome rules, as a file for `--outcomes` holds them: a list, or a mapping with the list under `rules`. */
export function parseOutcomes(value: unknown): Result<readonly OutcomeRule[]> {
  const isWrapped = isJsonObject(value) && "rules" in value
  const list: unknown = isWrapped ? value["rules"] : value
  const base: IssuePath = isWrapped ? ["rules"] : []
  if (!Array.isArray(list)) {
    return failed([{ code: "InvalidValue", path: base, message: "expected a list of rules" }])
  }
  const issues = list.flatMap((rule: unknown, index) => checkRule(rule, [...base, index]))
  return issues.length > 0 ? failed(issues) : ok(list as readonly OutcomeRule[])
}

function checkRule(rule: unknown, path: IssuePath): readonly Issue[] {
  if (!isJsonObject(rule)) return [{ code: "InvalidValue", path, message: "expected a mapping" }]
  const issues: Issue[] = []
  for (const name of Object.keys(rule)) {
    const place = [...path, name]
    if (!Object.hasOwn(fields, name)) {
      const near = nearestName(name, Object.keys(fields))
      const hint = near === undefined ? {} : { hint: `did you mean "${near}"?` }
      issues.push({ code: "UnknownField", path: place, message: "no such field", ...hint })
    } else if (!fields[name as keyof OutcomeRule](rule[name])) {
      const message = `expected ${expectations[name as keyof OutcomeRule]}, found ${JSON.stringify(rule[name])}`
      issues.push({ code: "InvalidValue", path: place, message })
    }
  }
  return issues
}
