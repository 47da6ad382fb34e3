import { compileExpr } from "@argo-ts/expr/expr"
import { compileKargo } from "@argo-ts/expr/kargo"
import { compilePattern } from "@argo-ts/expr/regexp"
import { compileSemver } from "@argo-ts/expr/semver"
import {
  type Issue,
  type IssuePath,
  isJsonObject,
  type JsonValue,
  parseDuration,
} from "@argo-ts/kernel"
import type { ExpressionVariable } from "./common.js"
import { compileGlob } from "./glob.js"

/** One thing that is wrong, and where. */
export function invalid(path: IssuePath, message: string): Issue {
  return { code: "InvalidValue", path, message }
}

/** A regular expression as RE2 reads it. */
export function patternIssues(path: IssuePath, pattern: string): readonly Issue[] {
  try {
    compilePattern(pattern)
    return []
  } catch {
    return [invalid(path, `expected a regular expression (RE2), found ${JSON.stringify(pattern)}`)]
  }
}

/** A pattern with its prefix: `glob:…`, `regex:…`; without one it is a plain text. */
export function markedIssues(path: IssuePath, marked: string): readonly Issue[] {
  const rest = marked.slice(marked.indexOf(":") + 1)
  if (/^regexp?:/.test(marked)) return patternIssues(path, rest)
  if (!marked.startsWith("glob:") || compileGlob(rest) !== undefined) return []
  return [invalid(path, `expected a glob, found ${JSON.stringify(rest)}`)]
}

/** A duration of Go that is not negative. */
export function durationIssues(path: IssuePath, text: string | undefined): readonly Issue[] {
  if (text === undefined) return []
  const parsed = parseDuration(text)
  if (parsed.ok && parsed.value >= 0) return []
  return [invalid(path, `expected a duration like 5m or 1h30m, found ${JSON.stringify(text)}`)]
}

/** A duration as upstream's schema writes them: h, m and s only. */
export function plainDurationIssues(path: IssuePath, text: string | undefined): readonly Issue[] {
  if (text === undefined || /^(\d+(\.\d+)?[hms])+$/.test(text)) return []
  return [
    invalid(path, `expected a duration in h, m and s, like 5m0s, found ${JSON.stringify(text)}`),
  ]
}

/** A semver range. */
export function constraintIssues(path: IssuePath, range: string | undefined): readonly Issue[] {
  if (range === undefined || range === "" || compileSemver(range).ok) return []
  return [invalid(path, `expected a range of versions like ^1.2.0, found ${JSON.stringify(range)}`)]
}

/** A limit of discovery. */
export function limitIssues(path: IssuePath, limit: number | undefined): readonly Issue[] {
  if (limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= 100)) return []
  return [invalid(path, `expected a whole number from 1 to 100, found ${limit}`)]
}

/** An expression without `${{ }}`. */
export function expressionIssues(
  path: IssuePath,
  expression: string | undefined,
): readonly Issue[] {
  if (expression === undefined || expression === "") return []
  const compiled = compileExpr(expression, { mode: "noenv" })
  return compiled.ok ? [] : compiled.issues.map((issue) => invalid(path, issue.message))
}

/** Variables: their names, and the templates of their values. */
export function variableIssues(
  path: IssuePath,
  variables: readonly ExpressionVariable[] = [],
): readonly Issue[] {
  return variables.flatMap(({ name, value = "" }, index) => [
    ...(/^[a-zA-Z_]\w*$/.test(name)
      ? []
      : [
          invalid(
            [...path, index, "name"],
            `expected letters, digits and _, found ${JSON.stringify(name)}`,
          ),
        ]),
    ...templateIssues([...path, index, "value"], value),
  ])
}

const unsupportedVariables: ReadonlyMap<string, string> = new Map([
  ["target", "targets are not built yet"],
  ["task", "promotion tasks are not built yet"],
])

/** What is wrong with one template: its syntax, or a variable of something that is not built. */
function textIssues(path: IssuePath, source: string): readonly Issue[] {
  const compiled = compileKargo(source)
  if (!compiled.ok) return compiled.issues.map(({ message }) => invalid(path, message))
  return compiled.value.references.flatMap(({ path: [name = ""] }) => {
    const why = unsupportedVariables.get(name)
    const message = `the variable ${name} is known upstream, but not supported: ${why}`
    return why === undefined ? [] : [{ code: "UnsupportedField", path, message }]
  })
}

/** Templates are checked wherever a text may hold one; iterates, as configuration nests as deep as users like. */
export function templateIssues(path: IssuePath, root: JsonValue): readonly Issue[] {
  const issues: Issue[] = []
  const queue: (readonly [IssuePath, JsonValue])[] = [[path, root]]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [at, value] = next
    if (typeof value === "string") {
      issues.push(...textIssues(at, value))
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) queue.push([[...at, index], item as JsonValue])
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) queue.push([[...at, key], item])
    }
  }
  return issues
}
