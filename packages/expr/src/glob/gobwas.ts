import { utf8Bytes } from "@argo-ts/kernel"
import { countPoints, decodeUtf8, isAscii } from "../go/text.js"
import { createMachine, type Machine, type MachineBuilder, type Takes } from "./machine.js"
import { malformed, type PatternReader, peek, readerOf, take } from "./reader.js"

/** A piece of a pattern outside its braces, as upstream's matcher takes it. */
type Piece =
  | { readonly kind: "text"; text: string }
  | { readonly kind: "one"; readonly takes: Takes; readonly isClass: boolean }
  | { readonly kind: "run"; readonly isAny: boolean }
  | { readonly kind: "choice" }

/** What the whole pattern consists of, for the places where upstream's matcher slips. */
interface Shape {
  readonly pieces: Piece[]
}

const any: Takes = () => true

/**
 * gobwas: `*` a run that stops at a separator, `**` one that does not, `?`, `[abc]`, `[!a-c]` (a single range), `{a,b}`
 * which nest, `\`. Slips of upstream's matcher are kept: see `slip`. Throws a `Fault`.
 */
export function readGobwas(pattern: string, separators: readonly string[]): Machine {
  const within: Takes = (character) => !separators.includes(character)
  const machine = createMachine()
  const reader = readerOf(pattern)
  const shape: Shape = { pieces: [] }
  let depth = 0
  let before: Piece | undefined
  while (peek(reader) !== "") {
    const next = take(reader)
    const piece = pieceOf(reader, next, within, depth)
    if (depth === 0) note(shape, piece ?? { kind: "choice" })
    // Two runs that differ are a tree to upstream, and a tree does not take nothing.
    const isTree = isRun(before, true) && isRun(piece, false) && separators.length > 0
    if (isTree) machine.one(any)
    if (piece !== undefined) add(machine, piece, within)
    else depth = brace(machine, next, depth)
    before = piece
  }
  return slipping(machine.build(), shape, separators)
}

function isRun(piece: Piece | undefined, isAny: boolean): boolean {
  return piece?.kind === "run" && piece.isAny === isAny
}

/** The piece that `next` begins; nothing where it opens, parts or closes a choice. */
function pieceOf(
  reader: PatternReader,
  next: string,
  within: Takes,
  depth: number,
): Piece | undefined {
  switch (next) {
    case "*": {
      const isAny = peek(reader) === "*"
      if (isAny) take(reader)
      return { kind: "run", isAny }
    }
    case "?":
      return { kind: "one", takes: within, isClass: false }
    case "[":
      return { kind: "one", takes: readGobwasClass(reader), isClass: true }
    case "\\":
      return { kind: "text", text: take(reader) }
    case "{":
      return undefined
    case ",":
    case "}":
      return depth > 0 ? undefined : { kind: "text", text: next }
    default:
      return { kind: "text", text: next }
  }
}

function add(machine: MachineBuilder, piece: Piece, within: Takes): void {
  if (piece.kind === "run") machine.run(piece.isAny ? any : within)
  else if (piece.kind === "one") machine.one(piece.takes)
  else if (piece.kind === "text") {
    for (const literal of piece.text) machine.one((character) => character === literal)
  }
}

function brace(machine: MachineBuilder, next: string, depth: number): number {
  if (next === "{") {
    machine.open()
    return depth + 1
  }
  if (next === ",") {
    machine.or()
    return depth
  }
  machine.close()
  return depth - 1
}

function note({ pieces }: Shape, piece: Piece): void {
  const last = pieces.at(-1)
  if (piece.kind === "text" && last?.kind === "text") last.text += piece.text
  else if (piece.kind !== "text" || piece.text !== "") pieces.push({ ...piece })
}

/** Reads `[abc]`, `[!abc]`, `[a-c]` or `[!a-c]` from behind the bracket. */
function readGobwasClass(reader: PatternReader): Takes {
  const { characters } = reader
  const isNegated = peek(reader) === "!"
  const start = isNegated ? reader.at + 1 : reader.at
  let close = start
  while (close < characters.length && characters[close] !== "]") {
    close += characters[close] === "\\" ? 2 : 1
  }
  if (close === start) malformed("could not parse range")
  if (close >= characters.length) malformed("unexpected end of input")
  const inside = characters.slice(start, close)
  const [low = "", dash, high = ""] = inside
  const isRange = dash === "-" && inside.length >= 3 && low !== "\\"
  // A range stands alone in its brackets: `[a-c-e]` is refused, and in `[abc-e]` the dash is a character.
  if (isRange && inside.length !== 3) malformed("expected close range character")
  if (inside.length === 2 && dash === "-") malformed("unexpected end of input")
  if (isRange && low > high) {
    malformed(`hi character '${high}' should be greater than lo '${low}'`)
  }
  reader.at = close + 1
  const list = new Set(inside.filter((one, at) => one !== "\\" || inside[at - 1] === "\\"))
  const isIn = (one: string): boolean => (isRange ? one >= low && one <= high : list.has(one))
  return (one) => isIn(one) !== isNegated
}

/** What a byte that is no character of its own looks like to upstream's matcher. */
const invalid = "\ufffd"

/**
 * The places where upstream's matcher answers otherwise than its patterns say: `?` and a negated class alone also take
 * the empty text, and any pattern of several pieces does not; the two ends of `a**b` may overlap; a sequence of fixed
 * length cuts the last character of each piece to its first byte.
 */
function slipping(machine: Machine, { pieces }: Shape, separators: readonly string[]): Machine {
  const [first, middle, last] = pieces
  const isFree = (piece: Piece | undefined): boolean =>
    piece?.kind === "run" && (piece.isAny || separators.length === 0)
  if (pieces.length === 3 && first?.kind === "text" && isFree(middle) && last?.kind === "text") {
    return { accepts: (text) => text.startsWith(first.text) && text.endsWith(last.text) }
  }
  const takesNothing =
    pieces.length === 1 && first?.kind === "one"
      ? first.takes(invalid)
      : pieces.length < 2 || pieces.every(isFree)
  const isRow = pieces.length > 1 && pieces.every(isFixed) && !pieces.every(isQuestion)
  return {
    accepts(text) {
      if (text === "") return takesNothing && (first?.kind === "one" || machine.accepts(text))
      return isRow && !isAscii(text) ? fitsRow(pieces, text) : machine.accepts(text)
    },
  }
}

function isFixed({ kind }: Piece): boolean {
  return kind === "text" || kind === "one"
}

function isQuestion(piece: Piece): boolean {
  return piece.kind === "one" && !piece.isClass
}

function fitsRow(pieces: readonly Piece[], text: string): boolean {
  const lengths = pieces.map((piece) => (piece.kind === "text" ? countPoints(piece.text) : 1))
  if (countPoints(text) !== lengths.reduce((sum, length) => sum + length, 0)) return false
  const bytes = utf8Bytes(text)
  let at = 0
  for (const [index, piece] of pieces.entries()) {
    const end = afterPoints(bytes, at, lengths[index] as number) + 1
    const part = bytes.subarray(at, end)
    if (end > bytes.length || !fitsPart(piece, part)) return false
    at = end
  }
  return true
}

/** Where the last of `count` characters begins, counted from `at`. */
function afterPoints(bytes: Uint8Array, at: number, count: number): number {
  let start = at
  let next = at
  for (let seen = 0; seen < count; seen++) {
    start = next
    next += widthAt(bytes, next)
  }
  return start
}

function widthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
  return decodeUtf8(bytes.subarray(at, at + width)) === undefined ? 1 : width
}

function fitsPart(piece: Piece, part: Uint8Array): boolean {
  const text = decodeUtf8(part)
  if (piece.kind === "text") return text === piece.text
  if (piece.kind !== "one") return false
  if (text !== undefined) return countPoints(text) === 1 && piece.takes(text)
  return part.length === 1 && piece.takes(invalid)
}
