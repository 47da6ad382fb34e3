import { type ClassRules, readClass } from "./class.js"
import { createMachine, type Machine, type MachineBuilder, type Takes } from "./machine.js"
import { malformed, type PatternReader, peek, readerOf, take } from "./reader.js"

const rules: ClassRules = { negations: ["^", "!"], takesDash: true, takesFirst: true }
const within: Takes = (character) => character !== "/"
const any: Takes = () => true
const isSlash: Takes = (character) => character === "/"

interface Scan extends PatternReader {
  readonly machine: MachineBuilder
  /** For each open brace, whether it stands at the start of a segment: its choices begin there too. */
  readonly braces: boolean[]
  /** True where a segment begins. */
  isStart: boolean
}

/**
 * doublestar: `*` and `?` within a segment, `**` as a whole segment any number of segments, classes, `{a,b}`, `\`.
 * Throws a `Fault`.
 */
export function readDoublestar(pattern: string): Machine {
  const machine = createMachine()
  const scan: Scan = { ...readerOf(pattern), machine, braces: [], isStart: true }
  while (peek(scan) !== "") readOne(scan)
  if (scan.braces.length > 0) malformed("syntax error in pattern")
  return machine.build()
}

function readOne(scan: Scan): void {
  const next = take(scan)
  if (next === "/") return readSlash(scan)
  if (next === "*") return readStars(scan)
  if (next === "{" || next === "," || next === "}") return readBrace(scan, next)
  scan.isStart = false
  if (next === "?") return scan.machine.one(within)
  if (next === "[") return scan.machine.one(readClass(scan, rules))
  const literal = next === "\\" ? take(scan) : next
  if (literal === "") malformed("syntax error in pattern")
  scan.machine.one((character) => character === literal)
}

function endsSegment({ characters, braces }: Scan, at: number): boolean {
  const next = characters[at] ?? "/"
  return next === "/" || (braces.length > 0 && (next === "," || next === "}"))
}

function readStars(scan: Scan): void {
  const { machine } = scan
  const from = scan.at - 1
  while (peek(scan) === "*") take(scan)
  const isDouble = scan.at - from === 2 && scan.isStart && endsSegment(scan, scan.at)
  scan.isStart = false
  if (!isDouble) {
    // Where the text is over upstream takes `*` and `**` for nothing, but no longer row of stars.
    if (scan.at - from > 2 && peek(scan) === "") machine.one(within)
    return machine.run(within)
  }
  if (peek(scan) !== "/") return machine.run(any)
  take(scan)
  segments(machine)
  scan.isStart = true
}

/** Any number of segments with the slash behind each: nothing, or anything that ends in one. */
function segments(machine: MachineBuilder): void {
  machine.open()
  machine.run(any)
  machine.one(isSlash)
  machine.or()
  machine.close()
}

/** A slash; one before a last `**` or `**\/` goes with it: `a/**` is also `a`. */
function readSlash(scan: Scan): void {
  const { machine, characters } = scan
  let end = scan.at
  while (characters[end] === "*") end++
  scan.isStart = true
  const isLast = characters[end] === "/" ? end + 1 === characters.length : endsSegment(scan, end)
  if (end - scan.at !== 2 || !isLast) return machine.one(isSlash)
  const hasSlash = characters[end] === "/"
  scan.at = hasSlash ? end + 1 : end
  machine.open()
  machine.one(isSlash)
  if (hasSlash) segments(machine)
  else machine.run(any)
  machine.or()
  machine.close()
}

function readBrace(scan: Scan, next: string): void {
  const { machine, braces } = scan
  const start = braces.at(-1)
  if (next === "{") {
    braces.push(scan.isStart)
    machine.open()
  } else if (start === undefined) {
    if (next === "}") malformed("syntax error in pattern")
    scan.isStart = false
    machine.one((character) => character === next)
  } else if (next === ",") {
    scan.isStart = start
    machine.or()
  } else {
    braces.pop()
    scan.isStart = false
    machine.close()
  }
}
