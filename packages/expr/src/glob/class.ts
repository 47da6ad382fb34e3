import type { Takes } from "./machine.js"
import { malformed, type PatternReader, peek, take } from "./reader.js"

/** How the flavours differ in what stands in brackets. */
export interface ClassRules {
  /** What negates, right after the bracket. */
  readonly negations: readonly string[]
  /** A bare `-` at an end of the class is itself; otherwise it is refused. */
  readonly takesDash: boolean
  /** A range takes its first character even where the last comes before it. */
  readonly takesFirst: boolean
}

const message = "syntax error in pattern"

/** One character of a class, with its escape resolved. */
function member(reader: PatternReader, { takesDash }: ClassRules): string {
  const first = peek(reader)
  if (first === "]" || (first === "-" && !takesDash)) malformed(message)
  if (take(reader) === "\\" || first === "") {
    const escaped = take(reader)
    if (escaped === "") malformed(message)
    return escaped
  }
  return first
}

function compare(left: string, right: string): number {
  return (left.codePointAt(0) ?? 0) - (right.codePointAt(0) ?? 0)
}

/** Reads `[a-z]`, `[^…]` and the like from behind the bracket, as `path.Match` and doublestar do. */
export function readClass(reader: PatternReader, rules: ClassRules): Takes {
  const isNegated = rules.negations.includes(peek(reader))
  if (isNegated) take(reader)
  const ranges: (readonly [low: string, high: string])[] = []
  while (ranges.length === 0 || peek(reader) !== "]") {
    const low = member(reader, rules)
    const isRange = peek(reader) === "-" && !(rules.takesDash && closesNext(reader))
    if (isRange) take(reader)
    ranges.push([low, isRange ? member(reader, rules) : low])
  }
  take(reader)
  const isIn = (one: string): boolean =>
    ranges.some(
      ([low, high]) =>
        (rules.takesFirst && one === low) || (compare(low, one) <= 0 && compare(one, high) <= 0),
    )
  return (one) => isIn(one) !== isNegated
}

function closesNext(reader: PatternReader): boolean {
  return reader.characters[reader.at + 1] === "]"
}
