import { spawn } from "node:child_process"
import type { Readable, Writable } from "node:stream"
import { exitCodeOf, isInstalled, killGroup, signalNumber } from "@argo-ts/kernel/process"
import type { Guard } from "./guard.js"

/** What to run, and where. */
export interface Command {
  readonly words: readonly string[]
  readonly cwd: string
  readonly env: { readonly [name: string]: string }
  /** Whether somebody will write to it; otherwise its input is empty. */
  readonly hasInput: boolean
}

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number
  readonly signal?: number
  /** It never began: what kept it. */
  readonly fault?: string
}

/** A process in a group of its own. */
export interface Launched {
  readonly stdin: Writable | undefined
  readonly stdout: Readable
  readonly stderr: Readable
  /** Settles when its first process is gone, and with it everything that it left in its group. */
  readonly end: Promise<ProcessEnd>
  /** Signals the whole group. */
  kill(signal: NodeJS.Signals): void
}

/** Why a command cannot be run, in the words of a container runtime. */
export function launchFault({ words, cwd, env }: Command): string | undefined {
  const [program = ""] = words
  if (isInstalled(program, cwd, env["PATH"] ?? "")) return undefined
  const where = program.includes("/")
    ? "no such file or directory"
    : "executable file not found in $PATH"
  return `exec: ${JSON.stringify(program)}: ${where}`
}

/** Starts a process that does not outlive this program. */
export function launch(guard: Guard, { words, cwd, env, hasInput }: Command): Launched {
  const [program = "", ...args] = words
  const child = spawn(program, args, {
    cwd,
    env: { ...env, ...guard.mark },
    detached: true,
    stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"],
  })
  const { pid, stdin, stdout, stderr } = child
  if (pid !== undefined) guard.add(pid)
  // Whoever reads no more has ended.
  stdin?.on("error", () => undefined)
  const end = new Promise<ProcessEnd>((resolve) => {
    child.once("error", (error) => {
      if (pid === undefined) resolve({ exitCode: 128, fault: error.message })
    })
    child.once("exit", (code, signal) => {
      if (pid !== undefined) {
        // As in a container, nothing outlives its first process.
        killGroup(pid, "SIGKILL")
        guard.remove(pid)
      }
      const exitCode = exitCodeOf(code, signal)
      resolve({ exitCode, ...(signal === null ? {} : { signal: signalNumber(signal) }) })
    })
  })
  return {
    stdin: stdin ?? undefined,
    stdout: stdout as Readable,
    stderr: stderr as Readable,
    end,
    kill: (signal) => {
      if (pid !== undefined) killGroup(pid, signal)
    },
  }
}
