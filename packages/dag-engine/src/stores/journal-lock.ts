import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs"
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
    if (holder?.pid === process.pid) return { release: () => rmSync(file, { force: true }) }
    if (holder !== undefined && isAlive(holder)) {
      throw new OperationError(`${path}: the run is open in another process (${holder.pid})`, {
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

/** The file appears with its text in it: nobody reads a lock without its holder. */
function tryLock(file: string): boolean {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${process.pid} ${startOf(process.pid)}`)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as { readonly code?: string }).code === "EEXIST") return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** A process: numbers are used again, so its start belongs to it. */
interface Holder {
  readonly pid: number
  /** Empty where the system does not tell. */
  readonly start: string
}

function holderOf(file: string): Holder | undefined {
  try {
    const [first, start = ""] = readFileSync(file, "utf8").split(" ")
    const pid = Number(first)
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, start } : undefined
  } catch {
    return undefined
  }
}

/** When a process began, in the kernel's ticks; empty where there is no `/proc`. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The second field is the program's name in parentheses, and may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
  } catch {
    return ""
  }
}

function isAlive({ pid, start }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "EPERM") return false
  }
  const now = startOf(pid)
  return start === "" || now === "" || now === start
}
