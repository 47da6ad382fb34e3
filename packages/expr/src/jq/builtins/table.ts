import { type Apply, type Filter, lift, many, none, selector, settle } from "../filter.js"
import type { Machine } from "../machine.js"
import type { JqValue } from "../value.js"

/** Builds a call of a built-in from its arguments. */
export type Build = (args: readonly Filter[], machine: Machine) => Filter

/** A built-in by its name and number of arguments. */
export type Entry = readonly [key: string, build: Build]

/** A function of the input alone. */
export function ofInput(name: string, apply: (input: JqValue, machine: Machine) => JqValue): Entry {
  return [`${name}/0`, (_args, machine) => lift([], (input) => apply(input, machine))]
}

/** A function of the input and of values. */
export function ofValues(
  key: string,
  apply: (input: JqValue, args: readonly JqValue[], machine: Machine) => JqValue,
): Entry {
  return [
    key,
    (args, machine) => {
      const call: Apply = (input, values) => apply(input, values, machine)
      return lift(args, call)
    },
  ]
}

const noArgument: Filter = many(() => true)

/** An argument of a built-in, which was found by the number of its arguments. */
export function argument(args: readonly Filter[], index: number): Filter {
  return args[index] ?? noArgument
}

/** Lets the input through where a test of it holds. */
export function keeps(name: string, test: (input: JqValue) => boolean): Entry {
  return [
    `${name}/0`,
    () =>
      selector(
        "maybe",
        (_env, input) => (test(input) ? input : none),
        (_env, input, path, emit) => !test(input) || emit(input, path),
      ),
  ]
}

/** Runs a filter for its outputs and their paths, in a loop over calls in tail position. */
export function runAll(filter: Filter, ...args: Parameters<Filter["run"]>): boolean {
  return settle(filter.run(...args))
}
