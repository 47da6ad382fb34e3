import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { compareText, OperationError } from "@argo-ts/kernel"
import type { Workflow } from "../api/workflow.js"
import type { StatusChange } from "../core/changes.js"
import { readJournal, transitionLines, writeAll, writeSnapshot } from "./journal-file.js"
import { type JournalLock, lockJournal } from "./journal-lock.js"
import type { Store, StoredRun } from "./store.js"

/** How a journal is written. */
export interface JournalOptions {
  /**
   * When the disk is told to keep what was written: `"always"` before `append` returns (survives a power cut), a number
   * of milliseconds (a power cut loses at most these), `"never"` (the operating system decides). A crash or `kill -9` of
   * this process loses nothing in any case. Default 10.
   */
  readonly fsync?: "always" | "never" | number
  /** A journal that grew by so many bytes, and to twice its last compaction, is compacted. Default 64 MiB; 0: never. */
  readonly compactAfterBytes?: number
}

/** A file store that holds files open. */
export interface JournalStore extends Store {
  /** Rewrites a run's journal as what it amounts to. Appending may go on before, between and after. */
  compact(key: string): void
  /** Every run below the directory, sorted. */
  keys(): readonly string[]
  /** Writes a run out and gives it up: another process may open it. */
  release(key: string): void
  /** Deletes a run. Answers whether there was one; one that another process has open is refused as `RunIsOpen`. */
  remove(key: string): boolean
  /** Writes everything out, closes the files and gives up their locks. */
  close(): void
}

interface OpenJournal {
  readonly path: string
  readonly lock: JournalLock
  fd: number
  isDirty: boolean
  length: number
  /** Its length when it was last compact. */
  compactLength: number
}

const compactDefault = 64 * 1024 * 1024

/**
 * One append-only file a run below `directory`: each line a checksum and one record, the first the workflow, then one
 * record for every transition. A torn end (a crash while writing) is cut off when the file is opened; damage anywhere else is
 * rejected as `CorruptJournal`. A run that another process has open is refused as `RunIsOpen`.
 */
export function journalStore(directory: string, options: JournalOptions = {}): JournalStore {
  const journals = createJournals(directory, options)
  return {
    isRecording: true,
    load: async (key) => journals.load(key),
    snapshot: async (key, workflow) => journals.snapshot(key, workflow),
    append(key, changes) {
      if (changes.length > 0) journals.append(key, changes)
    },
    compact: (key) => compact(journals.find(key)),
    keys: () => (existsSync(directory) ? keysBelow(directory) : []),
    release: journals.release,
    remove: journals.remove,
    close: journals.close,
  }
}

interface Journals {
  load(key: string): StoredRun | undefined
  snapshot(key: string, workflow: Workflow): void
  append(key: string, changes: readonly StatusChange[]): void
  find(key: string): OpenJournal
  release(key: string): void
  remove(key: string): boolean
  close(): void
}

/** Closes a journal, with everything in it on the disk. */
function letGo(open: Map<string, OpenJournal>, key: string): void {
  const journal = open.get(key)
  if (journal === undefined) return
  if (journal.isDirty) fsyncSync(journal.fd)
  open.delete(key)
  closeSync(journal.fd)
  journal.lock.release()
}

function createJournals(directory: string, options: JournalOptions): Journals {
  const { fsync = 10, compactAfterBytes = compactDefault } = options
  const open = new Map<string, OpenJournal>()
  const pathOf = (key: string): string => join(directory, `${encodeKey(key)}.journal`)
  const sync = createSync(open, fsync)
  /** Runs `work` with the run's lock, and keeps it where a journal was opened. */
  const locked = <T>(key: string, work: (lock: JournalLock) => T): T => {
    const lock = open.get(key)?.lock ?? lockJournal(pathOf(key))
    try {
      return work(lock)
    } finally {
      if (!open.has(key)) lock.release()
    }
  }
  const keep = (key: string, lock: JournalLock, length: number): void => {
    const old = open.get(key)
    if (old !== undefined) closeSync(old.fd)
    const path = pathOf(key)
    const fd = openSync(path, "a")
    open.set(key, { path, lock, fd, isDirty: false, length, compactLength: length })
  }
  const find = (key: string): OpenJournal => {
    const journal = open.get(key)
    if (journal !== undefined) return journal
    throw new OperationError(`the run "${key}" was neither loaded nor begun in this journal`, {
      code: "UnknownRun",
      retryable: false,
    })
  }
  return {
    find,
    load(key) {
      const path = pathOf(key)
      if (!existsSync(path)) return undefined
      return locked(key, (lock) => {
        const read = readJournal(path)
        if (read === undefined) return undefined
        cutOff(path, read.length)
        if (!open.has(key)) keep(key, lock, read.length)
        return { workflow: read.workflow }
      })
    },
    snapshot(key, workflow) {
      const path = pathOf(key)
      mkdirSync(dirname(path), { recursive: true })
      locked(key, (lock) => {
        const length = writeSnapshot(`${path}.new`, workflow)
        replace(path)
        keep(key, lock, length)
      })
    },
    append(key, changes) {
      const journal = find(key)
      for (const text of transitionLines(changes)) journal.length += writeAll(journal.fd, text)
      sync.wrote(journal)
      const grown = journal.length - journal.compactLength
      if (compactAfterBytes > 0 && grown > Math.max(compactAfterBytes, journal.compactLength)) {
        compact(journal)
      }
    },
    release: (key) => letGo(open, key),
    remove(key) {
      letGo(open, key)
      return removeJournal(pathOf(key))
    },
    close() {
      sync.end()
      for (const key of open.keys()) letGo(open, key)
    },
  }
}

function removeJournal(path: string): boolean {
  if (!existsSync(path)) return false
  const lock = lockJournal(path)
  try {
    rmSync(`${path}.new`, { force: true })
    rmSync(path)
  } finally {
    lock.release()
  }
  return true
}

/** Tells the disk when to keep what was written. */
function createSync(
  open: ReadonlyMap<string, OpenJournal>,
  fsync: "always" | "never" | number,
): { wrote(journal: OpenJournal): void; end(): void } {
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    timer = undefined
    for (const journal of open.values()) {
      if (journal.isDirty) fsyncSync(journal.fd)
      journal.isDirty = false
    }
  }
  return {
    wrote(journal) {
      if (fsync === "always") return fsyncSync(journal.fd)
      journal.isDirty = true
      if (fsync !== "never") timer ??= setTimeout(flush, fsync).unref()
    },
    end() {
      clearTimeout(timer)
      flush()
    },
  }
}

/** A key as a path below the directory, whatever its parts are called. */
function encodeKey(key: string): string {
  const parts = key.split("/").map((part) => encodeURIComponent(part).replace(/^\./, "%2E"))
  return parts.map((part) => (part === "" ? "%" : part)).join("/")
}

function decodeKey(path: string): string {
  const parts = path.split("/").map((part) => (part === "%" ? "" : decodeURIComponent(part)))
  return parts.join("/")
}

function keysBelow(directory: string): readonly string[] {
  const found: string[] = []
  for (const entry of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = entry.split(/[\\/]/).join("/")
    if (path.endsWith(".journal")) found.push(decodeKey(path.slice(0, -".journal".length)))
  }
  return found.toSorted(compareText)
}

/** What follows the last whole record is a torn write: nothing may be appended behind it. */
function cutOff(path: string, length: number): void {
  if (statSync(path).size <= length) return
  const fd = openSync(path, "r+")
  try {
    ftruncateSync(fd, length)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Puts the new file in the old one's place; both names are there until the disk has taken it. */
function replace(path: string): void {
  renameSync(`${path}.new`, path)
  const fd = openSync(dirname(path), "r")
  try {
    fsyncSync(fd)
  } catch {
    // Some file systems have no durable directories: then the file's own fsync is all there is.
  } finally {
    closeSync(fd)
  }
}

/** Between two appends, so that nothing is written meanwhile: a crash at any instant leaves the old file or the new one. */
function compact(journal: OpenJournal): void {
  const read = readJournal(journal.path, journal.length)
  if (read === undefined) return
  const next = `${journal.path}.new`
  const length = writeSnapshot(next, read.workflow)
  replace(journal.path)
  closeSync(journal.fd)
  journal.fd = openSync(journal.path, "a")
  journal.length = length
  journal.compactLength = length
}

/** A run as it was recorded, without opening it for writing: for those who only look. */
export function readRun(directory: string, key: string): Workflow | undefined {
  const path = join(directory, `${encodeKey(key)}.journal`)
  return existsSync(path) ? readJournal(path)?.workflow : undefined
}
