import { compilePattern, type Pattern } from "@argo-ts/expr/regexp"

interface Reader {
  readonly letters: readonly string[]
  at: number
  /** For each open brace, whether it stands at the start of a path segment: its choices begin there too. */
  readonly braces: boolean[]
  /** True where a path segment begins. */
  isStart: boolean
}

function quoted(letter: string): string {
  return /[\\^$.*+?()[\]{}|]/.test(letter) ? `\\${letter}` : letter
}

/** One letter of a class, escapes resolved; undefined at the end of the pattern. */
function classLetter(reader: Reader): string | undefined {
  if (reader.letters[reader.at] === "\\") reader.at++
  return reader.letters[reader.at++]
}

/** `[a-z]`, `[^…]` or `[!…]` from behind the bracket; it takes `/` like any other letter, as upstream's library. */
function readClass(reader: Reader): string | undefined {
  const { letters } = reader
  const isNegated = letters[reader.at] === "^" || letters[reader.at] === "!"
  if (isNegated) reader.at++
  let items = ""
  for (let count = 0; letters[reader.at] !== "]" || count === 0; count++) {
    if (letters[reader.at] === "]") return undefined
    const low = classLetter(reader)
    if (low === undefined) return undefined
    const isRange = letters[reader.at] === "-" && (letters[reader.at + 1] ?? "]") !== "]"
    if (isRange) reader.at++
    const high = isRange ? classLetter(reader) : low
    if (high === undefined) return undefined
    items += low < high ? `${classQuoted(low)}-${classQuoted(high)}` : classQuoted(low)
  }
  reader.at++
  return `[${isNegated ? "^" : ""}${items}]`
}

function classQuoted(letter: string): string {
  return /[\\\]^-]/.test(letter) ? `\\${letter}` : letter
}

function endsSegment(reader: Reader, at: number): boolean {
  const letter = reader.letters[at]
  const isInside = reader.braces.length > 0
  return letter === undefined || letter === "/" || (isInside && (letter === "," || letter === "}"))
}

/** `**` as a whole segment is any number of segments, none included; anywhere else it is `*`. */
function readStars(reader: Reader): string {
  const from = reader.at - 1
  while (reader.letters[reader.at] === "*") reader.at++
  const isDouble = reader.at - from === 2
  if (!isDouble || !reader.isStart || !endsSegment(reader, reader.at)) return "[^/]*"
  if (reader.letters[reader.at] !== "/") return ".*"
  reader.at++
  return "(?:.*/)?"
}

/** `/` before a last `**` goes with it: `a/**` is also `a`. */
function readSlash(reader: Reader): string {
  const { letters, at } = reader
  let end = at
  while (letters[end] === "*") end++
  reader.isStart = true
  if (end - at !== 2 || !endsSegment(reader, end) || letters[end] === "/") return "/"
  reader.at = end
  return "(?:/.*)?"
}

function readBrace(reader: Reader, letter: string): string | undefined {
  if (letter === "{") {
    reader.braces.push(reader.isStart)
    return "(?:"
  }
  const start = reader.braces.at(-1)
  if (start === undefined) return letter === "}" ? undefined : quoted(letter)
  if (letter === ",") {
    reader.isStart = start
    return "|"
  }
  reader.braces.pop()
  return ")"
}

function readOne(reader: Reader): string | undefined {
  const letter = reader.letters[reader.at++] ?? ""
  if (letter === "/") return readSlash(reader)
  if (letter === "*") {
    const written = readStars(reader)
    reader.isStart = written === "(?:.*/)?"
    return written
  }
  if (letter === "{" || letter === "," || letter === "}") return readBrace(reader, letter)
  reader.isStart = false
  if (letter === "?") return "[^/]"
  if (letter === "[") return readClass(reader)
  if (letter !== "\\") return quoted(letter)
  const escaped = reader.letters[reader.at++]
  return escaped === undefined ? undefined : quoted(escaped)
}

/**
 * A glob as doublestar reads it, in linear time: `*` within a segment, `**` over segments, `?`, classes, `{a,b}`, `\`.
 * Undefined where it is malformed.
 */
export function compileGlob(glob: string): Pattern | undefined {
  const reader: Reader = { letters: [...glob], at: 0, braces: [], isStart: true }
  let pattern = ""
  while (reader.at < reader.letters.length) {
    const written = readOne(reader)
    if (written === undefined) return undefined
    pattern += written
  }
  if (reader.braces.length > 0) return undefined
  try {
    return compilePattern(`(?s)^(?:${pattern})$`)
  } catch {
    // Too large or nested too deeply for the engine of expressions.
    return undefined
  }
}

/** A pattern by its prefix: `glob:…`, `regex:…` or `regexp:…`; without one, undefined. Throws nothing. */
export function compileMarked(
  marked: string,
): { readonly pattern: Pattern | undefined } | undefined {
  const kind = /^(glob|regexp?):/.exec(marked)
  if (kind === null) return undefined
  const source = marked.slice(kind[0].length)
  if (kind[1] === "glob") return { pattern: compileGlob(source) }
  try {
    return { pattern: compilePattern(source) }
  } catch {
    return { pattern: undefined }
  }
}
