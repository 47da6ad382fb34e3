import { countPoints, isAscii } from "../../go/text.js"
import { Fault } from "../../issue.js"
import { compilePattern, type Match, type Pattern } from "../../regexp/index.js"
import { operation } from "../arithmetic.js"
import { inapplicable, JqError } from "../fault.js"
import { type Env, each, type Filter, many, single } from "../filter.js"
import { grow, type Machine, spend } from "../machine.js"
import { type JqValue, type OpenObject, openObject } from "../value.js"
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

/** The matches of a search, paid for by the text that each may have to look at. */
function matchesOf(machine: Machine, { text, pattern, isGlobal }: Search): readonly Match[] {
  const cost = 1 + text.length / 128
  const found = pattern.matches(text, isGlobal ? Math.floor(machine.steps / cost) + 1 : 1)
  spend(machine, cost * (found.length + 1))
  return found
}

/** A part of a match: where it is, in code points, and its text. */
function part(text: string, start: number, found: string | undefined): OpenObject {
  const captured = openObject()
  const isThere = found !== undefined && start >= 0
  captured["offset"] = isThere ? (isAscii(text) ? start : countPoints(text.slice(0, start))) : -1
  captured["length"] = isThere ? countPoints(found) : 0
  captured["string"] = isThere ? found : null
  return captured
}

function matchObject({ text, pattern }: Search, match: Match): JqValue {
  const captures = pattern.groups.map((name, index) => {
    const captured = part(text, match.starts[index + 1] ?? -1, match.groups[index + 1])
    captured["name"] = name === "" ? null : name
    return captured
  })
  const object = part(text, match.start, match.groups[0])
  object["captures"] = captures
  return object
}

/** The texts of the named groups. */
function captureObject({ pattern }: Search, match: Match): JqValue {
  const captured = openObject()
  for (const [index, name] of pattern.groups.entries()) {
    if (name !== "") captured[name] = match.groups[index + 1] ?? null
  }
  return captured
}

/** What `scan` gives: the match, or its groups where it has some. */
function scanned(_search: Search, { groups }: Match): JqValue {
  const [whole = "", ...inner] = groups
  return inner.length === 0 ? whole : inner.map((group) => group ?? null)
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
        matchesOf(machine, search).every((match) => {
          grow(machine, 4 * match.groups.length)
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
  for (const { start, end } of matchesOf(machine, search)) {
    grow(machine, 1)
    parts.push(search.text.slice(from, start))
    from = end
  }
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
        const matches = matchesOf(machine, search)
        grow(machine, matches.length)
        const next = (index: number, tail: JqValue, end: number): boolean => {
          const match = matches[index]
          if (match === undefined) return emit(join(search.text.slice(0, end), tail), path)
          const { start } = match
          return each(replacement, env, captureObject(search, match), (text) =>
            next(index - 1, join(text, join(search.text.slice(match.end, end), tail)), start),
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
