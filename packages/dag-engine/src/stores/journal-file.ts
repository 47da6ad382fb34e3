import { closeSync, fsyncSync, openSync, readSync, writeSync } from "node:fs"
import { type JsonValue, OperationError } from "@argo-ts/kernel"
import type { Workflow } from "../api/workflow.js"
import { foldStatus, type StatusChange, type StatusFold } from "../core/changes.js"

/*
 * A line is eight hexadecimal digits (the CRC-32 of the text), a mark and one JSON text. The first line is the workflow
 * without nodes; every other is a list of changes. The mark is a blank, or "+" where the transition goes on in the next
 * line: no text grows with the number of nodes. "=" marks the workflow's own status, which goes on too, and which the next
 * such line supersedes: of thousands only the last is ever parsed.
 */
const whole = " "
const goesOn = "+"
const summary = "="
const wholeCode = 32
const goesOnCode = 43
const summaryCode = 61
const newline = 10
const bytesMax = 1 << 22
/** So many changes in one line at most. */
const changesMax = 500

/** Asked for when a line is written or read: loading compression takes 2 ms, and most programs never open a journal. */
function crc32(data: string | Uint8Array): number {
  return process.getBuiltinModule("node:zlib").crc32(data)
}

function lineOf(record: JsonValue, mark: string): string {
  // The mark is under the checksum as well: one that turned into another would be read as another kind of line.
  const text = mark + JSON.stringify(record)
  return `${crc32(text).toString(16).padStart(8, "0")}${text}\n`
}

/** The lines of one transition, those of a small one in one text. */
export function transitionLines(changes: readonly StatusChange[]): readonly string[] {
  const last = changes.at(-1)
  const hasSummary = last?.type === "WorkflowChanged"
  const rest = hasSummary ? changes.slice(0, -1) : changes
  const lines = hasSummary ? [lineOf(last as unknown as JsonValue, summary)] : []
  let at = 0
  for (; at + changesMax < rest.length; at += changesMax) {
    lines.push(lineOf(rest.slice(at, at + changesMax) as unknown as JsonValue, goesOn))
  }
  lines.push(lineOf(rest.slice(at) as unknown as JsonValue, whole))
  return lines.length <= 2 ? [lines.join("")] : lines
}

/** Writes a text out, however often the system takes a part only. */
export function writeAll(fd: number, text: string): number {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
  return bytes.length
}

/** Writes a run as it is now, node by node, and makes it durable. Returns the file's length. */
export function writeSnapshot(path: string, workflow: Workflow): number {
  const fd = openSync(path, "w")
  try {
    const { nodes, ...summary } = workflow.status ?? {}
    let length = writeAll(
      fd,
      lineOf({ ...workflow, status: summary } as unknown as JsonValue, whole),
    )
    let batch: StatusChange[] = []
    const flush = (): void => {
      if (batch.length > 0) length += writeAll(fd, lineOf(batch as unknown as JsonValue, whole))
      batch = []
    }
    for (const id of Object.keys(nodes ?? {})) {
      const node = nodes?.[id]
      if (node !== undefined) batch.push({ type: "NodeAdded", node })
      if (batch.length >= changesMax) flush()
    }
    flush()
    fsyncSync(fd)
    return length
  } finally {
    closeSync(fd)
  }
}

/** What a journal holds. */
export interface ReadJournal {
  readonly workflow: Workflow
  /** Bytes of whole, sound transitions: what follows is a torn write. */
  readonly length: number
}

interface Reading {
  readonly path: string
  workflow: Workflow | undefined
  fold: StatusFold
  /** Parts of a transition whose end has not been read. */
  parts: StatusChange[][]
  /** The bytes of the workflow's own status, of an unfinished transition and of the last whole one. */
  summaries: { open: Buffer | undefined; whole: Buffer | undefined }
  /** Behind the last whole transition. */
  length: number
  line: number
  /** The first line that is not sound, if any. */
  torn: number | undefined
}

/**
 * Reads a journal in pieces; `undefined` where it holds no whole workflow. Only its end may be torn: a broken line with a
 * sound one behind it is damage that nobody may silently drop, and rejected as `CorruptJournal`.
 */
export function readJournal(
  path: string,
  upTo: number = Number.POSITIVE_INFINITY,
): ReadJournal | undefined {
  const reading: Reading = {
    path,
    workflow: undefined,
    fold: foldStatus(),
    parts: [],
    summaries: { open: undefined, whole: undefined },
    length: 0,
    line: 0,
    torn: undefined,
  }
  readLines(path, upTo, (line) => takeLine(reading, line))
  const { workflow, length, summaries } = reading
  if (workflow === undefined) return undefined
  if (summaries.whole !== undefined) {
    reading.fold.apply([JSON.parse(summaries.whole.toString("utf8")) as StatusChange])
  }
  const status = reading.fold.status()
  const isBegun = Object.keys(status.nodes ?? {}).length > 0 || status.phase !== undefined
  const { status: _status, ...object } = workflow
  return { workflow: isBegun ? { ...object, status } : object, length }
}

/** A line in the piece that was read: its bytes from `from` to `to`, and the file's offset behind it. */
interface Line {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
  readonly end: number
  readonly isEnded: boolean
}

function takeLine(reading: Reading, line: Line): void {
  reading.line++
  const { bytes, from, to } = line
  if (!line.isEnded || !isSound(bytes, from, to)) {
    reading.torn ??= reading.line
    return
  }
  if (reading.torn !== undefined) {
    throw new OperationError(
      `${reading.path}:${reading.torn}: the journal is damaged: a broken line with whole ones behind it`,
      { code: "CorruptJournal", retryable: false },
    )
  }
  const mark = bytes[from + 8]
  if (mark === summaryCode) {
    reading.summaries.open = bytes.subarray(from + 9, to)
    return
  }
  const record = JSON.parse(bytes.toString("utf8", from + 9, to)) as JsonValue
  if (reading.workflow === undefined) {
    reading.workflow = record as unknown as Workflow
    reading.fold = foldStatus(reading.workflow.status, { isOwner: true })
  } else if (mark === goesOnCode) {
    reading.parts.push(record as unknown as StatusChange[])
    return
  } else commit(reading, record as unknown as StatusChange[])
  reading.length = line.end
}

function commit(reading: Reading, changes: readonly StatusChange[]): void {
  for (const part of reading.parts) reading.fold.apply(part)
  reading.parts = []
  reading.fold.apply(changes)
  if (reading.summaries.open === undefined) return
  reading.summaries.whole = reading.summaries.open
  reading.summaries.open = undefined
}

function isSound(bytes: Buffer, from: number, to: number): boolean {
  const mark = bytes[from + 8]
  if (to - from < 10 || (mark !== wholeCode && mark !== goesOnCode && mark !== summaryCode)) {
    return false
  }
  let sum = 0
  for (let at = from; at < from + 8; at++) {
    const digit = hexDigit(bytes[at] ?? 0)
    if (digit < 0) return false
    sum = sum * 16 + digit
  }
  return sum === crc32(bytes.subarray(from + 8, to))
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  return code >= 97 && code <= 102 ? code - 87 : -1
}

/** Hands on line after line, with the offset behind it; the last may have no end. */
function readLines(path: string, upTo: number, take: (line: Line) => void): void {
  const fd = openSync(path, "r")
  try {
    const piece = Buffer.allocUnsafe(bytesMax)
    let rest: Buffer = Buffer.alloc(0)
    let offset = 0
    for (let at = 0; at < upTo; ) {
      const read = readSync(fd, piece, 0, Math.min(bytesMax, upTo - at), at)
      if (read === 0) break
      at += read
      const bytes = Buffer.concat([rest, piece.subarray(0, read)])
      let from = 0
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
        take({ bytes, from, to: end, end: offset + end + 1, isEnded: true })
        from = end + 1
      }
      offset += from
      rest = bytes.subarray(from)
    }
    if (rest.length > 0) {
      const end = offset + rest.length
      take({ bytes: rest, from: 0, to: rest.length, end, isEnded: false })
    }
  } finally {
    closeSync(fd)
  }
}
