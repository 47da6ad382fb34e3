import { failed, ok, type Result } from "@argo-ts/kernel"
import {
  type Budget,
  type EvaluateOptions,
  type ExprIssue,
  Fault,
  issueOf,
  issueOfThrown,
  type Program,
  type Reference,
} from "../issue.js"
import { compileNode } from "./compile.js"
import { Halt, JqError } from "./fault.js"
import { type Filter, rootEnv, settle, type Take } from "./filter.js"
import { createMachine, grow, type Machine } from "./machine.js"
import { parseJq } from "./parser.js"
import { referencesOf } from "./references.js"
import type { JqObject, JqValue } from "./value.js"

const sourceMax = 100_000
const defaults = { steps: 5_000_000, memory: 1_000_000, outputs: 100_000 }
const emptyEnv: JqObject = Object.create(null)

/** Limits of one evaluation. `memory` counts items of collections and eighths of the characters of texts. */
export interface JqBudget extends Budget {
  /** Outputs; default 100,000. */
  readonly outputs?: number
}

/** What an evaluation may know, and how much of it is wanted. */
export interface JqEvaluateOptions extends EvaluateOptions {
  readonly budget?: JqBudget
  /** What `env` and `$ENV` are; default nothing. */
  readonly env?: JqObject
  /** Ends the evaluation after so many outputs; default all. Events needs the first alone. */
  readonly take?: number
}

/** A compiled jq program. */
export interface JqProgram extends Program<JqValue, readonly JqValue[]> {
  /** Every output for an input. Fails with the first error the program does not catch. */
  readonly evaluate: (
    input: JqValue,
    options?: JqEvaluateOptions,
  ) => Result<readonly JqValue[], ExprIssue>
}

/** A program with its closures, for this package alone. */
export interface Compiled {
  readonly filter: Filter
  readonly machine: Machine
  readonly references: readonly Reference[]
}

/** Parses and compiles; every finding is a value. */
export function compileSource(source: string): Result<Compiled, ExprIssue> {
  try {
    if (source.length > sourceMax) {
      throw new Fault(`the query is longer than ${sourceMax} characters`, -1, "budget")
    }
    const node = parseJq(source)
    const machine = createMachine()
    return ok({ filter: compileNode(node, machine), machine, references: referencesOf(node) })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

/** Readies a machine for an evaluation. */
export function provision(machine: Machine, options: JqEvaluateOptions): void {
  machine.steps = options.budget?.steps ?? defaults.steps
  machine.memory = options.budget?.memory ?? defaults.memory
  machine.now = options.now
  machine.env = options.env ?? emptyEnv
}

/** What was thrown while a program ran, as an issue. */
export function issueOfRun(thrown: unknown, source: string): ExprIssue {
  const isOwn = thrown instanceof JqError || thrown instanceof Halt
  return isOwn ? issueOf(new Fault(thrown.message), source) : issueOfThrown(thrown, source)
}

/**
 * Compiles a jq program with gojq 0.12.19's meaning: sorted keys, exact integers, RE2 regular expressions. Modules,
 * `input` and Bessel functions are refused. A program is not changed by evaluating it; integers beyond ±(2^53 − 1) are
 * bigints in inputs and outputs.
 */
export function compileJq(source: string): Result<JqProgram, ExprIssue> {
  const compiled = compileSource(source)
  if (!compiled.ok) return compiled
  const { references } = compiled.value
  return ok({
    source,
    references,
    issues: [],
    evaluate: (input, options = {}) => evaluate(compiled.value, source, input, options),
  })
}

function evaluate(
  { filter, machine }: Compiled,
  source: string,
  input: JqValue,
  options: JqEvaluateOptions,
): Result<readonly JqValue[], ExprIssue> {
  const outputsMax = options.budget?.outputs ?? defaults.outputs
  const take = options.take ?? Number.POSITIVE_INFINITY
  const outputs: JqValue[] = []
  const collect: Take = (value) => {
    if (outputs.length >= outputsMax) throw new Fault("output budget exceeded", -1, "budget")
    grow(machine, 1)
    outputs.push(value)
    return outputs.length < take
  }
  try {
    provision(machine, options)
    if (take > 0) settle(filter.run(rootEnv, input, undefined, collect))
    return ok(outputs)
  } catch (thrown) {
    return failed([issueOfRun(thrown, source)])
  }
}
