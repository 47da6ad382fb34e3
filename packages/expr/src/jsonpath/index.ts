/**
 * JSONPath twice: templates as Kubernetes reads them (`kubectl -o jsonpath`, Workflows' resource outputs, web metrics),
 * and the selectors of Workflows' function `jsonpath`.
 *
 * @packageDocumentation
 */
import { failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import { goJson } from "../go/json.js"
import { sprint } from "../go/sprint.js"
import { type ExprIssue, issueOfThrown, type Program, type Reference } from "../issue.js"
import { isList, isPlainMap, type Value } from "../values/value.js"
import { type Found, find } from "./find.js"
import type { PathNode, TemplatePart } from "./node.js"
import { parseTemplate } from "./parse.js"

export { compileSelector } from "./selector.js"

/** What a template came to. */
export interface JsonPathOutput {
  /** As `kubectl` prints it: texts raw, objects and arrays as JSON, several values one blank apart. */
  readonly text: string
  /** What each text and each `{…}` found, in the order of the output. */
  readonly found: readonly (readonly Value[])[]
}

/** How a template is run. */
export interface JsonPathOptions {
  /** A field that is not there is nothing instead of an error. Default false, as for metrics; `kubectl` says true. */
  readonly allowMissingKeys?: boolean
}

const sourceMax = 100_000
const stepsDefault = 1_000_000

/** Compiles a template: text, and paths in braces. */
export function compileJsonPath(
  source: string,
  { allowMissingKeys = false }: JsonPathOptions = {},
): Result<Program<JsonValue, JsonPathOutput>, ExprIssue> {
  if (source.length > sourceMax) return failed([tooLong(source)])
  let parts: readonly TemplatePart[]
  try {
    parts = parseTemplate(source)
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
  return ok({
    source,
    references: referencesOf(parts),
    issues: [],
    evaluate: (document, options) => {
      try {
        const steps = options?.budget?.steps ?? stepsDefault
        const found = find(parts, document, { allowMissingKeys, steps })
        return ok({ text: found.map(print).join(""), found })
      } catch (thrown) {
        return failed([issueOfThrown(thrown, source)])
      }
    },
  })
}

function tooLong(source: string): ExprIssue {
  const message = `expected a path of at most ${sourceMax} characters, found ${source.length}`
  const place = { offset: 0, length: 0, line: 0, column: 0, excerpt: "" }
  return { code: "BudgetExceeded", path: [], message, phase: "budget", ...place }
}

function print(values: Found): string {
  return values.map(printOne).join(" ")
}

function printOne(value: Value): string {
  if (value === null) return "null"
  return isList(value) || isPlainMap(value) ? goJson(value) : sprint(value)
}

/** The leading names of each path; what follows a filter or an index counts as computed. */
function referencesOf(parts: readonly TemplatePart[]): readonly Reference[] {
  return parts.flatMap((part) => {
    if (part.kind === "text") return []
    const nodes = part.nodes.filter((node) => node.kind !== "word")
    const stop = nodes.findIndex((node) => node.kind !== "field")
    const named = stop < 0 ? nodes : nodes.slice(0, stop)
    const path = named.flatMap((node: PathNode) => (node.kind === "field" ? [node.name] : []))
    const isPath =
      path.length > 0 || nodes.some(({ kind }) => kind !== "text" && kind !== "literal")
    return isPath
      ? [{ path, guarded: false, dynamic: named.length < nodes.length, offset: 0, length: 0 }]
      : []
  })
}
