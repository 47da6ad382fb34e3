import { type ClassRules, readClass } from "./class.js"
import { createMachine, type Machine, type Takes } from "./machine.js"
import { malformed, readerOf, take } from "./reader.js"

const rules: ClassRules = { negations: ["^"], takesDash: false, takesFirst: false }
const within: Takes = (character) => character !== "/"

/** Go's `path.Match`: `*` and `?` stop at `/`, `[^a-c]`, `\`; no `**` and no braces. Throws a `Fault`. */
export function readPathPattern(pattern: string): Machine {
  const reader = readerOf(pattern)
  const machine = createMachine()
  for (let next = take(reader); next !== ""; next = take(reader)) {
    if (next === "*") machine.run(within)
    else if (next === "?") machine.one(within)
    else if (next === "[") machine.one(readClass(reader, rules))
    else {
      const literal = next === "\\" ? take(reader) : next
      if (literal === "") malformed("syntax error in pattern")
      machine.one((character) => character === literal)
    }
  }
  return machine.build()
}
