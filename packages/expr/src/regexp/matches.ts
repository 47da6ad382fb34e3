/** Finds the next match of one pattern. */
export interface Finder {
  /** Name of every group from the first; empty for one without a name. */
  readonly groups: readonly string[]
  /**
   * The first match that starts at `from` or later: start and end of the whole and of every group, in UTF-16 units, −1 for
   * a group that took no part. Undefined without a match.
   */
  readonly match: (text: string, from: number) => readonly number[] | undefined
}

/** Where a pattern matched. */
export interface Match {
  readonly start: number
  readonly end: number
  /** The whole match, then each group; `undefined` for a group that took no part. */
  readonly groups: readonly (string | undefined)[]
  /** Where the whole match starts, then each group; −1 for a group that took no part. */
  readonly starts: readonly number[]
}

function nextMatch(finder: Finder, text: string, from: number): Match | undefined {
  const places = finder.match(text, from)
  if (places === undefined) return undefined
  const [start = 0, end = 0] = places
  const groups = Array.from({ length: places.length / 2 }, (_, index) => {
    const begin = places[2 * index] ?? -1
    return begin < 0 ? undefined : text.slice(begin, places[2 * index + 1])
  })
  const starts = Array.from({ length: places.length / 2 }, (_, index) => places[2 * index] ?? -1)
  return { start, end, groups, starts }
}

/** The length of the character at a place; 0 at the end. */
function widthAt(text: string, at: number): number {
  const point = text.codePointAt(at)
  return point === undefined ? 0 : point > 0xffff ? 2 : 1
}

/** Matches from left to right as Go finds them: no empty one right behind another. At most `limit`. */
export function allMatches(
  finder: Finder,
  text: string,
  limit: number = Infinity,
): readonly Match[] {
  const found: Match[] = []
  let lastEnd = -1
  for (let at = 0; found.length < limit && at <= text.length; ) {
    const match = nextMatch(finder, text, at)
    if (match === undefined) break
    const isEmpty = match.end === at
    const isBehind = isEmpty && match.start === lastEnd
    at = isEmpty ? at + (widthAt(text, at) || 1) : match.end
    lastEnd = match.end
    if (!isBehind) found.push(match)
  }
  return found
}

/** What is replaced, and by what. */
export interface Replacement {
  readonly text: string
  readonly template: string
  /** The template has no references. */
  readonly isLiteral: boolean
}

/** Replaces every match, as Go's `ReplaceAllString` walks over them. */
export function replaceMatches(finder: Finder, { text, template, isLiteral }: Replacement): string {
  const parts: string[] = []
  let lastEnd = 0
  for (let at = 0; at <= text.length; ) {
    const match = nextMatch(finder, text, at)
    if (match === undefined) break
    parts.push(text.slice(lastEnd, match.start))
    if (match.end > lastEnd || match.start === 0) {
      parts.push(isLiteral ? template : expandTemplate(template, match, finder.groups))
    }
    lastEnd = match.end
    at = Math.max(at + (widthAt(text, at) || 1), match.end)
  }
  return parts.join("") + text.slice(lastEnd)
}

/** Go's `Split`: the pieces between matches; at most `limit` of them, all where it is negative. */
export function splitByMatches(finder: Finder, text: string, limit: number): readonly string[] {
  if (limit === 0) return []
  const pieces: string[] = []
  let begin = 0
  let end = 0
  for (const match of allMatches(finder, text, limit < 0 ? Infinity : limit)) {
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
function expandTemplate(template: string, match: Match, names: readonly string[]): string {
  return template.replace(reference, (whole, braced?: string, bare?: string) => {
    if (whole === "$$") return "$"
    const name = braced ?? bare ?? ""
    const index = /^\d+$/.test(name) ? Number(name) : names.indexOf(name) + 1
    return index === 0 && name !== "0" ? "" : (match.groups[index] ?? "")
  })
}
