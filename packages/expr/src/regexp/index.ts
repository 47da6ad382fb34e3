/**
 * Regular expressions with RE2's syntax and semantics, in time linear in the text.
 *
 * @packageDocumentation
 */
import { RE2JS } from "re2js"
import { Fault } from "../issue.js"
import {
  allMatches,
  expandTemplate,
  type Match,
  replaceMatches,
  splitByMatches,
} from "./matches.js"

export type { Match } from "./matches.js"

/** A compiled pattern. */
export interface Pattern {
  readonly source: string
  /** True where the pattern matches somewhere in the text. */
  readonly test: (text: string) => boolean
  /** Matches from left to right, at most `limit`; as Go finds them: no empty one right behind another. */
  readonly matches: (text: string, limit?: number) => readonly Match[]
  /** Every match replaced by a template with `$1`, `${name}`, `$$`, or by a text as it stands. */
  readonly replace: (text: string, template: string, isLiteral?: boolean) => string
  /** The pieces between matches, at most `limit`; all where it is negative, the default. */
  readonly split: (text: string, limit?: number) => readonly string[]
  /** The names of the groups, by their index; groups without a name are left out. */
  readonly groupNames: ReadonlyMap<string, number>
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

function build(source: string): Pattern {
  // Nothing is built for a text that a search finds as well.
  let compiled: RE2JS | undefined = plainText.test(source) ? undefined : compile(source)
  const engine = (): RE2JS => {
    compiled ??= compile(source)
    return compiled
  }
  const groupNames = new Map<string, number>(
    compiled === undefined ? [] : Object.entries(compiled.namedGroups()),
  )
  const find = compiled
  return {
    source,
    test:
      find === undefined ? (text) => text.includes(source) : (text) => find.matcher(text).find(),
    matches: (text, limit) => allMatches(engine(), text, limit),
    replace: (text, template, isLiteral = false) =>
      replaceMatches(engine(), text, (match) =>
        isLiteral ? template : expandTemplate(template, match, (name) => groupNames.get(name)),
      ),
    split: (text, limit = -1) => splitByMatches(engine(), text, limit),
    groupNames,
  }
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (thrown) {
    throw new Fault(thrown instanceof Error ? thrown.message : String(thrown))
  }
}
