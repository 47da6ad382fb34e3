import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs"
import { type EpochMs, isJsonObject, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import type { WriteVerb } from "../api/write.js"

/** One line of a cluster's log: a write, with everything a restart needs to continue as if it had not happened. */
export interface LogLine {
  /** The version of the write. */
  readonly rv: number
  /** The instant of the write, milliseconds. */
  readonly t: EpochMs
  readonly verb: WriteVerb
  readonly sub?: string
  /** The field manager. */
  readonly by: string
  /** `apps/deployments` */
  readonly kind: string
  readonly ns?: string
  readonly name: string
  /** The object as written; null where it went. */
  readonly object: UntypedObject | null
  /** Random streams that were drawn from, and how far. */
  readonly random?: { readonly [stream: string]: number }
}

function parseLine(text: string): LogLine | undefined {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(line)) return undefined
  const isWrite = typeof line["rv"] === "number" && typeof line["kind"] === "string"
  return isWrite ? (line as unknown as LogLine) : undefined
}

interface ReadLog {
  readonly lines: readonly LogLine[]
  /** Bytes of whole lines; what follows is the torn end of a write that nobody was told of. */
  readonly wholeBytes: number
}

function readWhole(file: string): ReadLog {
  if (!existsSync(file)) return { lines: [], wholeBytes: 0 }
  const bytes = readFileSync(file)
  const lines: LogLine[] = []
  let start = 0
  for (;;) {
    const end = bytes.indexOf(10, start)
    if (end < 0) return { lines, wholeBytes: start }
    const line = parseLine(bytes.toString("utf8", start, end))
    if (line === undefined) {
      const hasMore = bytes.indexOf(10, end + 1) >= 0
      if (!hasMore) return { lines, wholeBytes: start }
      throw new Error(`${file}: line ${lines.length + 1} is damaged and more lines follow`)
    }
    lines.push(line)
    start = end + 1
  }
}

/** Reads a log without changing it: whole lines in order, a torn last one left out. */
export function readLogLines(file: string): readonly LogLine[] {
  return readWhole(file).lines
}

/** An open log. */
export interface LogFile {
  /** What was in it when it was opened. */
  readonly lines: readonly LogLine[]
  /** Appends synchronously: when it returns, a kill of this process loses nothing. */
  append(line: LogLine): void
  /** Bytes of the whole log. */
  size(): number
  /** Forgets every line. */
  clear(): void
  close(): void
}

function serialize(line: LogLine): string {
  return `${JSON.stringify(line as unknown as JsonObject)}\n`
}

/**
 * Opens a log, cuts off a torn last line, and appends from there. It survives the death of the process at any
 * instant; a power cut may lose what the operating system had not yet written.
 */
export function openLogFile(file: string): LogFile {
  const { lines, wholeBytes } = readWhole(file)
  const descriptor = openSync(file, "a", 0o600)
  ftruncateSync(descriptor, wholeBytes)
  let size = wholeBytes
  let isOpen = true
  return {
    lines,
    append(line) {
      const bytes = Buffer.from(serialize(line), "utf8")
      let written = 0
      while (written < bytes.length) written += writeSync(descriptor, bytes, written)
      size += bytes.length
    },
    size: () => size,
    clear() {
      ftruncateSync(descriptor, 0)
      size = 0
    },
    close() {
      if (isOpen) closeSync(descriptor)
      isOpen = false
    },
  }
}
