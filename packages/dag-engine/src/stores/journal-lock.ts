import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs"
import { OperationError } from "@argo-ts/kernel"

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
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryLock(file)) return { release: () => rmSync(file, { force: true }) }
    const holder = holderOf(file)
    if (holder === process.pid) return { release: () => rmSync(file, { force: true }) }
    if (holder !== undefined && isAlive(holder)) {
      throw new OperationError(`${path}: the run is open in another process (${holder})`, {
        code: "RunIsOpen",
        retryable: false,
      })
    }
    rmSync(file, { force: true })
  }
  throw new OperationError(`${path}: the run is being opened by another process`, {
    code: "RunIsOpen",
    retryable: true,
  })
}

function tryLock(file: string): boolean {
  try {
    const fd = openSync(file, "wx")
    writeSync(fd, String(process.pid))
    closeSync(fd)
    return true
  } catch (error) {
    if ((error as { readonly code?: string }).code === "EEXIST") return false
    throw error
  }
}

function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"))
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { readonly code?: string }).code === "EPERM"
  }
}
