import { closeSync, openSync, readFileSync } from "node:fs"
import { access, readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import {
  endGroup,
  exitCodeOf,
  isAlive,
  killGroup,
  type ProcessIdentity,
  readIdentity,
} from "@argo-ts/kernel/process"

/** A process to start: argument vector, directory, environment. */
export interface ChildSpec {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: { readonly [name: string]: string }
}

/** How a process ended; `code` as a shell reports it: 128 and the signal's number where a signal ended it. */
export type ChildEnd = { readonly code: number } | "gone"

/** A process that runs, ours or one of an earlier life. */
export interface Child {
  readonly end: Promise<ChildEnd>
  /** Asks its whole group to end, and after a grace ends it. */
  kill(): void
}

const killGraceMs = 3000
const pollMs = 50

/**
 * The wrapper claims the node (one of several starters wins), writes who it is, runs the command, and writes the exit
 * code by rename: whoever comes later finds either no claim, a living process, or its end. Asked to end, it lets the command,
 * which is asked as well, end in its own time.
 */
const wrapper = `d=$1; shift
mkdir "$d/claim" 2>/dev/null || exit 0
start=
if [ -r /proc/$$/stat ]; then
  read -r a b c e f g h i j k l m n o p q r s t u v start rest < /proc/$$/stat
fi
trap : TERM INT
printf '%s %s\\n' "$$" "$start" > "$d/pid.tmp" && mv "$d/pid.tmp" "$d/pid"
"$@"
code=$?
printf '%s\\n' "$code" > "$d/exit.tmp" && mv "$d/exit.tmp" "$d/exit"
exit "$code"`

/** Starts a process in a group of its own, its output in files: it outlives us if it must. */
export async function startChild(folder: string, spec: ChildSpec): Promise<Child> {
  // Loaded here: who runs no processes need not wait for it.
  const { spawn } = await import("node:child_process")
  const stdout = openSync(join(folder, "stdout"), "a")
  const stderr = openSync(join(folder, "stderr"), "a")
  const child = spawn("/bin/sh", ["-c", wrapper, "sh", folder, ...spec.command], {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ["ignore", stdout, stderr],
  })
  closeSync(stdout)
  closeSync(stderr)
  const { pid } = child
  const end = new Promise<ChildEnd>((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code, signal) => {
      // What the command left running ends with it, as it does in a pod.
      if (pid !== undefined) killGroup(pid, "SIGKILL")
      resolve({ code: readExit(folder) ?? exitCodeOf(code, signal) })
    })
  })
  return { end, kill: () => endMaybe(pid, end) }
}

/** Finds a process that an earlier life started. */
export async function findChild(folder: string): Promise<Child | undefined> {
  if (!(await isThere(join(folder, "claim")))) return undefined
  const end = waitForEnd(folder)
  return { end, kill: () => void endFound(folder, () => end) }
}

/** Ends what an earlier life started, if it is still that: its number may be another's by now. */
async function endFound(folder: string, endOf: () => Promise<ChildEnd>): Promise<void> {
  const found = await readPid(folder)
  if (found !== undefined && isAlive(found)) endMaybe(found.pid, endOf())
}

/**
 * Ends what an earlier life left running of a node. Which containers it has is not known here: they lie in the node's directory
 * itself, below `containers`, and below `attempts`.
 */
export async function endLeftOver(folder: string): Promise<void> {
  const below = async (name: string): Promise<readonly string[]> => {
    const found = await readdir(join(folder, name)).catch(() => [])
    return found.map((each) => join(folder, name, each))
  }
  const folders = [folder, ...(await below("containers")), ...(await below("attempts"))]
  for (const each of folders) await endFound(each, () => waitForEnd(each))
}

async function waitForEnd(folder: string): Promise<ChildEnd> {
  for (let quiet = 0; quiet < 5; ) {
    const code = readExit(folder)
    if (code !== undefined) return { code }
    const found = await readPid(folder)
    // Between the claim and the first word of the wrapper lies a moment: look a few times.
    if (found === undefined || !isAlive(found)) quiet++
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  const code = readExit(folder)
  return code === undefined ? "gone" : { code }
}

async function readPid(folder: string): Promise<ProcessIdentity | undefined> {
  return readIdentity(await readFile(join(folder, "pid"), "utf8").catch(() => ""))
}

function readExit(folder: string): number | undefined {
  try {
    const code = Number(readFileSync(join(folder, "exit"), "utf8").trim())
    return Number.isInteger(code) ? code : undefined
  } catch {
    return undefined
  }
}

/** A process that never began has no number. */
function endMaybe(pid: number | undefined, end: Promise<ChildEnd>): void {
  if (pid !== undefined) endGroup(pid, end, killGraceMs)
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
