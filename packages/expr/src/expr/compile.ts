import { failed, ok, type Result } from "@argo-ts/kernel"
import {
  type EvaluateOptions,
  type ExprIssue,
  Fault,
  issueOf,
  issueOfThrown,
  type Program,
  type Reference,
} from "../issue.js"
import { isNil, type Value } from "../values/value.js"
import { ownValue } from "./access.js"
import type { Node } from "./ast.js"
import { compileNode } from "./compiler.js"
import type { Dialect } from "./dialect.js"
import { createFrame, type Evaluate } from "./frame.js"
import { parseTree } from "./parser.js"
import { referencesOf } from "./references.js"

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
  /** Names that the environment will have: in mode `env` they hide built-ins and every other name is unknown. */
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
  const mode = options.mode ?? "noenv"
  const names = options.names === undefined ? undefined : new Set(options.names)
  try {
    const parsed = parseTree(source, {
      dialect: options.dialect ?? "1.17",
      isOverridden: (name) => mode === "env" && names?.has(name) === true,
      maxLength: options.maxLength ?? 100_000,
      maxNodes: options.maxNodes ?? 10_000,
      maxDepth,
    })
    return ok(programOf(source, parsed.node, options, names))
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

function programOf(
  source: string,
  node: Node,
  options: ExprOptions,
  names: ReadonlySet<string> | undefined,
): ExprProgram {
  const { references, functions } = referencesOf(node)
  const mode = options.mode ?? "noenv"
  if (mode === "env" && names !== undefined)
    checkNames(references, functions, (name) => names.has(name))
  const slots = { count: 0 }
  const evaluateNode = compileNode(node, {
    dialect: options.dialect ?? "1.17",
    predicate: undefined,
    variables: new Map(),
    slots,
    inChain: false,
    compile: compileNode,
  })
  const checksEach = mode === "env" && names === undefined
  return {
    source,
    references,
    functions,
    issues: [],
    evaluate: (env, given) => {
      try {
        if (checksEach) {
          checkNames(
            references,
            functions,
            (name) => env !== null && ownValue(env, name) !== undefined,
          )
        }
        return ok(runNode(evaluateNode, env, slots.count, given))
      } catch (thrown) {
        return failed([issueOfThrown(thrown, source)])
      }
    },
  }
}

const noZones = (): undefined => undefined
const defaults = { steps: 5_000_000, memory: 1_000_000 }

function runNode(
  node: Evaluate,
  env: Environment,
  size: number,
  given: EvaluateOptions | undefined,
): Value {
  const frame = createFrame({
    env,
    size,
    now: given?.now,
    zones: given?.zones ?? noZones,
    steps: given?.budget?.steps ?? defaults.steps,
    memory: given?.budget?.memory ?? defaults.memory,
  })
  return node(frame)
}

function checkNames(
  references: readonly Reference[],
  functions: ReadonlySet<string>,
  isKnown: (name: string) => boolean,
): void {
  for (const { path, offset } of references) {
    const [root] = path
    if (root !== undefined && !isKnown(root))
      throw new Fault(`unknown name ${root}`, offset, "check", "UnknownName")
  }
  for (const name of functions) {
    if (!isKnown(name)) throw new Fault(`unknown name ${name}`, -1, "check", "UnknownName")
  }
}

/** The boolean an evaluation gave, or the issue that upstream's cast gives. */
export function requireBoolean(value: Value, source: string): Result<boolean, ExprIssue> {
  if (typeof value === "boolean") return ok(value)
  const shown = isNil(value) ? "<nil>" : String(value)
  return failed([issueOf(new Fault(`unable to cast expression result '${shown}' to bool`), source)])
}
