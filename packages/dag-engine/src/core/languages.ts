import { compileDepends as compileDependsText, type TaskResult } from "@argo-ts/expr/depends"
import { compileExpr, workflowFunctions } from "@argo-ts/expr/expr"
import { sprint } from "@argo-ts/expr/go"
import { compileWhen } from "@argo-ts/expr/govaluate"
import { compileTags, nestedScope, type TagScope } from "@argo-ts/expr/tags"
import { fromValue, type Value } from "@argo-ts/expr/values"
import type { EpochMs, JsonValue } from "@argo-ts/kernel"

/** Values by name. `null` stands for an optional output that is absent, `undefined` for an unknown name. */
export interface Scope {
  readonly now: number
  get(name: string): string | null | undefined
  /** Every known name that is `path` or lies below it; for expressions, which may ask for whole maps. */
  below(path: string): Iterable<string>
  /** Why an unknown name has no value, where more can be said than that. */
  fault?(name: string): string | undefined
  /** Why a value cannot be inserted. Absent: every value can. */
  refuses?: ((value: string) => string | undefined) | undefined
}

/** Why a text could not be rendered. */
export interface RenderFailure {
  readonly ok: false
  readonly message: string
  /** True where it is an argument of the caller that cannot be resolved. */
  readonly isReference?: boolean
}

/** A rendered text, or why there is none. */
export type Rendered<T = string> = { readonly ok: true; readonly value: T } | RenderFailure

/** A text with tags, parsed once. */
export interface Text {
  readonly source: string
  /** True where it holds no tag: rendering gives `source`. */
  readonly isLiteral: boolean
  /** The names that its simple tags and expressions mention. */
  readonly names: readonly string[]
  /** Of these, the simple tags: what validation holds against the scope. */
  readonly tags: readonly string[]
  /** What is wrong with its expressions. */
  readonly faults: readonly string[]
  /** Replaces the tags. Unknown names stay as they are, except those that `strict` claims: they fail. */
  render(scope: Scope, strict: (name: string) => boolean): Rendered
}

/** A tag, and the text before it. */
interface Part {
  readonly literal: string
  readonly names: readonly string[]
  readonly tag?: string
  readonly fault?: string
  readonly render: ((scope: Scope, strict: (name: string) => boolean) => Rendered) | undefined
}

function splitTags(source: string): readonly Part[] {
  const parts: Part[] = []
  let from = 0
  for (;;) {
    const start = source.indexOf("{{", from)
    const end = start < 0 ? -1 : source.indexOf("}}", start + 2)
    if (end < 0) break
    const raw = source.slice(start, end + 2)
    const literal = source.slice(from, start)
    parts.push(raw.startsWith("{{=") ? expressionPart(literal, raw) : simplePart(literal, raw))
    from = end + 2
  }
  parts.push({ literal: source.slice(from), names: noNames, render: undefined })
  return parts
}

function simplePart(literal: string, raw: string): Part {
  const name = raw.slice(2, -2).trim()
  return {
    literal,
    names: [name],
    tag: name,
    render: (scope, strict) => simpleTag(name, raw, scope, strict),
  }
}

function simpleTag(
  name: string,
  raw: string,
  scope: Scope,
  strict: (name: string) => boolean,
): Rendered {
  const value = scope.get(name)
  if (typeof value === "string") {
    const message = scope.refuses?.(value)
    return message === undefined ? { ok: true, value } : { ok: false, message }
  }
  if (value === null) {
    const why = "output is an absent optional (skipped/omitted node with no default)"
    return { ok: false, message: `unable to substitute {{${name}}}: ${why}` }
  }
  const nested = name.lastIndexOf("{{")
  if (nested >= 0) {
    const inner = scope.get(name.slice(nested + 2))
    if (typeof inner === "string") {
      return { ok: true, value: `${raw.slice(0, raw.lastIndexOf("{{"))}${inner}}}` }
    }
  }
  if (strict(name)) {
    return { ok: false, message: scope.fault?.(name) ?? `failed to resolve {{${name}}}` }
  }
  return { ok: true, value: raw }
}

/** Expression tags are upstream's own: compiled as JSON text, so that quoting follows its rules. */
function expressionPart(literal: string, raw: string): Part {
  const compiled = compileTags(JSON.stringify(raw).slice(1, -1))
  if (!compiled.ok) {
    const message = compiled.issues[0]?.message ?? "invalid expression"
    return { literal, names: noNames, fault: message, render: () => ({ ok: false, message }) }
  }
  const program = compiled.value
  const refusing = compileTags(program.source, { unresolved: ["steps", "tasks"] })
  const strictProgram = refusing.ok ? refusing.value : program
  const refusingAll = compileTags(program.source, { unresolved: "refuse" })
  const closedProgram = refusingAll.ok ? refusingAll.value : program
  const paths = program.references.map((reference) => reference.path)
  return {
    literal,
    names: paths.map((path) => path.join(".")),
    render: (scope, strict) => {
      const chosen = strict("") ? closedProgram : strict("steps.") ? strictProgram : program
      const result = chosen.evaluate(environmentOf(scope, paths), { now: scope.now as EpochMs })
      if (!result.ok) return { ok: false, message: result.issues[0]?.message ?? "failed" }
      return { ok: true, value: JSON.parse(`"${result.value}"`) as string }
    },
  }
}

/** The part of a scope that some paths can reach. */
function environmentOf(scope: Scope, paths: readonly (readonly string[])[]): TagScope {
  const values = Object.create(null) as { [name: string]: string | null }
  for (const path of paths) {
    for (const name of scope.below(path.slice(0, 2).join("."))) {
      const value = scope.get(name)
      if (value !== undefined) values[name] = value
    }
  }
  return values
}

const noNames: readonly string[] = []

function literalText(source: string): Text {
  return {
    source,
    isLiteral: true,
    names: noNames,
    tags: noNames,
    faults: noNames,
    render: renderLiteral,
  }
}

function renderLiteral(this: Text): Rendered {
  return { ok: true, value: this.source }
}

/** Parses a text with `{{tags}}`. */
export function compileText(source: string): Text {
  if (!source.includes("{{")) return literalText(source)
  const parts = splitTags(source)
  if (parts.length < 2) return literalText(source)
  return {
    source,
    isLiteral: false,
    names: parts.flatMap((part) => part.names),
    tags: parts.flatMap((part) => part.tag ?? []),
    faults: parts.flatMap((part) => part.fault ?? []),
    render(scope, strict) {
      let text = ""
      for (const part of parts) {
        text += part.literal
        if (part.render === undefined) continue
        const rendered = part.render(scope, strict)
        if (!rendered.ok) return rendered
        text += rendered.value
      }
      return { ok: true, value: text }
    },
  }
}

/** Evaluates a `when` whose tags are replaced. */
export function evaluateWhen(text: string): Rendered<boolean> {
  const program = compileWhen(text.trim())
  if (!program.ok) {
    const { message = "invalid 'when'", hint } = program.issues[0] ?? {}
    return { ok: false, message: hint === undefined ? message : `${message} (hint: ${hint})` }
  }
  const holds = program.value.evaluate(Object.create(null) as Record<string, never>)
  if (holds.ok) return holds
  return { ok: false, message: holds.issues[0]?.message ?? "failed to evaluate 'when'" }
}

/** An expression that stands without braces, compiled once. */
export interface Expression {
  readonly source: string
  /** What is wrong with it. */
  readonly fault: string | undefined
  /** Every name that it reads, in parts. */
  readonly paths: readonly (readonly string[])[]
  /** Those among them for whose absence nothing provides: no `??`, no `?.`. */
  readonly needs: readonly (readonly string[])[]
  /** The expression that its tags give here; itself where it has none. */
  within(scope: Scope): Rendered<Expression>
  evaluate(scope: Scope): Rendered<JsonValue>
  /** Its value as Go prints it: a list of texts is `[a b]`; `undefined` for none. */
  print(scope: Scope): Rendered<string | undefined>
  /** Evaluates it over values instead of names that are texts. */
  evaluateOver(values: { readonly [name: string]: Value }, now: number): Rendered<JsonValue>
}

/** Compiles an expression; what is wrong with it shows when it is evaluated, and in validation. */
export function compileExpression(source: string): Expression {
  const compiled = compileExpr(source, { mode: "env" })
  if (!compiled.ok) {
    const message = compiled.issues[0]?.message ?? "invalid expression"
    const fail = (): RenderFailure => ({ ok: false, message })
    return {
      source,
      fault: message,
      paths: [],
      needs: [],
      within: fail,
      evaluate: fail,
      print: fail,
      evaluateOver: fail,
    }
  }
  const program = compiled.value
  const paths = program.references.map((reference) => reference.path)
  const run = (names: object, now: number): Rendered<Value> => {
    const env = { ...names, ...workflowFunctions }
    const result = program.evaluate(env, { now: now as EpochMs })
    if (result.ok) return result
    return { ok: false, message: result.issues[0]?.message ?? "failed to evaluate expression" }
  }
  const runHere = (scope: Scope): Rendered<Value> =>
    run(nestedScope(environmentOf(scope, paths)), scope.now)
  const expression: Expression = {
    source,
    fault: undefined,
    paths,
    needs: program.references.filter(({ guarded }) => !guarded).map(({ path }) => path),
    within: () => ({ ok: true, value: expression }),
    evaluate: (scope) => plain(runHere(scope)),
    print(scope) {
      const result = runHere(scope)
      if (!result.ok) return result
      return { ok: true, value: result.value === null ? undefined : sprint(result.value) }
    },
    evaluateOver: (values, now) => plain(run(values, now)),
  }
  return expression
}

function plain(result: Rendered<Value>): Rendered<JsonValue> {
  return result.ok ? { ok: true, value: fromValue(result.value) as JsonValue } : result
}

/**
 * Compiles an expression that stands in a template: its tags are replaced before anybody reads it, so that they may stand
 * for any part of it. What that gives is compiled when it is evaluated.
 */
export function compileTemplated(source: string): Expression {
  const text = compileText(source)
  if (text.isLiteral) return compileExpression(source)
  // Read with a name in the place of each tag, it tells the other names.
  const shape = compileExpression(source.replace(/\{\{.*?\}\}/gs, standIn))
  const own = shape.paths.filter(([root]) => root !== standIn)
  let last: Expression | undefined
  const within = (scope: Scope): Rendered<Expression> => {
    const rendered = text.render(scope, () => false)
    if (!rendered.ok) return rendered
    if (last?.source !== rendered.value) last = compileExpression(rendered.value)
    return { ok: true, value: last }
  }
  return {
    source,
    fault: text.faults[0],
    paths: [...text.names.map((name) => name.split(".")), ...own],
    needs: shape.needs.filter(([root]) => root !== standIn),
    within,
    evaluate(scope) {
      const expression = within(scope)
      return expression.ok ? expression.value.evaluate(scope) : expression
    },
    print(scope) {
      const expression = within(scope)
      return expression.ok ? expression.value.print(scope) : expression
    },
    evaluateOver: (values, now) => compileExpression(source).evaluateOver(values, now),
  }
}

const standIn = "tag"

/** The results of one task that hold. */
export type TaskResults = readonly TaskResult[]

/** A `depends`, parsed once. */
export interface Depends {
  readonly source: string
  /** Tasks it names, each once, in order. */
  readonly tasks: readonly string[]
  /** Tasks asked for `AnySucceeded` or `AllFailed`. */
  readonly loops: readonly string[]
  /** True where it is a plain conjunction of bare names. */
  readonly isPlain: boolean
  evaluate(results: (task: string) => TaskResults): Rendered<boolean>
}

/** What a bare name accepts besides success. */
export interface ContinueOnOf {
  /** `undefined` where there is no such task. */
  (task: string): { readonly failed: boolean; readonly error: boolean } | undefined
}

const plainDepends = /^\s*[a-zA-Z0-9][-a-zA-Z0-9]*(\s*&&\s*[a-zA-Z0-9][-a-zA-Z0-9]*)*\s*$/

/** Parses a `depends`; costs what the text costs, however many tasks there are. */
export function compileDepends(source: string, continueOn: ContinueOnOf): Rendered<Depends> {
  if (plainDepends.test(source)) {
    const tasks = [...new Set(source.split("&&").map((name) => name.trim()))]
    const unknown = tasks.find((task) => continueOn(task) === undefined)
    if (unknown === undefined) {
      return {
        ok: true,
        value: {
          source,
          tasks,
          loops: [],
          isPlain: true,
          evaluate: () => ({ ok: true, value: true }),
        },
      }
    }
    return { ok: false, message: `depends names task "${unknown}", which does not exist` }
  }
  const named = source.match(/[a-zA-Z0-9][-a-zA-Z0-9]*/g) ?? []
  const known = [...new Set(named)].flatMap((name) => {
    const on = continueOn(name)
    return on === undefined
      ? []
      : [{ name, continueOnFailed: on.failed, continueOnError: on.error }]
  })
  const compiled = compileDependsText(source, known)
  if (!compiled.ok) return { ok: false, message: compiled.issues[0]?.message ?? "invalid depends" }
  const program = compiled.value
  const tasks = program.dependencies.map((dependency) => dependency.name)
  const loops = program.dependencies.filter(({ kind }) => kind === "items").map(({ name }) => name)
  return {
    ok: true,
    value: {
      source,
      tasks,
      loops,
      isPlain: false,
      evaluate(results) {
        const result = program.evaluate(new Map(tasks.map((task) => [task, results(task)])))
        if (result.ok) return result
        return { ok: false, message: result.issues[0]?.message ?? "failed to evaluate depends" }
      },
    },
  }
}
