import { raise } from "./fault.js"
import type { Host } from "./value.js"

/** What a pattern found: where, and its captures; a capture `()` is a place. */
export interface Match {
  readonly start: number
  readonly end: number
  readonly captures: readonly (string | number)[]
}

const capturesMax = 32
const depthMax = 200
const unfinished = -1
const position = -2

interface Capture {
  start: number
  /** Length, or `unfinished` or `position`. */
  length: number
}

/** One attempt at a text. Lua's patterns go back and try again; each step is paid for. */
interface Matcher {
  readonly host: Host
  readonly text: string
  readonly pattern: string
  readonly captures: Capture[]
  depth: number
}

function code(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : -1
}

const classes: { readonly [letter: string]: (unit: number) => boolean } = {
  a: isLetter,
  c: (unit) => unit < 32 || unit === 127,
  d: isDigit,
  l: (unit) => unit >= 97 && unit <= 122,
  p: (unit) => unit > 32 && unit < 127 && !isLetter(unit) && !isDigit(unit),
  s: (unit) => unit === 32 || (unit >= 9 && unit <= 13),
  u: (unit) => unit >= 65 && unit <= 90,
  w: (unit) => isLetter(unit) || isDigit(unit),
  x: (unit) => isDigit(unit) || (unit >= 65 && unit <= 70) || (unit >= 97 && unit <= 102),
  z: (unit) => unit === 0,
}

function isLetter(unit: number): boolean {
  return (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57
}

/** A letter after `%`: a class, its complement in upper case, or itself. */
function fitsClass(unit: number, letter: string): boolean {
  const lower = letter.toLowerCase()
  const fits = Object.hasOwn(classes, lower) ? classes[lower] : undefined
  if (fits === undefined) return letter.charCodeAt(0) === unit
  return fits(unit) === (letter === lower)
}

/** Where the single-character part of a pattern ends. */
function partEnd(pattern: string, at: number): number {
  const character = pattern[at]
  if (character === "%") {
    if (at + 1 >= pattern.length) return raise("malformed pattern (ends with '%')")
    return at + 2
  }
  if (character !== "[") return at + 1
  let end = at + 1
  if (pattern[end] === "^") end++
  do {
    if (end >= pattern.length) return raise("malformed pattern (missing ']')")
    end += pattern[end] === "%" ? 2 : 1
  } while (pattern[end] !== "]" || end >= pattern.length)
  return end + 1
}

function fitsSet(unit: number, set: string): boolean {
  let at = 1
  const isComplement = set[at] === "^"
  if (isComplement) at++
  const last = set.length - 1
  for (; at < last; at++) {
    if (set[at] === "%") {
      at++
      if (fitsClass(unit, set[at] as string)) return !isComplement
    } else if (set[at + 1] === "-" && at + 2 < last) {
      if (code(set, at) <= unit && unit <= code(set, at + 2)) return !isComplement
      at += 2
    } else if (code(set, at) === unit) {
      return !isComplement
    }
  }
  return isComplement
}

function fitsPart(unit: number, part: string): boolean {
  if (unit < 0) return false
  if (part === ".") return true
  if (part[0] === "%") return fitsClass(unit, part[1] as string)
  return part[0] === "[" ? fitsSet(unit, part) : part.charCodeAt(0) === unit
}

/** Where the rest of the pattern ends in the text, or -1. */
function matchHere(m: Matcher, from: number, patternAt: number): number {
  if (++m.depth > depthMax) return raise("pattern too complex")
  try {
    return matchRest(m, from, patternAt)
  } finally {
    m.depth--
  }
}

function matchRest(m: Matcher, from: number, patternAt: number): number {
  const { pattern, text } = m
  let at = from
  let p = patternAt
  for (;;) {
    m.host.spend(1)
    if (p >= pattern.length) return at
    const special = matchSpecial(m, at, p)
    if (typeof special === "number") return special
    if (special !== undefined) {
      at = special.at
      p = special.p
      continue
    }
    const end = partEnd(pattern, p)
    const part = pattern.slice(p, end)
    const suffix = pattern[end]
    if (suffix === "*" || suffix === "+") {
      return matchMost(m, at, { part, next: end + 1, least: suffix === "+" ? 1 : 0 })
    }
    if (suffix === "-") return matchLeast(m, at, part, end + 1)
    const fits = fitsPart(code(text, at), part)
    if (suffix === "?") {
      if (fits) {
        const found = matchHere(m, at + 1, end + 1)
        if (found >= 0) return found
      }
      p = end + 1
      continue
    }
    if (!fits) return -1
    at++
    p = end
  }
}

/** Captures, anchors, `%b`, `%f` and back references: an end, or where to go on, or nothing of the kind. */
function matchSpecial(
  m: Matcher,
  at: number,
  p: number,
): number | { readonly at: number; readonly p: number } | undefined {
  const { pattern, text } = m
  const [character, following = ""] = [pattern[p], pattern[p + 1]]
  if (character === "(") {
    const isPlace = following === ")"
    return openCapture(m, at, isPlace ? p + 2 : p + 1, isPlace ? position : unfinished)
  }
  if (character === ")") return closeCapture(m, at, p + 1)
  if (character === "$" && p + 1 === pattern.length) return at === text.length ? at : -1
  if (character !== "%") return undefined
  if (following === "b") return matchBalance(m, at, p + 2)
  if (following === "f") return matchFrontier(m, at, p + 2)
  return isDigit(following.charCodeAt(0)) ? matchBack(m, at, p) : undefined
}

function openCapture(m: Matcher, at: number, p: number, length: number): number {
  if (m.captures.length >= capturesMax) return raise("too many captures")
  m.captures.push({ start: at, length })
  const end = matchHere(m, at, p)
  if (end < 0) m.captures.pop()
  return end
}

function closeCapture(m: Matcher, at: number, p: number): number {
  const capture = m.captures.findLast(({ length }) => length === unfinished)
  if (capture === undefined) return raise("invalid pattern capture")
  capture.length = at - capture.start
  const end = matchHere(m, at, p)
  if (end < 0) capture.length = unfinished
  return end
}

function matchBalance(m: Matcher, at: number, p: number): number | { at: number; p: number } {
  const { text, pattern } = m
  if (p + 1 >= pattern.length) return raise("missing arguments to '%b'")
  if (text[at] !== pattern[p]) return -1
  let open = 1
  for (let end = at + 1; end < text.length; end++) {
    m.host.spend(1)
    if (text[end] === pattern[p + 1]) {
      if (--open === 0) return { at: end + 1, p: p + 2 }
    } else if (text[end] === pattern[p]) {
      open++
    }
  }
  return -1
}

function matchFrontier(m: Matcher, at: number, p: number): number | { at: number; p: number } {
  const { text, pattern } = m
  if (pattern[p] !== "[") return raise("missing '[' after '%f' in pattern")
  const end = partEnd(pattern, p)
  const set = pattern.slice(p, end)
  const before = at === 0 ? 0 : code(text, at - 1)
  const here = at < text.length ? code(text, at) : 0
  return !fitsSet(before, set) && fitsSet(here, set) ? { at, p: end } : -1
}

function matchBack(m: Matcher, at: number, p: number): number | { at: number; p: number } {
  const index = code(m.pattern, p + 1) - 49
  const capture = m.captures[index]
  if (capture === undefined || capture.length === unfinished) {
    return raise(`invalid capture index %${index + 1}`)
  }
  const text = m.text.slice(capture.start, capture.start + Math.max(0, capture.length))
  return m.text.startsWith(text, at) ? { at: at + text.length, p: p + 2 } : -1
}

function matchMost(
  m: Matcher,
  at: number,
  { part, next, least }: { readonly part: string; readonly next: number; readonly least: number },
): number {
  let count = 0
  while (fitsPart(code(m.text, at + count), part)) count++
  m.host.spend(count)
  for (; count >= least; count--) {
    const end = matchHere(m, at + count, next)
    if (end >= 0) return end
  }
  return -1
}

function matchLeast(m: Matcher, from: number, part: string, next: number): number {
  for (let at = from; ; at++) {
    const end = matchHere(m, at, next)
    if (end >= 0) return end
    if (!fitsPart(code(m.text, at), part)) return -1
  }
}

function captured(m: Matcher): readonly (string | number)[] {
  return m.captures.map(({ start, length }) => {
    if (length === unfinished) return raise("unfinished capture")
    return length === position ? start + 1 : m.text.slice(start, start + length)
  })
}

/** A text and the pattern that is sought in it. */
export interface Search {
  readonly text: string
  readonly pattern: string
}

/** The first match at or after a place of the text, `undefined` where there is none. */
export function findMatch(host: Host, { text, pattern }: Search, from: number): Match | undefined {
  const isAnchored = pattern.startsWith("^")
  for (let start = from; start <= text.length; start++) {
    const m: Matcher = { host, text, pattern, captures: [], depth: 0 }
    const end = matchHere(m, start, isAnchored ? 1 : 0)
    if (end >= 0) return { start, end, captures: captured(m) }
    if (isAnchored) return undefined
  }
  return undefined
}

/** Matches one after the other, at most `limit`; an empty one is followed by the next place. */
export function* allMatches(
  host: Host,
  search: Search,
  limit: number = Number.POSITIVE_INFINITY,
): IterableIterator<Match> {
  let from = 0
  for (let count = 0; count < limit && from <= search.text.length; count++) {
    const match = findMatch(host, search, from)
    if (match === undefined) return
    yield match
    from = match.end > match.start ? match.end : match.end + 1
    if (search.pattern.startsWith("^")) return
  }
}
