import { type Event, parseEvents, YAMLException } from "js-yaml"
import { createLineIndex, type Position } from "./issue.js"
import type { YamlLimits } from "./limits.js"

/** A text as its events describe it. */
export interface ReadText {
  readonly ok: true
  readonly events: readonly Event[]
  /** What the offsets of the events count in: the given text, with a few lines moved to the right. */
  readonly source: string
  /** Where an offset stands in the given text. */
  readonly position: (offset: number) => Position
}

/** What became of reading a text. */
export type EventReading =
  | ReadText
  | { readonly ok: false; readonly at: Position; readonly finding: string }

/** Characters that may be parsed again for the sake of short lines: a hostile text costs a few passes, not thousands. */
const retryCharactersMax = 64 * 1024 * 1024
const retriesMax = 1000

type Outcome = readonly Event[] | Error
/** Line, counted from 0 → how far it was moved. */
type Moved = ReadonlyMap<number, number>

function attempt(text: string, limits: YamlLimits): Outcome {
  try {
    return parseEvents(text, { maxDepth: limits.depthMax })
  } catch (error) {
    // The parser promises no closed set of exceptions; whatever it throws is about the text.
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** The line that stands too far left, where that is what the parser objects to and moving it changes nothing. */
function shortLine(error: Error, lines: readonly string[]): number | undefined {
  if (!(error instanceof YAMLException) || error.reason !== "deficient indentation")
    return undefined
  const line = error.mark?.line
  // `---` and `...` at the margin end a document, also inside quotes: moved, they would be text.
  const isMarker = line !== undefined && /^(---|\.\.\.)(\s|$)/.test(lines[line] ?? "")
  return isMarker ? undefined : line
}

/** How far a line has to move to be deeper than every other. */
function deepest(lines: readonly string[]): number {
  return 1 + lines.reduce((most, line) => Math.max(most, line.search(/[^ ]|$/)), 0)
}

/** The text with its short lines moved; stops where the parser is content, objects to something else, or too often. */
function moveShortLines(
  text: string,
  first: Error,
  limits: YamlLimits,
): { readonly source: string; readonly outcome: Outcome; readonly moved: Moved } {
  const lines = text.split("\n")
  const depth = deepest(lines)
  const moved = new Map<number, number>()
  let source = text
  let outcome: Outcome = first
  for (let spent = text.length; spent <= retryCharactersMax && moved.size < retriesMax; ) {
    const line = outcome instanceof Error ? shortLine(outcome, lines) : undefined
    if (line === undefined || moved.has(line)) break
    moved.set(line, depth)
    lines[line] = " ".repeat(depth) + (lines[line] ?? "")
    source = lines.join("\n")
    spent += source.length
    outcome = attempt(source, limits)
  }
  return { source, outcome, moved }
}

/**
 * Parses a text as Go does: inside `[…]`, `{…}` and quotes the indentation of a line means nothing, while js-yaml
 * follows the specification and wants it deeper than its parent. Lines it objects to are moved to the right, which
 * adds only white space that both drop, and the text is parsed again.
 */
export function readEvents(text: string, limits: YamlLimits): EventReading {
  const first = attempt(text, limits)
  const { source, outcome, moved } =
    first instanceof Error
      ? moveShortLines(text, first, limits)
      : { source: text, outcome: first, moved: new Map<number, number>() }
  const unmoved = ({ line, column }: Position): Position => ({
    line,
    column: Math.max(1, column - (moved.get(line - 1) ?? 0)),
  })
  if (!(outcome instanceof Error)) {
    const index = createLineIndex(source)
    return { ok: true, events: outcome, source, position: (offset) => unmoved(index(offset)) }
  }
  const mark = outcome instanceof YAMLException ? outcome.mark : undefined
  const at = unmoved({ line: (mark?.line ?? 0) + 1, column: (mark?.column ?? 0) + 1 })
  const finding = outcome instanceof YAMLException ? outcome.reason : outcome.message
  return { ok: false, at, finding }
}
