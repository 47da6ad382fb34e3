/**
 * Regular expressions with RE2's syntax and semantics, in time linear in the text.
 *
 * @packageDocumentation
 */
import { RE2JS } from "re2js"
import { Fault } from "../issue.js"

/** A compiled pattern. */
export interface Pattern {
  readonly source: string
  /** True where the pattern matches somewhere in the text. */
  readonly test: (text: string) => boolean
  /** Name of every group from the first; empty for one without a name. */
  readonly groups: readonly string[]
  /**
   * The first match that starts at `from` or later: start and end of the whole and of every group, in UTF-16 units, −1 for
   * a group that took no part. Undefined without a match.
   */
  readonly match: (text: string, from: number) => readonly number[] | undefined
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
  if (plainText.test(source)) return buildPlain(source)
  try {
    const compiled = RE2JS.compile(source)
    const groups = Array.from({ length: compiled.groupCount() }, () => "")
    for (const [name, index] of Object.entries(compiled.namedGroups())) groups[index - 1] = name
    return {
      source,
      groups,
      test: (text) => compiled.matcher(text).find(),
      match: (text, from) => {
        const matcher = compiled.matcher(text)
        if (!matcher.find(from)) return undefined
        return Array.from({ length: 2 * groups.length + 2 }, (_, index) =>
          index % 2 === 0 ? matcher.start(index / 2) : matcher.end((index - 1) / 2),
        )
      },
    }
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new Fault(reason)
  }
}

function buildPlain(source: string): Pattern {
  return {
    source,
    groups: [],
    test: (text) => text.includes(source),
    match: (text, from) => {
      const start = text.indexOf(source, from)
      return start < 0 ? undefined : [start, start + source.length]
    },
  }
}
