import { compilePipe } from "../compile-flow.js"
import { Halt, inapplicable, raised } from "../fault.js"
import {
  type Emit,
  type Env,
  each,
  type Filter,
  lift,
  many,
  none,
  type Path,
  selector,
  settle,
  single,
} from "../filter.js"
import { type Machine, spend } from "../machine.js"
import { recurseValues } from "../recurse.js"
import { isNumber, isTruthy, type JqValue } from "../value.js"
import { argument, type Build, type Entry } from "./table.js"

const empty: Filter = single("maybe", () => none)

function select([condition = empty]: readonly Filter[]): Filter {
  if (condition.outputs === "many") {
    return many((env, input, path, emit) =>
      each(condition, env, input, (value) => !isTruthy(value) || emit(input, path)),
    )
  }
  const holds = (env: Env, input: JqValue): boolean => {
    const value = condition.compute(env, input)
    return value !== none && isTruthy(value)
  }
  return selector(
    "maybe",
    (env, input) => (holds(env, input) ? input : none),
    (env, input, path, emit) => !holds(env, input) || emit(input, path),
  )
}

/** Stops a filter after some of its outputs. */
function cut(filter: Filter, skipped: number, taken: number): Filter["run"] {
  return (env, input, path, emit) => {
    let seen = 0
    let isWanted = true
    settle(
      filter.run(env, input, path, (value, inner) => {
        seen++
        if (seen <= skipped) return true
        isWanted = emit(value, inner)
        return isWanted && seen < skipped + taken
      }),
    )
    return isWanted
  }
}

function first([filter = empty]: readonly Filter[]): Filter {
  if (filter.outputs !== "many") return filter
  return selector(
    "maybe",
    (env, input) => {
      let found: JqValue | typeof none = none
      each(filter, env, input, (value) => {
        found = value
        return false
      })
      return found
    },
    cut(filter, 0, 1),
  )
}

function last([filter = empty]: readonly Filter[]): Filter {
  if (filter.outputs !== "many") return filter
  return many((env, input, path, emit) => {
    let found: { readonly value: JqValue; readonly path: Path | undefined } | undefined
    settle(
      filter.run(env, input, path, (value, inner) => {
        found = { value, path: inner }
        return true
      }),
    )
    return found === undefined || emit(found.value, found.path)
  })
}

function countOf(name: string, value: JqValue): number {
  if (!isNumber(value)) throw inapplicable(name, value)
  return Number(value)
}

/** `limit`, `skip` and `nth`: so many outputs of a filter. */
function counted(
  name: string,
  complaint: string,
  run: (count: number, filter: Filter) => Filter["run"] | undefined,
): Build {
  return (args) => {
    const [count, filter] = [argument(args, 0), argument(args, 1)]
    return many((env, input, path, emit) =>
      each(count, env, input, (value) => {
        const size = countOf(name, value)
        if (size < 0) throw raised(complaint)
        const part = run(size, filter)
        return part === undefined || settle(part(env, input, path, emit))
      }),
    )
  }
}

function untilFilter(args: readonly Filter[], machine: Machine): Filter {
  const [condition, update] = [argument(args, 0), argument(args, 1)]
  const loop = (env: Env, input: JqValue, path: Path | undefined, emit: Emit): boolean => {
    spend(machine, 1)
    return each(condition, env, input, (isDone) => {
      if (isTruthy(isDone)) return emit(input, path)
      return settle(update.run(env, input, path, (value, inner) => loop(env, value, inner, emit)))
    })
  }
  if (condition.outputs === "many" || update.outputs === "many") return many(loop)
  return selector(
    "maybe",
    (env, input) => {
      let value: JqValue = input
      for (;;) {
        spend(machine, 1)
        const isDone = condition.compute(env, value)
        if (isDone === none || isTruthy(isDone)) return isDone === none ? none : value
        const next = update.compute(env, value)
        if (next === none) return none
        value = next
      }
    },
    loop,
  )
}

/** Outputs a value, then goes on with what `next` makes of it, as long as a condition holds. */
function expanding(condition: Filter | undefined, next: Filter, machine: Machine): Filter {
  const visit = (env: Env, input: JqValue, path: Path | undefined, emit: Emit): boolean => {
    spend(machine, 1)
    const go = (): boolean =>
      emit(input, path) &&
      settle(next.run(env, input, path, (value, inner) => visit(env, value, inner, emit)))
    return condition === undefined
      ? go()
      : each(condition, env, input, (holds) => !isTruthy(holds) || go())
  }
  return many((env, input, path, emit) => {
    if (path !== undefined || next.outputs === "many" || condition?.outputs === "many") {
      return visit(env, input, path, emit)
    }
    let value: JqValue = input
    for (;;) {
      spend(machine, 1)
      const holds = condition === undefined ? true : condition.compute(env, value)
      if (holds === none || !isTruthy(holds)) return true
      if (!emit(value, undefined)) return false
      const following = next.compute(env, value)
      if (following === none) return true
      value = following
    }
  })
}

function repeat(args: readonly Filter[], machine: Machine): Filter {
  const filter = argument(args, 0)
  return many((env, input, path, emit) => {
    for (;;) {
      spend(machine, 1)
      if (!settle(filter.run(env, input, path, emit))) return false
    }
  })
}

/** `range`: integers are counted, floats are added up. */
function range(args: readonly Filter[], machine: Machine): Filter {
  const zero = single("one", () => 0)
  const one = single("one", () => 1)
  const [from = zero, upTo = zero, by = one] = args.length === 1 ? [zero, ...args] : args
  const number = (value: JqValue): number => {
    if (!isNumber(value)) throw inapplicable("range", value)
    return Number(value)
  }
  return many((env, input, path, emit) =>
    each(from, env, input, (start) =>
      each(upTo, env, input, (end) =>
        each(by, env, input, (step) => {
          const [least, most, stride] = [number(start), number(end), number(step)]
          if (stride === 0) return true
          for (let at = least; stride > 0 ? at < most : at > most; at += stride) {
            spend(machine, 1)
            if (!emit(at, path)) return false
          }
          return true
        }),
      ),
    ),
  )
}

function fail(args: readonly Filter[]): Filter {
  const message = args[0]
  if (message === undefined) {
    return single("maybe", (_env, input) => {
      throw raised(input)
    })
  }
  const throwing = lift([message], (_input, [value = null]) => {
    throw raised(value)
  })
  return throwing.outputs === "many" ? throwing : single("maybe", throwing.compute)
}

function halt(value: (input: JqValue) => JqValue): Build {
  return () =>
    single("maybe", (_env, input) => {
      throw new Halt(value(input))
    })
}

function haltWith(args: readonly Filter[]): Filter {
  return lift([argument(args, 0)], (input, [code = null]) => {
    if (typeof code !== "number") throw inapplicable("halt_error", input, [code])
    throw new Halt(input)
  })
}

/** Functions that decide what runs, and how often. */
export const control: readonly Entry[] = [
  ["empty/0", () => empty],
  ["error/0", fail],
  ["error/1", fail],
  ["halt/0", halt(() => null)],
  ["halt_error/0", halt((input) => input)],
  ["halt_error/1", haltWith],
  ["select/1", select],
  ["first/1", first],
  ["last/1", last],
  [
    "limit/2",
    counted("limit", "limit doesn't support negative count", (count, filter) =>
      count > 0 ? cut(filter, 0, Math.ceil(count)) : undefined,
    ),
  ],
  [
    "skip/2",
    counted("skip", "skip doesn't support negative count", (count, filter) =>
      cut(filter, Math.ceil(count), Number.POSITIVE_INFINITY),
    ),
  ],
  [
    "nth/2",
    counted("nth", "nth doesn't support negative indices", (count, filter) =>
      cut(filter, Math.trunc(count), 1),
    ),
  ],
  ["until/2", untilFilter],
  ["while/2", (args, machine) => expanding(argument(args, 0), argument(args, 1), machine)],
  ["repeat/1", repeat],
  ["recurse/0", (_args, machine) => recurseValues(machine)],
  ["recurse/1", (args, machine) => expanding(undefined, argument(args, 0), machine)],
  [
    "recurse/2",
    (args, machine) =>
      expanding(undefined, compilePipe(argument(args, 0), select([argument(args, 1)])), machine),
  ],
  ["range/1", range],
  ["range/2", range],
  ["range/3", range],
]
