import { type AliasEvent, EVENT_ID, type Event, type ScalarEvent } from "js-yaml"
import { isJsonObject, type JsonValue } from "../json.js"
import type { YamlLimits } from "./limits.js"
import { keyText, offsetOf, readScalar } from "./node.js"

/** Something found at an offset of the text. */
export interface Finding {
  readonly code: string
  readonly offset: number
  readonly finding: string
}

/** A document's value and where it starts. */
export interface ConstructedDocument {
  readonly value: JsonValue
  readonly offset: number
  readonly warnings: readonly Finding[]
}

/** The documents, or the first thing that makes the text no manifest. */
export type Construction =
  | { readonly ok: true; readonly documents: readonly ConstructedDocument[] }
  | { readonly ok: false; readonly failure: Finding }

interface Anchor {
  value: JsonValue
  size: number
  isOpen: boolean
}

interface SequenceFrame {
  readonly type: "sequence"
  readonly items: JsonValue[]
  readonly anchor: Anchor | undefined
  readonly sizeBefore: number
}

interface MappingFrame {
  readonly type: "mapping"
  readonly record: { [key: string]: JsonValue }
  readonly anchor: Anchor | undefined
  readonly sizeBefore: number
  /** Keys that came from `<<` and that an explicit key may replace without a warning. */
  readonly merged: Set<string>
  pending: { readonly key: string; readonly isMerge: boolean; readonly offset: number } | undefined
}

interface DocumentFrame {
  readonly type: "document"
  value: JsonValue
  offset: number
  readonly warnings: Finding[]
}

type Frame = SequenceFrame | MappingFrame | DocumentFrame

/** Sets an own field whatever its name: plain assignment to `__proto__` would reach the prototype. */
function setField(record: { [key: string]: JsonValue }, key: string, value: JsonValue): void {
  if (key !== "__proto__") record[key] = value
  else {
    const field = { value, enumerable: true, configurable: true, writable: true }
    Object.defineProperty(record, key, field)
  }
}

interface State {
  readonly text: string
  readonly limits: YamlLimits
  readonly documents: ConstructedDocument[]
  readonly frames: Frame[]
  /** Where the open collections start. */
  readonly starts: number[]
  readonly anchors: Map<string, Anchor>
  size: number
  aliases: number
}

/** Builds the values of a stream of events, without recursion and within the limits. */
export function constructDocuments(
  text: string,
  events: readonly Event[],
  limits: YamlLimits,
): Construction {
  const documents: ConstructedDocument[] = []
  const state: State = {
    text,
    limits,
    documents,
    frames: [],
    starts: [],
    anchors: new Map(),
    size: 0,
    aliases: 0,
  }
  for (const event of events) {
    const failure = take(state, event)
    if (failure !== undefined) return { ok: false, failure }
  }
  return { ok: true, documents }
}

function take(state: State, event: Event): Finding | undefined {
  switch (event.type) {
    case EVENT_ID.DOCUMENT:
      state.anchors.clear()
      state.frames.push({ type: "document", value: null, offset: 0, warnings: [] })
      return undefined
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING: {
      const shared = { anchor: anchorOf(state, event), sizeBefore: state.size }
      state.starts.push(event.start)
      state.frames.push(
        event.type === EVENT_ID.SEQUENCE
          ? { type: "sequence", items: [], ...shared }
          : { type: "mapping", record: {}, merged: new Set(), pending: undefined, ...shared },
      )
      return grow(state, 1, event.start)
    }
    case EVENT_ID.SCALAR:
      return takeScalar(state, event)
    case EVENT_ID.ALIAS:
      return takeAlias(state, event)
    default:
      return takePop(state)
  }
}

function anchorOf(
  state: State,
  event: { readonly anchorStart: number; readonly anchorEnd: number },
): Anchor | undefined {
  if (event.anchorStart < 0) return undefined
  const anchor: Anchor = { value: null, size: 1, isOpen: true }
  state.anchors.set(state.text.slice(event.anchorStart, event.anchorEnd), anchor)
  return anchor
}

function close(anchor: Anchor | undefined, value: JsonValue, size: number): void {
  if (anchor !== undefined) Object.assign(anchor, { value, size, isOpen: false })
}

function grow(state: State, by: number, offset: number): Finding | undefined {
  state.size += by
  const { nodesMax } = state.limits
  if (state.size <= nodesMax) return undefined
  const finding = `expected at most ${nodesMax} values after aliases are expanded, found more`
  return { code: "TooLarge", offset, finding }
}

function put(state: State, value: JsonValue, offset: number): Finding | undefined {
  const frame = state.frames.at(-1)
  if (frame === undefined) return undefined
  if (frame.type === "mapping") return putInMapping(state, frame, { value, offset })
  if (frame.type === "sequence") frame.items.push(value)
  else Object.assign(frame, { value, offset })
  return undefined
}

function putInMapping(
  state: State,
  frame: MappingFrame,
  { value, offset }: { readonly value: JsonValue; readonly offset: number },
): Finding | undefined {
  const { pending } = frame
  if (pending === undefined) {
    const key = isScalar(value) ? keyText(value) : undefined
    if (key === undefined) {
      const finding = "expected a text, number or boolean as key, found null or a collection"
      return { code: "InvalidKey", offset, finding }
    }
    frame.pending = { key, isMerge: false, offset }
    return undefined
  }
  frame.pending = undefined
  if (pending.isMerge) return merge(state, frame, { value, offset: pending.offset })
  if (Object.hasOwn(frame.record, pending.key) && !frame.merged.delete(pending.key)) {
    const finding = `key "${pending.key}" stands twice; the last one counts`
    const document = state.frames[0] as DocumentFrame
    document.warnings.push({ code: "DuplicateKey", offset: pending.offset, finding })
  }
  setField(frame.record, pending.key, value)
  return undefined
}

function isScalar(value: JsonValue): value is null | boolean | number | string {
  return typeof value !== "object" || value === null
}

function merge(
  state: State,
  frame: MappingFrame,
  { value, offset }: { readonly value: JsonValue; readonly offset: number },
): Finding | undefined {
  for (const source of Array.isArray(value) ? value : [value]) {
    if (!isJsonObject(source)) {
      return { code: "InvalidMerge", offset, finding: "expected a mapping under <<" }
    }
    const keys = Object.keys(source)
    const tooLarge = grow(state, keys.length, offset)
    if (tooLarge !== undefined) return tooLarge
    for (const key of keys) {
      if (Object.hasOwn(frame.record, key)) continue
      setField(frame.record, key, source[key] as JsonValue)
      frame.merged.add(key)
    }
  }
  return undefined
}

function takeAlias(state: State, event: AliasEvent): Finding | undefined {
  const offset = event.anchorStart
  const name = state.text.slice(offset, event.anchorEnd)
  const anchor = state.anchors.get(name)
  state.aliases++
  if (state.aliases > state.limits.aliasesMax) {
    const finding = `expected at most ${state.limits.aliasesMax} aliases, found more`
    return { code: "TooManyAliases", offset, finding }
  }
  if (anchor === undefined || anchor.isOpen) {
    const why = anchor === undefined ? "which does not exist" : "which contains it"
    return { code: "InvalidAlias", offset, finding: `alias *${name} refers to &${name}, ${why}` }
  }
  return grow(state, anchor.size, offset) ?? put(state, anchor.value, offset)
}

function takeScalar(state: State, event: ScalarEvent): Finding | undefined {
  const offset = offsetOf(event)
  const reading = readScalar(state.text, event)
  if (!reading.ok) return { code: "InvalidValue", offset, finding: reading.finding }
  close(anchorOf(state, event), reading.value, 1)
  const frame = state.frames.at(-1)
  if (reading.isMerge && frame?.type === "mapping" && frame.pending === undefined) {
    frame.pending = { key: "<<", isMerge: true, offset }
    return undefined
  }
  return grow(state, 1, offset) ?? put(state, reading.value, offset)
}

function takePop(state: State): Finding | undefined {
  const frame = state.frames.pop() as Frame
  if (frame.type === "document") {
    const { value, offset, warnings } = frame
    state.documents.push({ value, offset, warnings })
    return undefined
  }
  const value = frame.type === "sequence" ? frame.items : frame.record
  close(frame.anchor, value, state.size - frame.sizeBefore)
  return put(state, value, state.starts.pop() as number)
}
