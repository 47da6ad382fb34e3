import { readFileSync } from "node:fs"

/** A process on this machine. Numbers are used again, so its start belongs to it. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it began, in the system's ticks; empty where the system does not tell. */
  readonly start: string
}

/** The identity of a process, by default of this one. */
export function identify(pid: number = process.pid): ProcessIdentity {
  return { pid, start: startOf(pid) }
}

/** As it stands in files: the number and, where it is known, the start. */
export function writeIdentity({ pid, start }: ProcessIdentity): string {
  return `${pid} ${start}`.trim()
}

/** Reads what {@link writeIdentity} wrote; `undefined` where it is no such thing. */
export function readIdentity(text: string): ProcessIdentity | undefined {
  const [first, start = ""] = text.trim().split(" ")
  const pid = Number(first)
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, start } : undefined
}

/** True while the process runs: not for a later one with its number, nor where it has ended and nobody has asked how. */
export function isAlive({ pid, start }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // A process of somebody else's is a process.
    if ((error as { readonly code?: string }).code !== "EPERM") return false
  }
  return start === "" || startOf(pid) === start
}

/** Empty where there is no `/proc`, no such process, or only its exit code is left. */
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
