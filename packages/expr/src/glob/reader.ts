import { Fault } from "../issue.js"

/** A pattern under a reader's eye, character by character. */
export interface PatternReader {
  readonly characters: readonly string[]
  at: number
}

/** The next character, or "" at the end. */
export function take(reader: PatternReader): string {
  const character = reader.characters[reader.at] ?? ""
  if (character !== "") reader.at++
  return character
}

/** Looks at what comes next without taking it. */
export function peek(reader: PatternReader): string {
  return reader.characters[reader.at] ?? ""
}

/** Refuses the pattern. */
export function malformed(message: string): never {
  throw new Fault(message, -1, "parse")
}

/** Splits a pattern into code points. */
export function readerOf(pattern: string): PatternReader {
  return { characters: Array.from(pattern), at: 0 }
}
