import { utf8Bytes } from "@argo-ts/kernel"
import { sprint } from "../go/sprint.js"
import { compareUtf8 } from "../go/text.js"
import { Fault } from "../issue.js"
import { uint8Type } from "../values/types.js"
import { isList, isPlainMap, SizedNumber, typeOf, type Value } from "../values/value.js"
import { holds } from "./compare.js"
import type { PathNode, TemplatePart } from "./node.js"

/** What one part of a template found. */
export type Found = readonly Value[]

/** How missing fields are taken, and how many values a run may pass through. */
export interface FindOptions {
  readonly allowMissingKeys: boolean
  readonly steps: number
}

/** The state of one run: which loops are open, and what is left of its budget. */
interface Run {
  readonly parts: readonly TemplatePart[]
  readonly options: FindOptions
  steps: number
  /** Loops that an action has just asked for. */
  begins: number
  /** Loops that are open. */
  open: number
  /** Loops that an action has just ended. */
  ends: number
  /** The part that ended a loop last. */
  lastEnd: number
}

/** What every part of the template finds in a document. Throws a `Fault`. */
export function find(
  parts: readonly TemplatePart[],
  document: Value,
  options: FindOptions,
): readonly Found[] {
  const run = { parts, options, steps: options.steps, begins: 0, open: 0, ends: 0, lastEnd: -1 }
  return findFrom(run, 0, document)
}

/** From one part on, up to the `end` of the loop that these parts are the body of. */
function findFrom(run: Run, start: number, value: Value): readonly Found[] {
  const found: Found[] = []
  for (let index = start; index < run.parts.length; index++) {
    const results = walk(run, run.parts[index] as TemplatePart, value)
    if (run.ends > 0 && run.ends <= run.open) {
      run.ends--
      run.lastEnd = index
      break
    }
    if (run.begins === 0) {
      found.push(results)
      continue
    }
    run.begins--
    found.push(...findEach(run, index + 1, results))
    // Without an `end` the loop's body is all that follows, and is told again after it, as upstream does.
    if (run.lastEnd > index) index = run.lastEnd
  }
  return found
}

/** The body of a loop, for each value; without any it is read all the same, for the place of its end. */
function findEach(run: Run, start: number, values: Found): readonly Found[] {
  run.open++
  const found: Found[] = []
  for (const value of values) found.push(...findFrom(run, start, value))
  if (values.length === 0) findFrom(run, start, null)
  run.open--
  return found
}

function walk(run: Run, part: TemplatePart, value: Value): Found {
  return part.kind === "text" ? [part.text] : follow(run, part.nodes, [value])
}

function follow(run: Run, nodes: readonly PathNode[], from: Found): Found {
  let values = from
  for (const node of nodes) values = step(run, node, values)
  return values
}

function charge(run: Run, count: number): void {
  run.steps -= count + 1
  if (run.steps < 0) throw new Fault("the path visits too many values", -1, "budget")
}

function step(run: Run, node: PathNode, values: Found): Found {
  charge(run, values.length)
  switch (node.kind) {
    case "field":
      return fields(run, node.name, values)
    case "wildcard":
      return values.flatMap((value) => childrenOf(run, value))
    case "descent":
      return containers(run, values)
    case "slice":
      return values.flatMap((value) => sliceOf(value, node.bounds))
    case "union":
      return node.members.flatMap((member) => follow(run, member, values))
    case "filter":
      return values.flatMap((value) => filtered(run, node, value))
    case "text":
      return [node.text]
    case "literal":
      return values.map(() => node.value)
    case "word":
      return loopWord(run, node.word, values)
    default:
      return node satisfies never
  }
}

function loopWord(run: Run, word: string, values: Found): Found {
  if (word === "range") {
    run.begins++
    return values
  }
  if (word !== "end") throw new Fault(`unrecognized identifier ${word}`)
  if (run.open === 0) throw new Fault("not in range, nothing to end")
  run.ends++
  return []
}

function fields(run: Run, name: string, values: Found): Found {
  const found = values.flatMap((value) =>
    isPlainMap(value) && Object.hasOwn(value, name) ? [value[name] as Value] : [],
  )
  const isMissing = found.length === 0 && values.length > 0
  if (isMissing && !run.options.allowMissingKeys) throw new Fault(`${name} is not found`)
  return found
}

/** What stands directly below a value; below a text its bytes, as upstream has it. Keys in order. */
function childrenOf(run: Run, value: Value): Found {
  const found = isPlainMap(value)
    ? Object.keys(value)
        .toSorted(compareUtf8)
        .map((key) => value[key] as Value)
    : isList(value)
      ? value
      : typeof value === "string"
        ? Array.from(utf8Bytes(value), (byte) => new SizedNumber(uint8Type, BigInt(byte)))
        : []
  charge(run, found.length)
  return found
}

/** Every value that holds others, from the outside in; nothing recurses, however deep the document. */
function containers(run: Run, values: Found): Found {
  const found: Value[] = []
  const waiting = values.toReversed()
  while (waiting.length > 0) {
    const value = waiting.pop() as Value
    const children = childrenOf(run, value)
    if (children.length === 0) continue
    found.push(value)
    for (let index = children.length - 1; index >= 0; index--)
      waiting.push(children[index] as Value)
  }
  return found
}

type Bounds = Extract<PathNode, { kind: "slice" }>["bounds"]

function sliceOf(value: Value, [first, last, stride]: Bounds): Found {
  if (value === null) return []
  if (!isList(value)) throw new Fault(`${typeOf(value).name} is not array or slice`)
  const { length } = value
  const fromEnd = (index: number, isFromEnd: boolean): number =>
    isFromEnd ? index + length : index
  const from = fromEnd(first.value ?? 0, (first.value ?? 0) < 0)
  const wanted = last.value ?? length
  const to = fromEnd(wanted, wanted < 0 || (wanted === 0 && last.isDerived))
  if (from === to) return []
  for (const [index, isOutside] of [
    [from, from >= length || from < 0],
    [to - 1, to > length || to < 0],
  ] as const) {
    if (isOutside) {
      throw new Fault(`array index out of bounds: index ${index}, length ${length}`)
    }
  }
  if (from > to) throw new Fault(`starting index ${from} is greater than ending index ${to}`)
  const by = stride.value ?? 1
  if (by <= 0) throw new Fault("step must be > 0")
  return value.slice(from, to).filter((_, index) => index % by === 0)
}

type Filter = Extract<PathNode, { kind: "filter" }>

function filtered(run: Run, filter: Filter, value: Value): Found {
  if (value === null) return []
  if (!isList(value)) {
    throw new Fault(`${sprint(value)} is not array or slice and cannot be filtered`)
  }
  return value.filter((item) => passes(run, filter, item))
}

function passes(run: Run, filter: Filter, item: Value): boolean {
  if (filter.operator === "exists") return exists(run, filter.left, item)
  const left = onlyOne(follow(run, filter.left, [item]))
  if (left.length === 0) return false
  const right = onlyOne(follow(run, filter.right, [item]))
  return right.length > 0 && holds(filter.operator, left[0] as Value, right[0] as Value)
}

function exists(run: Run, path: readonly PathNode[], item: Value): boolean {
  try {
    return follow(run, path, [item]).length > 0
  } catch (fault) {
    // What cannot be followed does not exist; a spent budget ends the run.
    if (fault instanceof Fault && fault.phase === "run") return false
    throw fault
  }
}

function onlyOne(values: Found): Found {
  if (values.length > 1) throw new Fault("can only compare one element at a time")
  return values
}
