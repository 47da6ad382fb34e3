import type { Environment } from "@marcbachmann/cel-js"
import { compilePattern } from "../regexp/index.js"
import { type CelTime, formatText, isCelTime } from "./format.js"
import { linearMatches } from "./matches.js"
import { registerQuantities } from "./quantities.js"

type Scalar = bigint | number | string | boolean | CelTime

function refuse(message: string): never {
  throw new Error(message)
}

function compareScalars(left: Scalar, right: Scalar): number {
  if (typeof left === "string" || typeof right === "string") {
    return left < right ? -1 : left > right ? 1 : 0
  }
  const [a, b] = [left, right].map((each) => (isCelTime(each) ? each.getTime() : each))
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}

function extreme(list: readonly Scalar[], sign: number, name: string): Scalar {
  const [first, ...rest] = list
  if (first === undefined) return refuse(`${name} called on empty list`)
  return rest.reduce(
    (found, each) => (compareScalars(each, found) * sign > 0 ? each : found),
    first,
  )
}

function sum(list: readonly Scalar[]): Scalar {
  if (list.every((each) => typeof each === "bigint")) {
    return (list as readonly bigint[]).reduce((total, each) => total + each, 0n)
  }
  return list.reduce<number>((total, each) => total + Number(each), 0)
}

function sameScalar(left: unknown, right: unknown): boolean {
  const [a, b] = [left, right].map((each) => (isCelTime(each) ? each.getTime() : each))
  if (typeof a === "bigint" && typeof b === "number")
    return a === BigInt(Math.trunc(b)) && b % 1 === 0
  if (typeof a === "number" && typeof b === "bigint") return sameScalar(b, a)
  return a === b
}

function registerLists(environment: Environment): void {
  environment
    .registerFunction("list.isSorted(): bool", (list: readonly Scalar[]) =>
      list.every(
        (each, index) => index === 0 || compareScalars(list[index - 1] ?? each, each) <= 0,
      ),
    )
    .registerFunction("list.sum(): dyn", sum)
    .registerFunction("list.min(): dyn", (list: readonly Scalar[]) => extreme(list, -1, "min"))
    .registerFunction("list.max(): dyn", (list: readonly Scalar[]) => extreme(list, 1, "max"))
    .registerFunction("list.indexOf(dyn): int", (list: readonly unknown[], wanted: unknown) =>
      BigInt(list.findIndex((each) => sameScalar(each, wanted))),
    )
    .registerFunction("list.lastIndexOf(dyn): int", (list: readonly unknown[], wanted: unknown) =>
      BigInt(list.findLastIndex((each) => sameScalar(each, wanted))),
    )
}

function registerStrings(environment: Environment): void {
  environment
    .registerFunction("string.charAt(int): string", (text: string, index: bigint) => {
      const characters = Array.from(text)
      const at = Number(index)
      if (at < 0 || at > characters.length) refuse(`index out of range: ${at}`)
      return characters[at] ?? ""
    })
    .registerFunction(
      "string.replace(string, string): string",
      (text: string, ...with_: string[]) => text.split(with_[0] ?? "").join(with_[1] ?? ""),
    )
    .registerFunction(
      "string.replace(string, string, int): string",
      (text: string, from: string, to: string, limit: bigint) =>
        replaceSome(text, [from, to], limit),
    )
    .registerFunction("string.format(list): string", formatText)
}

function replaceSome(text: string, [from, to]: readonly [string, string], limit: bigint): string {
  const parts = text.split(from)
  if (limit < 0n || BigInt(parts.length - 1) <= limit) return parts.join(to)
  const count = Number(limit)
  return [...parts.slice(0, count), parts.slice(count).join(from)].join(to)
}

function registerPatterns(environment: Environment): void {
  environment
    .registerFunction(`string.${linearMatches}(string): bool`, (text: string, pattern: string) =>
      compilePattern(pattern).test(text),
    )
    .registerFunction("string.find(string): string", (text: string, pattern: string) => {
      const [match] = compilePattern(pattern).matches(text, 1)
      return match === undefined ? "" : text.slice(match.start, match.end)
    })
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) =>
      compilePattern(pattern)
        .matches(text)
        .map(({ start, end }) => text.slice(start, end)),
    )
    .registerFunction(
      "string.findAll(string, int): list<string>",
      (text: string, pattern: string, limit: bigint) =>
        compilePattern(pattern)
          .matches(text, limit < 0n ? undefined : Number(limit))
          .map(({ start, end }) => text.slice(start, end)),
    )
}

/** Adds what Kubernetes has beyond the language itself. */
export function registerLibrary(environment: Environment): void {
  registerLists(environment)
  registerStrings(environment)
  registerPatterns(environment)
  registerQuantities(environment)
}
