import { countPoints, isAscii } from "../../go/text.js"
import { Fault } from "../../issue.js"
import { compilePattern, type Pattern } from "../../regexp/index.js"
import { operation } from "../arithmetic.js"
import { inapplicable, JqError } from "../fault.js"
import { type Env, each, type Filter, many, single } from "../filter.js"
import { grow, type Machine, spend } from "../machine.js"
import { type JqValue, openObject } from "../value.js"
import { argument, type Build, type Entry } from "./table.js"

/** A search in a text. */
interface Search {
  readonly text: string
  readonly pattern: Pattern
  readonly isGlobal: boolean
}

function searchOf(input: JqValue, source: JqValue, flags: JqValue): Search {
  const letters = flags ?? ""
  if (typeof input !== "string" || typeof source !== "string" || typeof letters !== "string") {
    throw inapplicable("match", input, [source, flags])
  }
  if (/[^gi]/.test(letters)) {
    throw new JqError(`unsupported regular expression flag: ${JSON.stringify(letters)}`)
  }
  const pattern = patternOf(source, letters.includes("i"))
  return { text: input, pattern, isGlobal: letters.includes("g") }
}

function patternOf(source: string, isFolded: boolean): Pattern {
  try {
    return compilePattern(isFolded ? `(?i)${source}` : source)
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    throw new JqError(`invalid regular expression ${JSON.stringify(source)}: ${thrown.message}`)
  }
}

type Match = readonly number[]

/** Every match in turn; an empty one right behind the last is none, as in Go. */
function eachMatch(machine: Machine, search: Search, take: (match: Match) => boolean): boolean {
  const { text, pattern, isGlobal } = search
  let from = 0
  let lastEnd = -1
  while (from <= text.length) {
    spend(machine, 1 + (text.length - from) / 64)
    const match = pattern.match(text, from)
    if (match === undefined) return true
    const [start = 0, end = 0] = match
    const isEmpty = start === end
    if (!(isEmpty && start === lastEnd)) {
      if (!take(match)) return false
      if (!isGlobal) return true
    }
    lastEnd = end
    from = isEmpty ? end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1) : end
  }
  return true
}

/** A part of a match: where it is, in code points, and its text. */
function part(text: string, start: number, end: number): JqValue {
  const captured = openObject()
  const isThere = start >= 0
  const found = isThere ? text.slice(start, end) : null
  captured["offset"] = isThere ? (isAscii(text) ? start : countPoints(text.slice(0, start))) : -1
  captured["length"] = found === null ? 0 : countPoints(found)
  captured["string"] = found
  return captured
}

function named(captured: JqValue, name: string): JqValue {
  return Object.assign(openObject(), captured, { name: name === "" ? null : name })
}

function matchObject({ text, pattern }: Search, match: Match): JqValue {
  const captures = pattern.groups.map((name, index) =>
    named(part(text, match[2 * index + 2] ?? -1, match[2 * index + 3] ?? -1), name),
  )
  return Object.assign(openObject(), part(text, match[0] ?? 0, match[1] ?? 0), { captures })
}

/** The texts of the named groups. */
function captureObject({ text, pattern }: Search, match: Match): JqValue {
  const captured = openObject()
  for (const [index, name] of pattern.groups.entries()) {
    const start = match[2 * index + 2] ?? -1
    if (name !== "") captured[name] = start < 0 ? null : text.slice(start, match[2 * index + 3])
  }
  return captured
}

/** What `scan` gives: the match, or its groups where it has some. */
function scanned({ text, pattern }: Search, match: Match): JqValue {
  if (pattern.groups.length === 0) return text.slice(match[0], match[1])
  return pattern.groups.map((_, index) => {
    const start = match[2 * index + 2] ?? -1
    return start < 0 ? null : text.slice(start, match[2 * index + 3])
  })
}

const noFlags: Filter = single("one", () => null)

/** Makes every search that the arguments ask for; the pattern varies slowest. */
function eachSearch(
  [sources, flags]: readonly [Filter, Filter],
  always: string,
  machine: Machine,
): (env: Env, input: JqValue, take: (search: Search) => boolean) => boolean {
  const join = operation("+", machine)
  return (env, input, take) =>
    each(sources, env, input, (source) =>
      each(flags, env, input, (letters) =>
        take(searchOf(input, source, always === "" ? letters : join(letters, always))),
      ),
    )
}

/** A function with an output for every match. */
function perMatch(always: string, describe: (search: Search, match: Match) => JqValue): Build {
  return (args, machine) => {
    const searches = eachSearch([argument(args, 0), args[1] ?? noFlags], always, machine)
    return many((env, input, path, emit) =>
      searches(env, input, (search) =>
        eachMatch(machine, search, (match) => {
          grow(machine, 4 + 4 * search.pattern.groups.length)
          return emit(describe(search, match), path)
        }),
      ),
    )
  }
}

const test: Build = (args, machine) => {
  const searches = eachSearch([argument(args, 0), args[1] ?? noFlags], "", machine)
  return many((env, input, path, emit) =>
    searches(env, input, ({ text, pattern }) => {
      spend(machine, 1 + text.length / 64)
      return emit(pattern.test(text), path)
    }),
  )
}

function partsOf(machine: Machine, search: Search): JqValue[] {
  const parts: JqValue[] = []
  let from = 0
  eachMatch(machine, search, ([start = 0, end = 0]) => {
    grow(machine, 1)
    parts.push(search.text.slice(from, start))
    from = end
    return true
  })
  parts.push(search.text.slice(from))
  return parts
}

const splits: Build = (args, machine) => {
  const searches = eachSearch([argument(args, 0), args[1] ?? noFlags], "g", machine)
  return many((env, input, path, emit) =>
    searches(env, input, (search) => partsOf(machine, search).every((text) => emit(text, path))),
  )
}

const split: Build = (args, machine) => {
  const searches = eachSearch([argument(args, 0), args[1] ?? noFlags], "g", machine)
  return many((env, input, path, emit) =>
    searches(env, input, (search) => emit(partsOf(machine, search), path)),
  )
}

/** `sub` and `gsub`: the replacement of the last match varies slowest. */
function substitute(always: string): Build {
  return (args, machine) => {
    const replacement = argument(args, 1)
    const searches = eachSearch([argument(args, 0), args[2] ?? noFlags], always, machine)
    const join = operation("+", machine)
    return many((env, input, path, emit) =>
      searches(env, input, (search) => {
        const matches: Match[] = []
        eachMatch(machine, search, (match) => {
          grow(machine, 1)
          matches.push(match)
          return true
        })
        const next = (index: number, tail: JqValue, end: number): boolean => {
          const match = matches[index]
          if (match === undefined) return emit(join(search.text.slice(0, end), tail), path)
          const [start = 0, stop = 0] = match
          return each(replacement, env, captureObject(search, match), (text) =>
            next(index - 1, join(text, join(search.text.slice(stop, end), tail)), start),
          )
        }
        return next(matches.length - 1, "", search.text.length)
      }),
    )
  }
}

/** Functions of regular expressions, with RE2's meaning. */
export const patterns: readonly Entry[] = [
  ["match/1", perMatch("", matchObject)],
  ["match/2", perMatch("", matchObject)],
  ["capture/1", perMatch("", captureObject)],
  ["capture/2", perMatch("", captureObject)],
  ["scan/1", perMatch("g", scanned)],
  ["scan/2", perMatch("g", scanned)],
  ["test/1", test],
  ["test/2", test],
  ["split/2", split],
  ["splits/1", splits],
  ["splits/2", splits],
  ["sub/2", substitute("")],
  ["sub/3", substitute("")],
  ["gsub/2", substitute("g")],
  ["gsub/3", substitute("g")],
]
