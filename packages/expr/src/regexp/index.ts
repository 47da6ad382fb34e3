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
  if (plainText.test(source)) return { source, test: (text) => text.includes(source) }
  try {
    const compiled = RE2JS.compile(source)
    return { source, test: (text) => compiled.matcher(text).find() }
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new Fault(reason)
  }
}
