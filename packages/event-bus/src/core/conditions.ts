import { failed, type Issue, type IssuePath, ok, type Result } from "@argo-ts/kernel"

/** When a trigger fires, as a function of the dependencies that have arrived. */
export interface Conditions {
  /** The dependency names it mentions, each once, in order of appearance. */
  readonly names: readonly string[]
  /** True where one event alone decides: nothing is remembered (spec/events §2.1). */
  readonly isImmediate: boolean
  holds(arrived: { has(name: string): boolean }): boolean
}

/** Reverse Polish: a name pushes whether it has arrived, `&&` and `||` combine the two values on top. */
type Step = { readonly name: string } | "&&" | "||"

const tokenPattern = /&&|\|\||[()]|[&|]|[^\s()&|]+/g
const rank: ReadonlyMap<string, number> = new Map([
  ["(", 0],
  ["||", 1],
  ["&&", 2],
])

/** Dijkstra's shunting yard: no recursion, so nesting is bounded by memory alone. */
interface Compiler {
  readonly steps: Step[]
  readonly operators: string[]
  expectsName: boolean
}

function unwind(compiler: Compiler, least: number): void {
  while ((rank.get(compiler.operators.at(-1) ?? "") ?? -1) >= least) {
    compiler.steps.push(compiler.operators.pop() as "&&" | "||")
  }
}

/** Takes one token; answers what else it expected. */
function take(compiler: Compiler, token: string): string | undefined {
  const { steps, operators, expectsName } = compiler
  switch (token) {
    case "(":
      operators.push(token)
      return expectsName ? undefined : "expected && or ||"
    case ")":
      unwind(compiler, 1)
      if (expectsName) return "expected a dependency name"
      return operators.pop() === "(" ? undefined : 'no "(" is open'
    case "&&":
    case "||":
      unwind(compiler, rank.get(token) ?? 0)
      operators.push(token)
      compiler.expectsName = true
      return expectsName ? "expected a dependency name" : undefined
    case "&":
    case "|":
      return `expected "${token}${token}"`
    default:
      steps.push({ name: token })
      compiler.expectsName = false
      return expectsName ? undefined : "expected && or ||"
  }
}

function compileSteps(
  text: string,
): { readonly steps: readonly Step[] } | { readonly error: string } {
  const compiler: Compiler = { steps: [], operators: [], expectsName: true }
  for (const match of text.matchAll(tokenPattern)) {
    const error = take(compiler, match[0])
    if (error !== undefined) {
      return { error: `${error}, found "${match[0]}" at column ${match.index + 1}` }
    }
  }
  if (compiler.expectsName) return { error: "expected a dependency name, found the end" }
  unwind(compiler, 1)
  return compiler.operators.length > 0 ? { error: 'a "(" is never closed' } : compiler
}

function evaluate(steps: readonly Step[], arrived: { has(name: string): boolean }): boolean {
  const stack: boolean[] = []
  for (const step of steps) {
    if (typeof step === "object") {
      stack.push(arrived.has(step.name))
    } else {
      const right = stack.pop() === true
      const left = stack.pop() === true
      stack.push(step === "&&" ? left && right : left || right)
    }
  }
  return stack.pop() === true
}

function joinAll(dependencies: readonly string[]): readonly Step[] {
  return dependencies.flatMap((name, index): readonly Step[] =>
    index === 0 ? [{ name }] : [{ name }, "&&"],
  )
}

function unknownDependency(path: IssuePath, name: string): Issue {
  const message = `conditions name "${name}", which is no dependency of this sensor`
  return { code: "UnknownDependency", path, message }
}

/**
 * Compiles `conditions`; absent or blank text means all of `dependencies`. Precedence is usual (`&&` before `||`).
 *
 * Differs from Argo: any dependency name may be used — upstream rewrites names as identifiers, so that `a-b` and
 * `a_b` collide and names with dots never start — and mistakes are issues instead of a trigger that stays silent.
 */
export function compileConditions(
  text: string | undefined,
  dependencies: readonly string[],
  path: IssuePath = [],
): Result<Conditions> {
  const isGiven = text !== undefined && text.trim() !== ""
  const compiled = isGiven ? compileSteps(text) : { steps: joinAll(dependencies) }
  if ("error" in compiled) {
    const message = `conditions ${JSON.stringify(text)} cannot be read: ${compiled.error}`
    return failed([{ code: "InvalidValue", path, message }])
  }
  const { steps } = compiled
  const names = [...new Set(steps.flatMap((step) => (typeof step === "object" ? [step.name] : [])))]
  const unknown = names.filter((name) => !dependencies.includes(name))
  if (unknown.length > 0) return failed(unknown.map((name) => unknownDependency(path, name)))
  const isImmediate = !steps.includes("&&")
  return ok({ names, isImmediate, holds: (arrived) => evaluate(steps, arrived) })
}
