import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { lastInstant } from "@argo-ts/cluster-sim"
import { defaultKillPoint, findKillPoint, killPoints } from "../demo/kill-points.js"
import type { StoryEnd, WorkerLine, WorkerRequest } from "../demo/protocol.js"
import { createScreen, type Screen } from "../demo/screen.js"
import { storyStart } from "../demo/world/places.js"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { packageRoot } from "../package-root.js"

/** Options of `demo`. */
export interface DemoOptions {
  readonly output: OutputFormat
  readonly seed: number
  readonly state?: string
  /** The write of part five after which the process is killed; `none`: it is not. */
  readonly killAfter?: string
  readonly logFile?: string
}

interface WorkerEnd {
  readonly facts: number
  readonly end?: StoryEnd
  readonly error?: string
  readonly wasKilled: boolean
}

/** Runs one process of the story and takes its lines. */
async function runWorker(request: WorkerRequest, screen: Screen, io: Io): Promise<WorkerEnd> {
  const program = join(packageRoot(), "dist/demo/worker.js")
  const child = spawn(process.execPath, [program, JSON.stringify(request)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: io.env["PATH"] ?? "", TMPDIR: tmpdir(), TZ: "UTC", LC_ALL: "C" },
    signal: io.signal,
  })
  let facts = request.skip
  let end: StoryEnd | undefined
  let error: string | undefined
  let stderr = ""
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = `${stderr}${chunk.toString("utf8")}`.slice(-4000)
  })
  const closed = new Promise<NodeJS.Signals | null>((done, fail) => {
    child.on("error", fail)
    child.on("close", (_code, signal) => done(signal))
  })
  closed.catch(() => {})
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as WorkerLine
    if (line.type === "fact") facts++
    if (line.type === "end") end = line.end
    else if (line.type === "error") error = line.message
    else screen.show(line)
  }
  if (io.signal.aborted) throw new CliError("Interrupted", "demo: interrupted", { exitCode: 1 })
  const signal = await closed
  const wasKilled = signal === "SIGKILL"
  if (end === undefined && error === undefined && !wasKilled) {
    error =
      stderr
        .trim()
        .split("\n")
        .find((line) => /Error/.test(line)) ?? "the story's process ended early"
  }
  return {
    facts,
    wasKilled,
    ...(end === undefined ? {} : { end }),
    ...(error === undefined ? {} : { error }),
  }
}

/** Where the story in that directory stands, in virtual milliseconds. */
function storyTime(directory: string): number {
  const startAt = Date.parse(storyStart)
  return (lastInstant(join(directory, "cluster.jsonl")) ?? startAt) - startAt
}

/** Nobody is told that a process was killed where nobody meant to kill it. */
function checkKillPoint(name: string): void {
  if (name === "none" || findKillPoint(name) !== undefined) return
  const names = [...killPoints.keys()].map((each) => `"${each}"`).join(", ")
  const message = `demo: --kill-after: expected none, "write N" or one of ${names}, found "${name}"`
  throw new CliError("InvalidOption", message)
}

async function tellStory(options: DemoOptions, directory: string, io: Io): Promise<ExitCode> {
  const startedAt = performance.now()
  const screen = createScreen(options, io)
  const killAfter = options.killAfter ?? defaultKillPoint
  checkKillPoint(killAfter)
  const base = {
    directory,
    seed: options.seed,
    wantsTree: options.output === "text" && io.isTty,
    ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
  }
  let last = await runWorker({ ...base, skip: 0, killAfter }, screen, io)
  if (last.wasKilled) {
    const text = `the process was killed right after ${killAfter}`
    const about = { source: "demo", kind: "Process", name: "story", reason: "Killed" } as const
    screen.show({ type: "fact", fact: { t: storyTime(directory), ...about, message: text } })
    screen.show({ type: "step", part: 5, text, state: "killed" })
    last = await runWorker({ ...base, skip: last.facts }, screen, io)
  } else if (killAfter !== "none" && last.end?.ok === true) {
    throw new CliError("KillPointNotReached", `demo: nothing was killed: ${killAfter} never came`, {
      exitCode: 1,
    })
  }
  if (last.end === undefined) {
    throw new CliError("DemoFailed", `demo: ${last.error ?? "the story's process was killed"}`, {
      exitCode: 1,
    })
  }
  screen.end(last.end, performance.now() - startedAt)
  return last.end.ok ? 0 : 1
}

/** `argo-ts demo`: the whole delivery, told by a process that dies once and is started again. */
export async function demo(options: DemoOptions, io: Io): Promise<ExitCode> {
  if (options.state !== undefined) return tellStory(options, resolve(io.cwd, options.state), io)
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-demo-"))
  try {
    return await tellStory(options, directory, io)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
