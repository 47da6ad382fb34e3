import {
  closeSync,
  createReadStream,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { crc32 } from "node:zlib"
import { type JsonValue, OperationError } from "@argo-ts/kernel"
import type { Workflow } from "../api/workflow.js"
import { foldStatus, type StatusChange } from "../core/changes.js"
import type { Store } from "./store.js"

/** How a journal is written. */
export interface JournalOptions {
  /**
   * When the disk is told to keep what was written: `"always"` before `append` returns (survives a power cut), a number
   * of milliseconds (a power cut loses at most these), `"never"` (the operating system decides). A crash or `kill -9` of
   * this process loses nothing in any case. Default 10.
   */
  readonly fsync?: "always" | "never" | number
}

/** A file store that holds files open. */
export interface JournalStore extends Store {
  /** Writes everything out and closes the files. */
  close(): void
}

interface OpenJournal {
  readonly fd: number
  isDirty: boolean
}

/**
 * One append-only file a run below `directory`: each line a checksum and one record, the first the workflow, then one
 * line for every transition. A torn last line (a crash while writing) is dropped when the file is opened.
 */
export function journalStore(directory: string, options: JournalOptions = {}): JournalStore {
  const fsync = options.fsync ?? 10
  const journals = new Map<string, OpenJournal>()
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    timer = undefined
    for (const journal of journals.values()) {
      if (journal.isDirty) fsyncSync(journal.fd)
      journal.isDirty = false
    }
  }
  const pathOf = (key: string): string =>
    join(directory, `${key.split("/").map(encodeURIComponent).join("/")}.journal`)
  const write = (journal: OpenJournal, text: string): void => {
    writeAll(journal.fd, text)
    if (fsync === "always") return fsyncSync(journal.fd)
    journal.isDirty = true
    if (fsync !== "never") timer ??= setTimeout(flush, fsync).unref()
  }
  return {
    isRecording: true,
    async load(key) {
      const path = pathOf(key)
      const read = await readJournal(path)
      if (read === undefined) return undefined
      const fd = openSync(path, "r+")
      const { size } = statSync(path)
      // What follows the last whole record is a torn write: nothing may be appended behind it.
      if (size > read.length) ftruncateSync(fd, read.length)
      else if (size < read.length) writeSync(fd, "\n", size)
      closeSync(fd)
      const old = journals.get(key)
      if (old === undefined) journals.set(key, { fd: openSync(path, "a"), isDirty: false })
      return { workflow: read.workflow }
    },
    async snapshot(key, workflow) {
      const path = pathOf(key)
      mkdirSync(dirname(path), { recursive: true })
      const old = journals.get(key)
      if (old !== undefined) closeSync(old.fd)
      writeSnapshot(`${path}.new`, workflow)
      renameSync(`${path}.new`, path)
      journals.set(key, { fd: openSync(path, "a"), isDirty: false })
    },
    append(key, changes) {
      const journal = journals.get(key)
      if (journal === undefined) {
        throw new OperationError(`the run "${key}" was neither loaded nor begun in this journal`, {
          code: "UnknownRun",
          retryable: false,
        })
      }
      if (changes.length > 0) write(journal, lineOf(changes as unknown as JsonValue))
    },
    close() {
      clearTimeout(timer)
      flush()
      for (const journal of journals.values()) closeSync(journal.fd)
      journals.clear()
    },
  }
}

function lineOf(record: JsonValue): string {
  const text = JSON.stringify(record)
  return `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
}

/** Node by node: the text of a large run is longer than a JavaScript string may be. */
function writeSnapshot(path: string, workflow: Workflow): void {
  const fd = openSync(path, "w")
  const { nodes, ...summary } = workflow.status ?? {}
  writeAll(fd, lineOf({ ...workflow, status: summary } as unknown as JsonValue))
  let batch: string[] = []
  for (const id of Object.keys(nodes ?? {})) {
    batch.push(lineOf([{ type: "NodeAdded", node: nodes?.[id] }] as unknown as JsonValue))
    if (batch.length < 1000) continue
    writeAll(fd, batch.join(""))
    batch = []
  }
  writeAll(fd, batch.join(""))
  fsyncSync(fd)
  closeSync(fd)
}

interface ReadJournal {
  readonly workflow: Workflow
  /** Bytes of whole, sound records. */
  readonly length: number
}

async function readJournal(path: string): Promise<ReadJournal | undefined> {
  try {
    statSync(path)
  } catch {
    return undefined
  }
  const lines = createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  let workflow: Workflow | undefined
  let fold = foldStatus()
  let length = 0
  for await (const line of lines) {
    const record = parseLine(line)
    if (record === undefined) break
    length += Buffer.byteLength(line) + 1
    if (workflow !== undefined) fold.apply(record as unknown as readonly StatusChange[])
    else {
      workflow = record as unknown as Workflow
      fold = foldStatus(workflow.status)
    }
  }
  if (workflow === undefined) return undefined
  const status = fold.status()
  const isBegun = Object.keys(status.nodes ?? {}).length > 0 || status.phase !== undefined
  const { status: _status, ...object } = workflow
  return { workflow: isBegun ? { ...object, status } : object, length }
}

function parseLine(line: string): JsonValue | undefined {
  const text = line.slice(9)
  if (line[8] !== " " || Number.parseInt(line.slice(0, 8), 16) !== crc32(text)) return undefined
  return JSON.parse(text) as JsonValue
}
