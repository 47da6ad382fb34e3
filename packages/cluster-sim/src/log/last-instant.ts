import { statSync } from "node:fs"
import { type EpochMs, epochMs } from "@argo-ts/kernel"
import { filesOf, lastOf } from "./journal.js"
import { readLogLines } from "./log-file.js"
import { readSnapshot } from "./snapshot.js"

/**
 * The instant of the last write in a log file or a data directory: where a virtual clock has to start to continue.
 * Undefined where nothing was written.
 */
export function lastInstant(place: string): EpochMs | undefined {
  const isDirectory = statSync(place, { throwIfNoEntry: false })?.isDirectory() === true
  if (!isDirectory) return instantOf({ snapshot: undefined, lines: readLogLines(place) })
  const files = filesOf(place)
  const snapshot = readSnapshot(files.snapshot)?.snapshot
  const lines = readLogLines(files.log).filter(({ rv }) => rv > (snapshot?.rv ?? 0))
  return instantOf({ snapshot, lines })
}

function instantOf(journal: Parameters<typeof lastOf>[0]): EpochMs | undefined {
  const last = lastOf(journal)
  return last === undefined ? undefined : epochMs(last.t)
}
