/**
 * The Common Expression Language, as the validation rules of CustomResourceDefinitions use it.
 *
 * @packageDocumentation
 */
import { failed, ok, type Result } from "@argo-ts/kernel"
import { type Context, Environment, Optional } from "@marcbachmann/cel-js"
import { type ExprIssue, Fault, issueOf, type Program } from "../issue.js"
import { registerLibrary } from "./library.js"
import { withLinearMatches } from "./matches.js"

/** A value of a rule: integers are bigints, numbers are doubles, times are dates. */
export type CelValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly CelValue[]
  | { readonly [key: string]: CelValue }

/** A variable and what it is: anything, or anything that may be absent (`oldSelf.hasValue()`). */
export type CelVariables = { readonly [name: string]: "dyn" | "optional" }

/** What a rule is evaluated over; an optional variable that is `undefined` or left out is absent. */
export type CelEnvironment = { readonly [name: string]: CelValue | undefined }

/** A compiled rule. */
export interface CelProgram extends Program<CelEnvironment, unknown> {
  /** The type of what it comes to, as far as the source tells: `bool`, `string`, `dyn`, … */
  readonly type: string
}

const sourceMax = 100_000

function fault(error: unknown, source: string, phase: "parse" | "check" | "run"): ExprIssue {
  const { message, summary, range } = error as {
    readonly message?: string
    readonly summary?: string
    readonly range?: { readonly start?: number }
  }
  const text = summary ?? String(message ?? error).split("\n")[0] ?? ""
  return issueOf(new Fault(text, range?.start ?? -1, phase), source)
}

/** Environments cost more than the programs made from them: one for each set of variables. */
function environmentOf(variables: CelVariables): Environment {
  const options = { enableOptionalTypes: true, homogeneousAggregateLiterals: false }
  const environment = new Environment(options)
  registerLibrary(environment)
  for (const [name, kind] of Object.entries(variables)) {
    environment.registerVariable(name, kind === "optional" ? "optional<dyn>" : "dyn")
  }
  return environment
}

const environments = new Map<string, Environment>()
const environmentsMax = 20

function knownEnvironment(variables: CelVariables): Environment {
  const id = JSON.stringify(Object.entries(variables))
  const known = environments.get(id)
  if (known !== undefined) return known
  if (environments.size >= environmentsMax) environments.clear()
  const made = environmentOf(variables)
  environments.set(id, made)
  return made
}

/**
 * Compiles a rule over variables. Functions that Kubernetes has and this does not (`ip`, `cidr`, `url`, `format.named`,
 * two-variable macros) are issues here, not when the rule runs. `matches`, `find` and `findAll` run in time linear in the
 * text.
 */
export function compileCel(
  source: string,
  variables: CelVariables = { self: "dyn" },
): Result<CelProgram, ExprIssue> {
  if (source.length > sourceMax) {
    const message = `expected a rule of at most ${sourceMax} characters, found ${source.length}`
    return failed([issueOf(new Fault(message, -1, "budget"), source)])
  }
  const environment = knownEnvironment(variables)
  try {
    const program = environment.parse(withLinearMatches(environment, source))
    const checked = program.check()
    if (!checked.valid) return failed([fault(checked.error, source, "check")])
    return ok({
      source,
      type: checked.type ?? "dyn",
      references: [],
      issues: [],
      evaluate(values) {
        try {
          return ok(program(contextOf(variables, values)))
        } catch (error) {
          return failed([fault(error, source, "run")])
        }
      },
    })
  } catch (error) {
    return failed([fault(error, source, "parse")])
  }
}

function contextOf(variables: CelVariables, values: CelEnvironment): Context {
  const context = Object.create(null) as { [name: string]: unknown }
  for (const [name, kind] of Object.entries(variables)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (kind === "dyn") context[name] = value
    else context[name] = value === undefined ? Optional.none() : Optional.of(value)
  }
  return context
}
