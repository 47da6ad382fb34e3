import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { OperationError } from "@argo-ts/kernel"

/** Who holds a lock: numbers of processes are used again, so its start belongs to it. */
interface Holder {
  readonly pid: number
  /** Empty where the system does not tell. */
  readonly start: string
}

/** When a process began, in the kernel's ticks; empty where there is no `/proc`, or where it is dead and nobody asked how. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The second field is the program's name in parentheses, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" ? "" : (fields[19] ?? "")
  } catch {
    return ""
  }
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

function isAlive({ pid, start }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as { readonly code?: string }).code === "ESRCH") return false
  }
  return startOf(pid) === start
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

/**
 * Keeps a directory to one cluster at a time; answers what lets it go. A lock whose process is gone, however it went, is
 * taken over. Throws `DataInUse` where a living process holds it, this one included.
 */
export function lockDirectory(directory: string, file: string): () => void {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryLock(file)) return () => rmSync(file, { force: true })
    const holder = holderOf(file)
    if (holder !== undefined && isAlive(holder)) {
      throw new OperationError(`${directory} is in use by process ${holder.pid}`, {
        code: "DataInUse",
        retryable: false,
      })
    }
    rmSync(file, { force: true })
  }
  throw new OperationError(`${directory} is being opened by another process`, {
    code: "DataInUse",
    retryable: true,
  })
}
