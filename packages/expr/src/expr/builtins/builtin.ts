import { Fault } from "../../issue.js"
import { typeOf, type Value } from "../../values/value.js"
import type { Frame } from "../frame.js"

/** A built-in without predicates: arguments in, value out. Throws a `Fault` at `at`. */
export type Builtin = (args: readonly Value[], frame: Frame, at: number) => Value

/** Fails for an argument that a built-in does not take. */
export function invalidArgument(name: string, value: Value | undefined, at: number): never {
  throw new Fault(`invalid argument for ${name} (type ${typeOf(value ?? null).name})`, at)
}

/** Fails for a wrong number of arguments. */
export function needArguments(
  args: readonly Value[],
  least: number,
  most: number,
  at: number,
): void {
  if (args.length < least) {
    throw new Fault(`invalid number of arguments (expected ${least}, got ${args.length})`, at)
  }
  void most
}

/** Fails as Go's type assertion does. */
export function notAssertable(value: Value, expected: string, at: number): never {
  const found = value === null ? "nil" : typeOf(value).name
  throw new Fault(`interface conversion: interface {} is ${found}, not ${expected}`, at)
}
