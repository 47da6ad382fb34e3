import { rmSync } from "node:fs"
import { OperationError } from "@argo-ts/kernel"
import { lockFile } from "@argo-ts/kernel/process"

/** Keeps two programs from writing one journal. */
export interface JournalLock {
  release(): void
}

/**
 * Takes `<journal>.lock`, which names the process. A lock whose process is gone is taken over; one of this process is its
 * own; one of a living process is refused as `RunIsOpen`.
 */
export function lockJournal(path: string): JournalLock {
  const file = `${path}.lock`
  const lock = lockFile(file)
  if (lock.isTaken) return lock
  const { holder } = lock
  if (holder?.pid === process.pid) return { release: () => rmSync(file, { force: true }) }
  const by =
    holder === undefined
      ? "is being opened by another process"
      : `is open in another process (${holder.pid})`
  throw new OperationError(`${path}: the run ${by}`, {
    code: "RunIsOpen",
    retryable: holder === undefined,
  })
}
