/** One step of a path: up to the next `.` or `|` that stands outside brackets and quotes. */
export interface Step {
  readonly text: string
  /** What separates it from the rest: `.`, `|`, or nothing. */
  readonly separator: "" | "." | "|"
  readonly rest: string
  /** Contains an unescaped `*` or `?`. */
  readonly isPattern: boolean
  /** The key with its escapes resolved. */
  readonly key: string
}

/** Splits the first step off a path of keys. */
export function firstStep(path: string): Step {
  let key = ""
  let isPattern = false
  for (let at = 0; at < path.length; at++) {
    const char = path[at] as string
    if (char === "\\") {
      at++
      key += path[at] ?? ""
    } else if (char === "." || char === "|") {
      return { text: path.slice(0, at), separator: char, rest: path.slice(at + 1), isPattern, key }
    } else {
      if (char === "*" || char === "?") isPattern = true
      key += char
    }
  }
  return { text: path, separator: "", rest: "", isPattern, key }
}

/** End of a bracketed part that starts at `at`: past its closing bracket; -1 where it is not closed. */
export function endOfBrackets(path: string, at: number): number {
  let depth = 0
  for (let index = at; index < path.length; index++) {
    const char = path[index] as string
    if (char === "\\") index++
    else if (char === '"') index = endOfQuotes(path, index)
    else if ("([{".includes(char)) depth++
    else if (")]}".includes(char)) {
      depth--
      if (depth === 0) return index + 1
    }
  }
  return -1
}

function endOfQuotes(path: string, at: number): number {
  for (let index = at + 1; index < path.length; index++) {
    if (path[index] === "\\") index++
    else if (path[index] === '"') return index
  }
  return path.length
}

/** Matches `*` (any run) and `?` (any one character); `\` takes the next as it is. Time is linear in practice. */
export function wildcard(text: string, pattern: string): boolean {
  let at = 0
  let from = 0
  let star = -1
  let mark = 0
  while (at < text.length) {
    const char = pattern[from]
    const isEscaped = char === "\\" && from + 1 < pattern.length
    const wanted = isEscaped ? pattern[from + 1] : char
    if (!isEscaped && char === "*") {
      star = from++
      mark = at
    } else if (from < pattern.length && ((!isEscaped && char === "?") || wanted === text[at])) {
      at++
      from += isEscaped ? 2 : 1
    } else if (star >= 0) {
      from = star + 1
      at = ++mark
    } else return false
  }
  while (pattern[from] === "*") from++
  return from >= pattern.length
}
