import type { EpochMs, Issue, Result } from "@argo-ts/kernel"

/** When a source failed: while it was read, while its types were checked, while it ran, or by exceeding a budget. */
export type ExprPhase = "parse" | "check" | "run" | "budget"

/** One thing wrong with a source or with its evaluation, and where. */
export interface ExprIssue extends Issue {
  readonly phase: ExprPhase
  /** First place of the finding in UTF-16 units of the source; 0 where there is no place. */
  readonly offset: number
  /** Length of the finding in UTF-16 units; 0 where only its start is known. */
  readonly length: number
  /** One-based line. */
  readonly line: number
  /** One-based column, counted in code points. */
  readonly column: number
  /** The source line with a caret below the place, as upstream prints it; empty where there is no place. */
  readonly excerpt: string
}

/** Something a source reads from its environment. */
export interface Reference {
  /** Names from the root of the environment: `["inputs", "parameters", "count"]`. */
  readonly path: readonly string[]
  /** True where absence is provided for: to the left of `??`, or below `?.`. */
  readonly guarded: boolean
  /** True where the path goes on with a computed key that no reading of the source can tell. */
  readonly dynamic: boolean
  readonly offset: number
  readonly length: number
}

/** Limits of one evaluation. Exceeding one is an issue of phase `budget`, never a hang. */
export interface Budget {
  /** Iterations weighted by the size of what is iterated; default 5,000,000. */
  readonly steps?: number
  /** Units of upstream's memory budget (items of collections built); default 1,000,000. */
  readonly memory?: number
}

/** An instant's offset from UTC in one zone. */
export interface ZoneOffset {
  readonly seconds: number
  readonly abbreviation: string
  readonly isDst: boolean
}

/** A time zone: its name and its offset at each instant (seconds since the epoch). */
export interface Zone {
  readonly name: string
  readonly offsetAt: (epochSeconds: number) => ZoneOffset
}

/** Finds a time zone by its IANA name. Core code holds no zone data; `@argo-ts/expr/zones` has a port over the runtime's. */
export type Zones = (name: string) => Zone | undefined

/** What an evaluation may know besides its environment. */
export interface EvaluateOptions {
  /** The instant that `now()` gives; without it `now()` is an issue. */
  readonly now?: EpochMs
  /** Time zones; default: only UTC. */
  readonly zones?: Zones
  readonly budget?: Budget
}

/** A compiled source of any language of this package. Immutable; evaluate it as often as you like. */
export interface Program<Env, Value> {
  readonly source: string
  /** What the source reads from its environment, in source order. */
  readonly references: readonly Reference[]
  /** What is doubtful though not wrong. */
  readonly issues: readonly ExprIssue[]
  /** Evaluates over an environment. Never throws; neither keeps nor changes the environment. */
  readonly evaluate: (env: Env, options?: EvaluateOptions) => Result<Value, ExprIssue>
}

/** Thrown inside this package only, and turned into an `ExprIssue` at its edge. Not an `Error`: a stack costs more than the evaluation. */
export class Fault {
  readonly message: string
  readonly offset: number
  readonly phase: ExprPhase
  readonly code: string
  constructor(message: string, offset = -1, phase: ExprPhase = "run", code = "") {
    this.message = message
    this.offset = offset
    this.phase = phase
    this.code = code
  }
}

const codes: { readonly [phase in ExprPhase]: string } = {
  parse: "InvalidExpression",
  check: "MistypedExpression",
  run: "FailedExpression",
  budget: "BudgetExceeded",
}

/** Writes a fault as an issue of the source it happened in. */
export function issueOf(fault: Fault, source: string): ExprIssue {
  const code = fault.code === "" ? codes[fault.phase] : fault.code
  const base = { code, path: [], message: fault.message, phase: fault.phase }
  if (fault.offset < 0) return { ...base, offset: 0, length: 0, line: 0, column: 0, excerpt: "" }
  const offset = Math.min(fault.offset, source.length)
  const before = source.slice(0, offset)
  const lineStart = before.lastIndexOf("\n") + 1
  const lineEnd = source.indexOf("\n", offset)
  const line = before.split("\n").length
  const column = Array.from(source.slice(lineStart, offset)).length + 1
  const text = source.slice(lineStart, lineEnd < 0 ? source.length : lineEnd)
  const excerpt = text.trim() === "" ? "" : ` | ${text}\n | ${".".repeat(column - 1)}^`
  return { ...base, offset, length: 0, line, column, excerpt }
}

/** Any thrown thing as an issue: a `Fault` as itself, an exhausted stack as an exceeded budget; else thrown on. */
export function issueOfThrown(thrown: unknown, source: string): ExprIssue {
  if (thrown instanceof Fault) return issueOf(thrown, source)
  if (thrown instanceof RangeError) {
    return issueOf(new Fault("the expression is nested too deeply", -1, "budget"), source)
  }
  throw thrown
}

/** An issue in one line with its place, as upstream words it: `unknown name x (1:4)` and the excerpt. */
export function formatExprIssue(issue: ExprIssue): string {
  if (issue.line === 0) return issue.message
  const excerpt = issue.excerpt === "" ? "" : `\n${issue.excerpt}`
  return `${issue.message} (${issue.line}:${issue.column})${excerpt}`
}
