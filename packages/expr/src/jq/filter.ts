import { invariant } from "@argo-ts/kernel"
import type { JqValue } from "./value.js"

/** A variable, a function's argument or the activation of a label; a linked list, so that backtracking needs no undo. */
export interface Env {
  readonly value: JqValue
  readonly closure: Closure | undefined
  readonly up: Env | undefined
}

/** A filter given as an argument, with the variables of the place where it is written. */
export interface Closure {
  readonly filter: Filter
  readonly env: Env
}

/** Where a value was found: the chain of keys from the root, and the value that was there. */
export interface Path {
  readonly up: Path | undefined
  readonly key: JqValue
  readonly value: JqValue
}

/** Takes one output; false ends the filter that made it. `path` is there where paths are tracked. */
export type Emit = (value: JqValue, path: Path | undefined) => boolean

/** A call in tail position, to be made by whoever asked. Recursion thus runs in a loop. */
export interface TailCall {
  readonly filter: Filter
  readonly env: Env
  readonly input: JqValue
  readonly path: Path | undefined
  readonly emit: Emit
}

/** False where the consumer wanted no more. */
export type Flow = boolean | TailCall

/** Produces every output of a filter. With a `path`, outputs carry theirs. */
export type Run = (env: Env, input: JqValue, path: Path | undefined, emit: Emit) => Flow

/** No output. */
export const none: unique symbol = Symbol("none")

/** The only output of a filter that has at most one. */
export type Compute = (env: Env, input: JqValue) => JqValue | typeof none

/** How many outputs a filter can have. */
export type Outputs = "one" | "maybe" | "many"

/** A compiled piece of a program. */
export interface Filter {
  readonly outputs: Outputs
  /** Without paths, for filters of at most one output: no callback, no cost. */
  readonly compute: Compute
  readonly run: Run
}

/** The outermost environment. */
export const rootEnv: Env = { value: null, closure: undefined, up: undefined }

/** Makes calls in tail position until there is none. */
export function settle(flow: Flow): boolean {
  let current = flow
  while (typeof current === "object") {
    const call: TailCall = current
    current = call.filter.run(call.env, call.input, call.path, call.emit)
  }
  return current
}

function notSingle(): never {
  invariant(false, "a filter of many outputs is never computed")
}

/** A filter of any number of outputs. */
export function many(run: Run): Filter {
  return { outputs: "many", compute: notSingle, run }
}

/** A filter of at most one output that is no path. */
export function single(outputs: "one" | "maybe", compute: Compute): Filter {
  return {
    outputs,
    compute,
    run: (env, input, path, emit) => {
      const value = compute(env, input)
      return value === none || emit(value, path)
    },
  }
}

/** A filter of at most one output that can be a path. */
export function selector(outputs: "one" | "maybe", compute: Compute, run: Run): Filter {
  return {
    outputs,
    compute,
    run: (env, input, path, emit) => {
      if (path !== undefined) return run(env, input, path, emit)
      const value = compute(env, input)
      return value === none || emit(value, undefined)
    },
  }
}

/** The outputs of filters that run one after another. */
export function outputsOf(filters: readonly Filter[]): Outputs {
  if (filters.some(({ outputs }) => outputs === "many")) return "many"
  return filters.every(({ outputs }) => outputs === "one") ? "one" : "maybe"
}

/** Takes a value; false ends the filter that made it. */
export type Take = (value: JqValue) => boolean

/** Hands every output of a filter, without its path, to `take`. */
export function each(filter: Filter, env: Env, input: JqValue, take: Take): boolean {
  if (filter.outputs === "many") return settle(filter.run(env, input, undefined, take))
  const value = filter.compute(env, input)
  return value === none || take(value)
}

/** A function of values. */
export type Apply = (input: JqValue, args: readonly JqValue[]) => JqValue

/** A filter that applies a function to every combination of its arguments' outputs; the last argument varies slowest. */
export function lift(args: readonly Filter[], apply: Apply): Filter {
  const outputs = outputsOf(args)
  if (outputs === "many") {
    return many((env, input, path, emit) =>
      combinations(args, env, input, (values) => emit(apply(input, values), path)),
    )
  }
  const [first] = args
  if (first === undefined) return single("one", (_env, input) => apply(input, []))
  if (args.length === 1) {
    return single(outputs, (env, input) => {
      const value = first.compute(env, input)
      return value === none ? none : apply(input, [value])
    })
  }
  return single(outputs, (env, input) => {
    const values: JqValue[] = []
    for (let index = args.length - 1; index >= 0; index--) {
      const value = args[index]?.compute(env, input) ?? null
      if (value === none) return none
      values[index] = value
    }
    return apply(input, values)
  })
}

function combinations(
  args: readonly Filter[],
  env: Env,
  input: JqValue,
  take: (values: readonly JqValue[]) => boolean,
): boolean {
  const values: JqValue[] = args.map(() => null)
  const next = (index: number): boolean => {
    const filter = args[index]
    if (filter === undefined) return take([...values])
    return each(filter, env, input, (value) => {
      values[index] = value
      return next(index - 1)
    })
  }
  return next(args.length - 1)
}
