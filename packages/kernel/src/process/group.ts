import { constants } from "node:os"

/** Sends a signal to a process and everything in its group, as far as there is anything left of it. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group has ended already.
  }
}

/**
 * Asks a group to end (SIGTERM), and ends it (SIGKILL) where it has not after `graceMs`. `end` settles when its first
 * process is gone.
 */
export function endGroup(pid: number, end: Promise<unknown>, graceMs: number): void {
  killGroup(pid, "SIGTERM")
  const timer = setTimeout(() => killGroup(pid, "SIGKILL"), graceMs)
  end.finally(() => clearTimeout(timer)).catch(() => undefined)
}

/** The number of a signal. */
export function signalNumber(signal: NodeJS.Signals): number {
  return constants.signals[signal]
}

/** The code of an end as a shell reports it: 128 and the signal's number where a signal ended the process. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code
  return signal === null ? 1 : 128 + signalNumber(signal)
}
