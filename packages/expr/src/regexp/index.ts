/**
 * Regular expressions with RE2's syntax and semantics, in time linear in the text.
 *
 * @packageDocumentation
 */
import { failed, ok, type Result, thrownText } from "@argo-ts/kernel"
import { RE2JS } from "re2js"
import { type ExprIssue, Fault, issueOf, issueOfThrown, type Program } from "../issue.js"
import { allMatches, type Finder, type Match, replaceMatches, splitByMatches } from "./matches.js"

export type { Match } from "./matches.js"

/** A compiled pattern. */
export interface Pattern extends Finder {
  readonly source: string
  /** True where the pattern matches somewhere in the text. */
  readonly test: (text: string) => boolean
  /** Matches from left to right, at most `limit`; as Go finds them: no empty one right behind another. */
  readonly matches: (text: string, limit?: number) => readonly Match[]
  /** Every match replaced by a template with `$1`, `${name}`, `$$`, or by a text as it stands. */
  readonly replace: (text: string, template: string, isLiteral?: boolean) => string
  /** The pieces between matches, at most `limit`; all where it is negative, the default. */
  readonly split: (text: string, limit?: number) => readonly string[]
}

const cache = new Map<string, Pattern>()
const cacheMax = 500
const plainText = /^[A-Za-z0-9 _/:,;<>=@%&~'"!-]*$/

/** Compiles a pattern; throws a `Fault` for one that RE2 refuses. Keeps the 500 last used. */
export function compilePattern(source: string): Pattern {
  const known = cache.get(source)
  if (known !== undefined) return known
  const pattern = build(source)
  if (cache.size >= cacheMax) cache.delete(cache.keys().next().value as string)
  cache.set(source, pattern)
  return pattern
}

/** A pattern as a program: evaluated over a text it tells whether it matches somewhere in it. */
export interface RegexpProgram extends Program<string, boolean> {
  readonly pattern: Pattern
}

/** Compiles a pattern in the shape of all languages; one that RE2 refuses is an issue. */
export function compileRegexp(source: string): Result<RegexpProgram, ExprIssue> {
  try {
    const pattern = compilePattern(source)
    return ok({
      source,
      references: [],
      issues: [],
      pattern,
      evaluate: (text) => ok(pattern.test(text)),
    })
  } catch (thrown) {
    const isOurs = thrown instanceof Fault
    const fault = isOurs ? new Fault(thrown.message, thrown.offset, "parse") : thrown
    return failed([isOurs ? issueOf(fault as Fault, source) : issueOfThrown(thrown, source)])
  }
}

function build(source: string): Pattern {
  // Nothing is compiled for a text that a search finds as well.
  const isPlain = plainText.test(source)
  const compiled = isPlain ? undefined : compile(source)
  const finder = compiled === undefined ? plainFinder(source) : finderOf(compiled)
  return {
    ...finder,
    source,
    test:
      compiled === undefined
        ? (text) => text.includes(source)
        : (text) => compiled.matcher(text).find(),
    matches: (text, limit) => allMatches(finder, text, limit),
    replace: (text, template, isLiteral = false) =>
      replaceMatches(finder, { text, template, isLiteral }),
    split: (text, limit = -1) =>
      source !== "" && text === "" && limit !== 0 ? [""] : splitByMatches(finder, text, limit),
  }
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (thrown) {
    throw new Fault(thrownText(thrown))
  }
}

function finderOf(compiled: RE2JS): Finder {
  const groups = Array.from({ length: compiled.groupCount() }, () => "")
  for (const [name, index] of Object.entries(compiled.namedGroups())) groups[index - 1] = name
  return {
    groups,
    match(text, from) {
      const matcher = compiled.matcher(text)
      if (!matcher.find(from)) return undefined
      return Array.from({ length: 2 * groups.length + 2 }, (_, index) =>
        index % 2 === 0 ? matcher.start(index / 2) : matcher.end((index - 1) / 2),
      )
    },
  }
}

function plainFinder(source: string): Finder {
  return {
    groups: [],
    match(text, from) {
      const start = text.indexOf(source, from)
      return start < 0 ? undefined : [start, start + source.length]
    },
  }
}
