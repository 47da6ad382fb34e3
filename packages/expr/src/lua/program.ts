import { failed, type JsonObject, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import {
  type EvaluateOptions,
  type ExprIssue,
  Fault,
  issueOf,
  issueOfThrown,
  type Program,
} from "../issue.js"
import { toBytes, toText } from "./bytes.js"
import { ArgumentFault, LuaError, raise } from "./fault.js"
import { generate } from "./generate.js"
import { fromJson, toJson } from "./json.js"
import { globalsOf, type LuaLibraries } from "./library/index.js"
import { Machine } from "./machine.js"
import { textOf } from "./operators.js"
import { parseLua } from "./parser.js"
import { HostFunction, LuaClosure, type LuaValue, type Prototype, typeName } from "./value.js"

const sourceMax = 1_000_000
const defaults = { steps: 10_000_000, memory: 64 * 1024 * 1024 }

/** How a script is compiled. */
export interface LuaOptions {
  /** Which functions it finds. Default `argocd`. */
  readonly libraries?: LuaLibraries
}

/** What an evaluation may know. Of the budget, `steps` are instructions and `memory` bytes that are asked for in all. */
export interface LuaEvaluateOptions extends EvaluateOptions {
  /** Takes what `print` writes; default nobody. */
  readonly print?: (line: string) => void
}

/** A value that a script returned. */
export interface LuaResult {
  /** As `type` names it. */
  readonly type: string
  /** As `tostring` writes it. */
  readonly text: string
  /** As JSON, where it can be written so; nil is null. */
  readonly value?: JsonValue
  /** Why there is no JSON. */
  readonly problem?: string
}

/** A compiled script. Its globals are those of the library and the fields of the environment it is given. */
export interface LuaProgram extends Program<JsonObject, readonly LuaResult[]> {
  /** Runs the script from fresh globals. Gives all that it returns. */
  readonly evaluate: (
    env: JsonObject,
    options?: LuaEvaluateOptions,
  ) => Result<readonly LuaResult[], ExprIssue>
}

/** What a script came to, while its machine still knows it. For this package alone. */
export type Harvest<Value> = (machine: Machine, values: readonly LuaValue[]) => Value

/** A script that can be run with any view of its results. For this package alone. */
export interface Script extends Pick<LuaProgram, "source" | "references" | "issues"> {
  readonly run: <Value>(
    globals: (machine: Machine) => readonly (readonly [string, LuaValue])[],
    harvest: Harvest<Value>,
    options?: LuaEvaluateOptions,
  ) => Result<Value, ExprIssue>
}

function compileText(source: string): Prototype {
  return generate(parseLua(source).main)
}

/** `loadstring` and `load`, which gopher-lua has: a text becomes a function, by this same compiler. */
const loaders: readonly HostFunction[] = [
  new HostFunction("loadstring", (host, [text]) => {
    if (typeof text !== "string") throw new ArgumentFault(1, "string expected")
    return loaded(host, text)
  }),
  new HostFunction("load", (host, [reader]) => {
    if (typeName(reader) !== "function") {
      throw new ArgumentFault(1, `function expected, got ${typeName(reader)}`)
    }
    let text = ""
    for (;;) {
      const [piece] = host.call(reader, [])
      if (piece === undefined || piece === "") return loaded(host, text)
      if (typeof piece !== "string") return raise("reader function must return a string")
      host.allocate(piece.length)
      text += piece
    }
  }),
]

function loaded(host: { allocate(bytes: number): void }, text: string): readonly LuaValue[] {
  host.allocate(text.length * 64)
  try {
    return [new LuaClosure(compileText(toText(text)), [])]
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.phase === "parse")
      return [undefined, toBytes(thrown.message)]
    throw thrown
  }
}

function issueOfRun(thrown: unknown, source: string): ExprIssue {
  if (thrown instanceof LuaError) {
    const { value } = thrown
    const text = typeof value === "string" ? toText(value) : `a ${typeName(value)} was raised`
    const line = Number(/^<string>:(\d+):/.exec(text)?.[1] ?? 0)
    const offset = line === 0 ? -1 : offsetOfLine(source, line)
    return issueOf(new Fault(text, offset), source)
  }
  return issueOfThrown(thrown, source)
}

function offsetOfLine(source: string, line: number): number {
  let offset = 0
  for (let count = 1; count < line; count++) {
    const end = source.indexOf("\n", offset)
    if (end < 0) return offset
    offset = end + 1
  }
  return offset
}

/** Compiles a script to be run with any view of its results. */
export function compileScript(
  source: string,
  { libraries = "argocd" }: LuaOptions = {},
): Result<Script, ExprIssue> {
  try {
    if (source.length > sourceMax) {
      throw new Fault(`the script is longer than ${sourceMax} characters`, -1, "budget")
    }
    const { main, reads, written } = parseLua(source)
    const prototype = generate(main)
    const { globals } = globalsOf(libraries, loaders)
    const references = reads.filter(
      ({ path: [root = ""] }) => !written.has(root) && globals.get(root) === undefined,
    )
    return ok({
      source,
      references,
      issues: [],
      run: (values, harvest, options) =>
        runScript({ source, prototype, libraries }, values, harvest, options),
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

interface Compiled {
  readonly source: string
  readonly prototype: Prototype
  readonly libraries: LuaLibraries
}

function runScript<Value>(
  { source, prototype, libraries }: Compiled,
  values: (machine: Machine) => readonly (readonly [string, LuaValue])[],
  harvest: Harvest<Value>,
  options: LuaEvaluateOptions = {},
): Result<Value, ExprIssue> {
  const { budget = {}, now, print = () => {} } = options
  const { steps = defaults.steps, memory = defaults.memory } = budget
  const machine = new Machine({
    ...globalsOf(libraries, loaders),
    allowance: { steps, bytes: memory },
    now,
    print: (line) => print(toText(line)),
  })
  try {
    for (const [name, value] of values(machine)) machine.globals.set(name, value)
    return ok(harvest(machine, machine.start(new LuaClosure(prototype, []), [])))
  } catch (thrown) {
    return failed([issueOfRun(thrown, source)])
  }
}

/** The fields of an environment as globals. */
export function globalValues(
  env: JsonObject,
): (machine: Machine) => readonly (readonly [string, LuaValue])[] {
  return (machine) =>
    Object.entries(env).map(([name, value]) => [toBytes(name), fromJson(machine, value ?? null)])
}

function resultOf(machine: Machine, value: LuaValue): LuaResult {
  const known = { type: typeName(value), text: toText(textOf(machine, value)) }
  try {
    return { ...known, value: toJson(machine, value) }
  } catch (thrown) {
    if (!(thrown instanceof LuaError)) throw thrown
    return { ...known, problem: String(thrown.value) }
  }
}

/**
 * Compiles a Lua 5.1 script with gopher-lua's meaning and messages. It reaches nothing of the host, and a budget that it
 * cannot catch ends it.
 *
 * @example
 * ```ts
 * const script = compileLua("return obj.spec.replicas * 2")
 * if (script.ok) script.value.evaluate({ obj: { spec: { replicas: 2 } } }) // [{ type: "number", text: "4", value: 4 }]
 * ```
 */
export function compileLua(source: string, options?: LuaOptions): Result<LuaProgram, ExprIssue> {
  const compiled = compileScript(source, options)
  if (!compiled.ok) return compiled
  const { references, issues, run } = compiled.value
  return ok({
    source,
    references,
    issues,
    evaluate: (env, how) =>
      run(
        globalValues(env),
        (machine, values) => values.map((value) => resultOf(machine, value)),
        how,
      ),
  })
}
