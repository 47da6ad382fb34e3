import { failed, ok, type Result } from "@argo-ts/kernel"
import {
  type EvaluateOptions,
  type ExprIssue,
  Fault,
  issueOf,
  issueOfThrown,
  type Program,
} from "../issue.js"
import { anyType, type GoType } from "../values/types.js"
import { isNil, typeOf, type Value } from "../values/value.js"
import { ownValue } from "./access.js"
import type { Node } from "./ast.js"
import { checkTree } from "./checker.js"
import { compileNode } from "./compiler.js"
import type { Dialect } from "./dialect.js"
import { createFrame, type Evaluate, type FrameNeeds } from "./frame.js"
import { optimize } from "./optimizer.js"
import { parseTree } from "./parser.js"
import { childrenOf, referencesOf } from "./references.js"

/** The variables an expression sees: a plain object or `null`, which is Go's nil map. */
export type Environment = { readonly [name: string]: Value } | null

/** How a source is compiled. */
export interface ExprOptions {
  /** Default 1.17 (expr-lang/expr 1.17.8); Events runs 1.15 (antonmedv/expr 1.15.5). */
  readonly dialect?: Dialect
  /**
   * How upstream runs it (spec/languages §1.1): `env` compiles with the environment, so unknown names fail; `noenv`
   * compiles without, so they are nil; `eval` is the one-shot form. Default `noenv`.
   */
  readonly mode?: "env" | "noenv" | "eval"
  /** Mode `env`: an environment of the same shape as those to come; the source is checked against it at once. */
  readonly env?: Environment
  /** Mode `env`: the names that environments will have, of unknown types. Without either, each evaluation checks. */
  readonly names?: ReadonlySet<string> | readonly string[]
  /** Most characters of a source; default 100,000. */
  readonly maxLength?: number
  /** Most nodes of a tree; default 10,000. */
  readonly maxNodes?: number
}

/** A compiled expression. */
export interface ExprProgram extends Program<Environment, Value> {
  /** Names it calls that are not built-ins. */
  readonly functions: ReadonlySet<string>
}

const maxDepth = 400

/** Compiles an expr-lang source. Every finding carries its place. */
export function compileExpr(
  source: string,
  options: ExprOptions = {},
): Result<ExprProgram, ExprIssue> {
  try {
    return ok(programOf(source, options))
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

/** A tree turned into a closure, and the size of its frames. */
interface Executable extends FrameNeeds {
  readonly evaluate: Evaluate
}

function parse(source: string, options: ExprOptions, fields?: ReadonlyMap<string, GoType>): Node {
  return parseTree(source, {
    dialect: options.dialect ?? "1.17",
    isOverridden: (name) => fields?.has(name) === true,
    maxLength: options.maxLength ?? 100_000,
    maxNodes: options.maxNodes ?? 10_000,
    maxDepth,
  }).node
}

function executableOf(node: Node, dialect: Dialect, isUnchecked = false): Executable {
  const slots = { count: 0 }
  const evaluate = compileNode(node, {
    dialect,
    predicate: undefined,
    variables: new Map(),
    slots,
    inChain: false,
    isUnchecked,
    compile: compileNode,
  })
  return { evaluate, size: slots.count, slack: dialect === "1.15" ? 1 : 0 }
}

/** Checks and compiles a tree for an environment of these types; `undefined`: for any. The tree is used up. */
function checkedTree(
  node: Node,
  dialect: Dialect,
  fields: ReadonlyMap<string, GoType> | undefined,
): Executable {
  checkTree(node, { fields, dialect })
  return executableOf(optimize(node, dialect), dialect)
}

/** Reads, checks and compiles a source for an environment of these types. */
function checked(
  source: string,
  options: ExprOptions,
  fields: ReadonlyMap<string, GoType>,
): Executable {
  return checkedTree(parse(source, options, fields), options.dialect ?? "1.17", fields)
}

function fieldsOf(env: Environment): ReadonlyMap<string, GoType> {
  return new Map(
    env === null ? [] : Object.entries(env).map(([name, value]) => [name, typeOf(value)] as const),
  )
}

function programOf(source: string, options: ExprOptions): ExprProgram {
  const mode = options.mode ?? "noenv"
  const node = parse(source, options)
  const { references, functions } = referencesOf(node)
  const base = { source, references, functions, issues: [] }
  const run =
    (pick: (env: Environment) => Executable): ExprProgram["evaluate"] =>
    (env, given) => {
      try {
        return ok(runNode(pick(env), env, given))
      } catch (thrown) {
        return failed([issueOfThrown(thrown, source)])
      }
    }
  if (mode === "env" && options.env === undefined && options.names === undefined) {
    return { ...base, evaluate: run(byShape(source, options, namesOf(node))) }
  }
  const executable = fixed(source, options, node)
  return { ...base, evaluate: run(() => executable) }
}

function fixed(source: string, options: ExprOptions, node: Node): Executable {
  // The older one-shot form did check and optimise.
  if (options.mode === "eval" && options.dialect === "1.15")
    return checkedTree(node, options.dialect ?? "1.17", undefined)
  if (options.mode === "eval") return executableOf(node, options.dialect ?? "1.17", true)
  if (options.mode !== "env") return checkedTree(node, options.dialect ?? "1.17", undefined)
  const fields =
    options.env === undefined
      ? new Map([...(options.names ?? [])].map((name) => [name, anyType] as const))
      : fieldsOf(options.env)
  return checked(source, options, fields)
}

/** Every name a tree could look up in its environment, called or not. */
function namesOf(root: Node): readonly string[] {
  const names = new Set<string>()
  const visit = (node: Node): void => {
    if (node.kind === "ident" && node.name !== "$env") names.add(node.name)
    if (node.kind === "builtin" || node.kind === "let") names.add(node.name)
    if (
      node.kind === "member" &&
      node.node.kind === "ident" &&
      node.node.name === "$env" &&
      node.property.kind === "string"
    ) {
      names.add(node.property.value)
    }
    for (const child of childrenOf(node)) visit(child)
  }
  visit(root)
  return [...names]
}

const shapesMax = 16

/**
 * The executable for an environment, by the types of the names the source uses: upstream compiles for each environment
 * anew, and types follow values.
 */
function byShape(
  source: string,
  options: ExprOptions,
  names: readonly string[],
): (env: Environment) => Executable {
  const known = new Map<string, Executable | Fault>()
  let lastTypes: readonly (GoType | undefined)[] = []
  let last: Executable | undefined
  return (env) => {
    const types = names.map((name) => {
      const value = env === null ? undefined : ownValue(env, name)
      return value === undefined ? undefined : typeOf(value)
    })
    if (last !== undefined && types.every((type, index) => type === lastTypes[index])) return last
    const key = types.map((type) => type?.name ?? "").join("\n")
    let found = known.get(key)
    if (found === undefined) {
      const entries = names.flatMap((name, index) =>
        types[index] === undefined ? [] : [[name, types[index] as GoType] as const],
      )
      found = attempt(() => checked(source, options, new Map(entries)))
      if (known.size >= shapesMax) known.clear()
      known.set(key, found)
    }
    if (found instanceof Fault) throw found
    lastTypes = types
    last = found
    return found
  }
}

function attempt(build: () => Executable): Executable | Fault {
  try {
    return build()
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown
    throw thrown
  }
}

function runNode(
  executable: Executable,
  env: Environment,
  given: EvaluateOptions | undefined,
): Value {
  return executable.evaluate(createFrame(env, executable, given))
}

/** The boolean an evaluation gave, or the issue that upstream's cast gives. */
export function requireBoolean(value: Value, source: string): Result<boolean, ExprIssue> {
  if (typeof value === "boolean") return ok(value)
  const shown = isNil(value) ? "<nil>" : String(value)
  return failed([issueOf(new Fault(`unable to cast expression result '${shown}' to bool`), source)])
}
