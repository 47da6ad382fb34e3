/**
 * Kargo's `${{ }}` and `${% %}` expressions in texts and in whole JSON documents.
 *
 * @packageDocumentation
 */
import {
  failed,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
} from "@argo-ts/kernel"
import { compileExpr, type Environment } from "../expr/compile.js"
import { goJson, goJsonIndented } from "../go/json.js"
import { isInfinityText, parseGoBool, parseGoFloat } from "../go/number.js"
import { goQuote } from "../go/text.js"
import {
  type EvaluateOptions,
  type ExprIssue,
  Fault,
  issueOf,
  issueOfThrown,
  type Program,
  type Reference,
} from "../issue.js"
import { anyType, funcOf, stringType } from "../values/types.js"
import { GoFunc, mapValue, type Value } from "../values/value.js"

type Part = { readonly text: string } | { readonly program: ReturnType<typeof compileBody> }

const delimiters = /\$\{\{|\$\{%/g

function compileBody(
  body: string,
  at: number,
): {
  evaluate: (env: Environment, options?: EvaluateOptions) => Value
  references: readonly Reference[]
} {
  const compiled = compileExpr(body, { mode: "noenv" })
  if (!compiled.ok)
    throw new Fault(
      compiled.issues[0]?.message ?? "",
      at + (compiled.issues[0]?.offset ?? 0),
      "parse",
    )
  const { value: program } = compiled
  return {
    references: program.references.map((reference) => ({
      ...reference,
      offset: reference.offset + at,
    })),
    evaluate: (env, options) => {
      const result = program.evaluate(env, options)
      if (result.ok) return result.value
      const [issue] = result.issues
      throw new Fault(issue?.message ?? "", at + (issue?.offset ?? 0), issue?.phase)
    },
  }
}

function split(source: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (;;) {
    delimiters.lastIndex = at
    const open = delimiters.exec(source)
    if (open === null) break
    const end = open[0] === "${{" ? "}}" : "%}"
    const from = open.index + 3
    const close = source.indexOf(end, from)
    if (close < 0) {
      throw new Fault(
        `unclosed expression: expected "${end}" but reached end of template`,
        open.index,
        "parse",
      )
    }
    if (open.index > at) parts.push({ text: source.slice(at, open.index) })
    at = close + end.length
    const body = source.slice(from, close)
    // An empty body ends the search: upstream copies the rest as it is (spec/languages §3.5).
    if (body === "") break
    parts.push({ program: compileBody(body, from) })
  }
  if (at < source.length) parts.push({ text: source.slice(at) })
  return parts
}

/** Compiles one text. The result is a string, a number, a boolean or JSON, as the rendered text reads. */
export function compileKargo(source: string): Result<Program<Environment, Value>, ExprIssue> {
  try {
    const parts = split(source)
    const programs = parts.flatMap((part) => ("program" in part ? [part.program] : []))
    const isPlain = !source.includes("${{") && !source.includes("${%")
    return ok({
      source,
      references: programs.flatMap((program) => program.references),
      issues: [],
      evaluate: (env, options) => {
        try {
          if (isPlain) return ok(source)
          const all = withFunctions(env)
          const text = parts
            .map((part) =>
              "text" in part ? part.text : written(part.program.evaluate(all, options)),
            )
            .join("")
          return ok(reread(text, programs.length > 0))
        } catch (thrown) {
          return failed([issueOfThrown(thrown, source)])
        }
      },
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

function written(value: Value): string {
  return typeof value === "string" ? value : goJson(value)
}

function reread(rendered: string, wasEvaluated: boolean): Value {
  const newline = rendered.endsWith("\n") ? "\n" : ""
  const text = newline === "" ? rendered : rendered.slice(0, -1)
  if (wasEvaluated && text.length >= 2 && text.startsWith('"') && text.endsWith('"')) {
    return text.slice(1, -1) + newline
  }
  const number = parseGoFloat(withoutUnderscores(text))
  if (
    number !== undefined &&
    (Number.isFinite(number) || Number.isNaN(number) || isInfinityText(text))
  )
    return number
  const boolean = parseGoBool(text)
  if (boolean !== undefined) return boolean
  try {
    return JSON.parse(text) as Value
  } catch {
    return text + newline
  }
}

function withoutUnderscores(text: string): string {
  return /^[+-]?[0-9]+(_[0-9]+)+(\.[0-9]*)?$/.test(text) ? text.replaceAll("_", "") : text
}

const text = funcOf({ params: [anyType], results: [stringType] })

/** The functions that every Kargo expression has: `quote`, `unsafeQuote`, `asJSON`. */
export const kargoFunctions: { readonly [name: string]: Value } = Object.freeze({
  quote: new GoFunc(text, ([value = null]) => {
    return typeof value === "string" ? goQuote(value) : `"${goJson(value)}"`
  }),
  unsafeQuote: new GoFunc(text, ([value = null]) => `"${written(value)}"`),
  asJSON: new GoFunc(text, ([value = null]) => `"${goJsonIndented(value)}\n"`),
})

function withFunctions(env: Environment): Environment {
  return mapValue([...Object.entries(env ?? {}), ...Object.entries(kargoFunctions)])
}

/** Renders every string value of a JSON object; keys and other values stay. Issues carry the path of the value. */
export function renderKargo(
  document: JsonObject,
  env: Environment,
  options?: EvaluateOptions,
): Result<JsonObject, ExprIssue> {
  const issues: ExprIssue[] = []
  const rendered = walk(document, [], { env, options, issues })
  return issues.length > 0 || !isJsonObject(rendered) ? failed(issues) : ok(rendered)
}

interface Walk {
  readonly env: Environment
  readonly options: EvaluateOptions | undefined
  readonly issues: ExprIssue[]
}

function walk(value: JsonValue, path: readonly (string | number)[], context: Walk): JsonValue {
  if (path.length > 200) {
    context.issues.push({
      ...issueOf(new Fault("the document is nested too deeply", -1, "budget"), ""),
      path,
    })
    return null
  }
  if (typeof value === "string") return renderText(value, path, context)
  if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index], context))
  if (!isJsonObject(value)) return value
  const out = Object.create(null) as { [key: string]: JsonValue }
  for (const [key, item] of Object.entries(value)) out[key] = walk(item, [...path, key], context)
  return out
}

function renderText(source: string, path: readonly (string | number)[], context: Walk): JsonValue {
  const compiled = compileKargo(source)
  const result = compiled.ok ? compiled.value.evaluate(context.env, context.options) : compiled
  if (result.ok) {
    if (typeof result.value !== "number" || Number.isFinite(result.value))
      return result.value as JsonValue
    const message = `json: unsupported value: ${String(result.value)}`
    context.issues.push({ ...issueOf(new Fault(message), source), path })
    return null
  }
  context.issues.push(...result.issues.map((issue) => ({ ...issue, path })))
  return null
}
