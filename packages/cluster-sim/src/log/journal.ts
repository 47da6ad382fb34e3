import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { DataOptions } from "../options.js"
import { lockDirectory } from "./directory-lock.js"
import { type LogLine, openLogFile } from "./log-file.js"
import { readSnapshot, type Snapshot, writeSnapshot } from "./snapshot.js"

/** Where a cluster writes down what happens, and what it found there. */
export interface Journal {
  /** Named in messages. */
  readonly place: string
  /** Where the lines begin; absent: at the beginning. */
  readonly snapshot: Snapshot | undefined
  /** What was written after the snapshot, when the journal was opened. */
  readonly lines: readonly LogLine[]
  /** Appends synchronously: when it returns, a kill of this process loses nothing. */
  append(line: LogLine): void
  /** True where the lines have grown so long that a snapshot should take their place. */
  wantsSnapshot(): boolean
  /** Puts a snapshot in the place of all lines so far. */
  compact(snapshot: Snapshot): void
  close(): void
}

/** The version and instant of the last write of a journal; undefined where it is empty. */
export function lastOf({
  snapshot,
  lines,
}: Pick<Journal, "snapshot" | "lines">): Pick<LogLine, "rv" | "t"> | undefined {
  return lines.at(-1) ?? snapshot
}

/** A journal in one file that keeps every line for ever: what happened can be read again. */
export function openFileJournal(file: string): Journal {
  const log = openLogFile(file)
  return {
    place: file,
    snapshot: undefined,
    lines: log.lines,
    append: log.append,
    wantsSnapshot: () => false,
    compact() {
      throw new Error(`${file} is a log of everything: it has no snapshots`)
    },
    close: log.close,
  }
}

/** The files of a data directory. */
export function filesOf(directory: string): {
  readonly log: string
  readonly snapshot: string
  readonly lock: string
} {
  return {
    log: join(directory, "log.jsonl"),
    snapshot: join(directory, "snapshot.jsonl"),
    lock: join(directory, "lock"),
  }
}

const usualCompactBytes = 4 * 1024 * 1024

/**
 * A journal in a directory: a snapshot and the lines since. A snapshot takes the place of the one before in one step, and
 * only then the lines go; lines that it already holds are passed over when the directory is opened, so that a kill at any
 * instant loses nothing and does nothing twice.
 */
export function openDirectoryJournal(options: DataOptions): Journal {
  const { directory, compactAtBytes = usualCompactBytes } = options
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const files = filesOf(directory)
  const release = lockDirectory(directory, files.lock)
  try {
    const found = readSnapshot(files.snapshot)
    const log = openLogFile(files.log)
    const known = found?.snapshot.rv ?? 0
    let snapshotBytes = found?.size ?? 0
    return {
      place: directory,
      snapshot: found?.snapshot,
      lines: log.lines.filter(({ rv }) => rv > known),
      append: log.append,
      wantsSnapshot: () => log.size() > Math.max(compactAtBytes, snapshotBytes),
      compact(snapshot) {
        snapshotBytes = writeSnapshot(files.snapshot, snapshot)
        log.clear()
      },
      close() {
        log.close()
        release()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}
