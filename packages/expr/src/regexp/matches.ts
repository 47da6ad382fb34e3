import type { RE2JS } from "re2js"

/** Where a pattern matched. */
export interface Match {
  readonly start: number
  readonly end: number
  /** The whole match, then each group; `undefined` for a group that took no part. */
  readonly groups: readonly (string | undefined)[]
  /** Where the whole match starts, then each group; −1 for a group that took no part. */
  readonly starts: readonly number[]
}

/** Finds matches in one text from any place on. */
type Search = (from: number) => Match | undefined

function searchOf(compiled: RE2JS, text: string): Search {
  const matcher = compiled.matcher(text)
  const count = matcher.groupCount()
  return (from) => {
    if (from > text.length || !matcher.find(from)) return undefined
    const groups = Array.from(
      { length: count + 1 },
      (_, index) => matcher.group(index) ?? undefined,
    )
    const starts = groups.map((_, index) => matcher.start(index))
    return { start: matcher.start(), end: matcher.end(), groups, starts }
  }
}

/** The length of the character at a place; 0 at the end. */
function widthAt(text: string, at: number): number {
  const point = text.codePointAt(at)
  return point === undefined ? 0 : point > 0xffff ? 2 : 1
}

/** Matches from left to right as Go finds them: no empty one right behind another. At most `limit`. */
export function allMatches(
  compiled: RE2JS,
  text: string,
  limit: number = Infinity,
): readonly Match[] {
  const search = searchOf(compiled, text)
  const found: Match[] = []
  let lastEnd = -1
  for (let at = 0; found.length < limit && at <= text.length; ) {
    const match = search(at)
    if (match === undefined) break
    const isEmpty = match.end === at
    const isBehind = isEmpty && match.start === lastEnd
    at = isEmpty ? at + (widthAt(text, at) || 1) : match.end
    lastEnd = match.end
    if (!isBehind) found.push(match)
  }
  return found
}

/** Replaces every match, as Go's `ReplaceAllString` walks over them. */
export function replaceMatches(
  compiled: RE2JS,
  text: string,
  replacement: (match: Match) => string,
): string {
  const search = searchOf(compiled, text)
  const parts: string[] = []
  let lastEnd = 0
  for (let at = 0; at <= text.length; ) {
    const match = search(at)
    if (match === undefined) break
    parts.push(text.slice(lastEnd, match.start))
    if (match.end > lastEnd || match.start === 0) parts.push(replacement(match))
    lastEnd = match.end
    at = Math.max(at + (widthAt(text, at) || 1), match.end)
  }
  return parts.join("") + text.slice(lastEnd)
}

/** Go's `Split`: the pieces between matches; at most `limit` of them, all where it is negative. */
export function splitByMatches(compiled: RE2JS, text: string, limit: number): readonly string[] {
  if (limit === 0) return []
  if (text === "" && compiled.pattern() !== "") return [""]
  const pieces: string[] = []
  let begin = 0
  let end = 0
  for (const match of allMatches(compiled, text, limit < 0 ? Infinity : limit)) {
    if (limit > 0 && pieces.length === limit - 1) break
    end = match.start
    if (match.end !== 0) pieces.push(text.slice(begin, end))
    begin = match.end
  }
  if (end !== text.length) pieces.push(text.slice(begin))
  return pieces
}

const reference = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu

/** Fills `$1`, `${1}`, `$name` (the longest name) and `$$` in; what names no group is empty. */
export function expandTemplate(
  template: string,
  match: Match,
  indexOf: (name: string) => number | undefined,
): string {
  return template.replace(reference, (whole, braced?: string, bare?: string) => {
    if (whole === "$$") return "$"
    const name = braced ?? bare ?? ""
    const index = /^\d+$/.test(name) ? Number(name) : indexOf(name)
    return index === undefined ? "" : (match.groups[index] ?? "")
  })
}
