import { failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import { ownValue } from "../expr/access.js"
import { compileExpr, type ExprProgram } from "../expr/compile.js"
import { parseTree } from "../expr/parser.js"
import { goJson } from "../go/json.js"
import { goEscape, goJsonString } from "../go/text.js"
import {
  type EvaluateOptions,
  type ExprIssue,
  Fault,
  issueOf,
  issueOfThrown,
  type Program,
  type Reference,
} from "../issue.js"
import { workflowFunctions } from "../presets/workflows.js"
import { isNil, isPlainMap, mapValue, type Value } from "../values/value.js"
import { nestedScope, type TagScope } from "./environment.js"
import { demandedNames } from "./names.js"
import { type Piece, splitTags } from "./split.js"

/**
 * What happens to a tag whose name is missing: `keep` leaves it for a later pass; `refuse` makes it an issue; a list of
 * prefixes (`["steps", "tasks"]`) refuses names below these — but for their artifacts — and keeps the rest.
 */
export type UnresolvedTags = "keep" | "refuse" | readonly string[]

/** How Workflows' tags are compiled. */
export interface TagOptions {
  /** Default `keep`. */
  readonly unresolved?: UnresolvedTags
}

/** A compiled template. `evaluate` gives the text with its tags replaced. */
export type TagsProgram = Program<TagScope, string>

interface Run {
  readonly scope: TagScope
  /** The scope as expressions see it; built once, and only if there is an expression. */
  readonly nested: () => { readonly [name: string]: Value }
  readonly isValidation: () => boolean
  readonly options: EvaluateOptions | undefined
  readonly unresolved: UnresolvedTags
}

type Part = (run: Run) => string

/**
 * Compiles the JSON text of a Workflows object with `{{name}}` and `{{=expression}}` tags. Values are inserted as
 * upstream inserts them into JSON text: quoted by Go's rules, without the outer quotes.
 */
export function compileTags(
  source: string,
  options: TagOptions = {},
): Result<TagsProgram, ExprIssue> {
  try {
    const references: Reference[] = []
    const parts = splitTags(source).map((piece) => compilePiece(piece, references))
    const unresolved = options.unresolved ?? "keep"
    return ok({
      source,
      references,
      issues: [],
      evaluate: (scope, given) => {
        try {
          const run = runOf(scope, unresolved, given)
          let text = ""
          for (const part of parts) text += part(run)
          return ok(text)
        } catch (thrown) {
          return failed([issueOfThrown(thrown, source)])
        }
      },
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

function runOf(
  scope: TagScope,
  unresolved: UnresolvedTags,
  options: EvaluateOptions | undefined,
): Run {
  let nested: { readonly [name: string]: Value } | undefined
  return {
    scope,
    unresolved,
    options,
    nested: () => {
      nested ??= mapValue([
        ...Object.entries(workflowFunctions),
        ...Object.entries(nestedScope(scope)),
      ])
      return nested
    },
    isValidation: () =>
      Object.values(scope).some(
        (value) => typeof value === "string" && value.startsWith("__argo__internal__placeholder-"),
      ),
  }
}

/**
 * Replaces the tags of a whole document: compiled as JSON text, evaluated, and read again as JSON, as Workflows does for
 * templates.
 */
export function replaceTags<Document>(
  document: Document,
  scope: TagScope,
  options: TagOptions & EvaluateOptions = {},
): Result<Document, ExprIssue> {
  const text = JSON.stringify(document as JsonValue).replace(/[<>&\u2028\u2029]/g, (char) =>
    goJsonString(char).slice(1, -1),
  )
  if (!text.includes("{{")) return ok(document)
  const compiled = compileTags(text, options)
  if (!compiled.ok) return compiled
  const replaced = compiled.value.evaluate(scope, options)
  if (!replaced.ok) return replaced
  try {
    return ok(JSON.parse(replaced.value) as Document)
  } catch {
    const message = "cannot finish template replacement because the result was invalid JSON"
    return failed([issueOf(new Fault(message), text)])
  }
}

function compilePiece(piece: Piece, references: Reference[]): Part {
  if (piece.kind === "text") return () => piece.text
  if (piece.text.startsWith("=")) return compileExpressionTag(piece, references)
  const name = piece.text.trim()
  references.push({
    path: name.split("."),
    guarded: false,
    dynamic: false,
    offset: piece.at,
    length: piece.text.length,
  })
  return (run) => simpleTag(piece, name, run)
}

function simpleTag(piece: Piece, name: string, run: Run): string {
  const tag = piece.text
  const value = Object.hasOwn(run.scope, name) ? run.scope[name] : undefined
  if (value === null || (value !== undefined && isNil(value))) {
    const why = "output is an absent optional (skipped/omitted node with no default)"
    throw new Fault(`unable to substitute {{${name}}}: ${why}`, piece.at, "run", "AbsentOptional")
  }
  if (typeof value === "string") return goEscape(value)
  if (value !== undefined)
    throw unresolvedFault(`failed to resolve {{${name}}} to string`, piece.at)
  const inner = tag.lastIndexOf("{{")
  if (inner > 0) {
    const nested = ownTag(run.scope, tag.slice(inner + 2))
    if (typeof nested === "string") return `{{${tag.slice(0, inner)}${goEscape(nested)}`
    if (nested === null) {
      throw new Fault(
        `unable to substitute nested tag {{${tag.slice(inner + 2)}}}`,
        piece.at,
        "run",
        "AbsentOptional",
      )
    }
  }
  if (isRefused(name, run.unresolved, true))
    throw unresolvedFault(`failed to resolve {{${tag}}}`, piece.at)
  return `{{${tag}}}`
}

function ownTag(scope: TagScope, name: string): Value | undefined {
  return Object.hasOwn(scope, name) ? scope[name] : undefined
}

function unresolvedFault(message: string, at: number): Fault {
  return new Fault(message, at, "run", "UnresolvedTag")
}

function isRefused(name: string, unresolved: UnresolvedTags, isTag: boolean): boolean {
  if (unresolved === "keep") return false
  if (unresolved === "refuse") return true
  if (isTag && name.includes(".outputs.artifacts.")) return false
  return unresolved.some((prefix) => name === prefix || name.startsWith(`${prefix}.`))
}

function compileExpressionTag(piece: Piece, references: Reference[]): Part {
  const source = decodeTag(piece)
  const parsed = compileExpr(source, { mode: "env" })
  if (!parsed.ok) {
    const [issue] = parsed.issues
    throw new Fault(`failed to evaluate expression: ${issue?.message ?? ""}`, piece.at, "parse")
  }
  const program = parsed.value
  for (const reference of program.references)
    references.push({ ...reference, offset: piece.at + 1 + reference.offset })
  const demanded = demandedNames(
    parseTree(source, {
      dialect: "1.17",
      isOverridden: () => false,
      maxLength: 100_000,
      maxNodes: 10_000,
      maxDepth: 400,
    }).node,
  )
  return (run) => expressionTag(piece, program, demanded, run)
}

/** Known only when a step runs: left for that pass even where the expression could do without. */
function isLateBound(name: string): boolean {
  return /^(?:item|retries|lastRetry|workflow\.(?:status|failures))(?:\.|$)/.test(name)
}

function decodeTag(piece: Piece): string {
  const unescaped = piece.text
    .replaceAll("\\u003c", "<")
    .replaceAll("\\u003e", ">")
    .replaceAll("\\u0026", "&")
  try {
    return (JSON.parse(`"${unescaped}"`) as string).slice(1)
  } catch {
    return piece.text.slice(1)
  }
}

function expressionTag(
  piece: Piece,
  program: ExprProgram,
  demanded: readonly string[],
  run: Run,
): string {
  const verbatim = `{{${piece.text}}}`
  const nested = run.nested()
  const missing = demanded.filter((name) => !isPresent(nested, name))
  if (run.unresolved === "keep") {
    if (missing.some(isLateBound)) return verbatim
  } else if (missing.length > 0) {
    const refused = missing.find((name) => isRefused(name, run.unresolved, false))
    if (refused === undefined || run.isValidation()) return verbatim
    throw unresolvedFault(`failed to evaluate expression: ${refused} is missing`, piece.at)
  }
  const isLenient = run.unresolved === "keep" || run.isValidation()
  const result = program.evaluate(nested, run.options)
  if (!result.ok) {
    if (isLenient) return verbatim
    const [issue] = result.issues
    throw new Fault(
      `failed to evaluate expression: ${issue?.message ?? ""}`,
      piece.at,
      issue?.phase,
    )
  }
  const { value } = result
  if (isNil(value)) {
    if (isLenient) return verbatim
    throw new Fault(`failed to evaluate expression ${JSON.stringify(program.source)}`, piece.at)
  }
  try {
    return written(value, piece.at)
  } catch (thrown) {
    if (isLenient && thrown instanceof Fault) return verbatim
    throw thrown
  }
}

function written(value: Value, at: number): string {
  try {
    const text = typeof value === "string" ? value : goJson(value)
    return goJsonString(text).slice(1, -1)
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    throw new Fault(`failed to marshal evaluated expression: ${thrown.message}`, at)
  }
}

function isPresent(scope: { readonly [name: string]: Value }, name: string): boolean {
  if (name === "$env") return true
  let value: Value = scope
  for (const key of name.split(".")) {
    if (!isPlainMap(value)) return false
    const next: Value | undefined = ownValue(value, key)
    if (next === undefined) return false
    value = next
  }
  return true
}
