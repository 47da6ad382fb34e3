import { mkdtempSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Container } from "../../api/template.js"
import type { Outcome } from "../../core/actions.js"
import type { Executor, ExecutorWorld, Task } from "../executor.js"
import { type Child, findChild, isInstalled, startChild } from "./child.js"
import {
  fillFolder,
  type NodeFolder,
  nodeFolder,
  readParameters,
  readResult,
  storeArtifacts,
} from "./files.js"
import { scriptPath } from "./paths.js"
import { tailOutput } from "./tail.js"

/** How local processes are run. */
export interface ProcessOptions {
  /**
   * Holds one directory a node. Give one that lasts and processes that outlive this program are found again; default: a
   * new temporary directory.
   */
  readonly directory?: string
  /** Variables for every process, besides `PATH`, `HOME`, `USER`, `LANG`, `TZ` and those named `ARGO_TS_…`. */
  readonly environment?: { readonly [name: string]: string }
  /** How far a virtual clock moves for one process, in milliseconds. Default 1000. */
  readonly takesMs?: number
  /** After so many real milliseconds a process is ended. Default ten minutes. */
  readonly realLimitMs?: number
}

/** Runs steps as processes of this machine. */
export interface ProcessExecutor extends Executor {
  /** Deletes the directories of all nodes. */
  dispose(): Promise<void>
}

const takesDefaultMs = 1000
const limitDefaultMs = 600_000
const inherited = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|TZ|ARGO_TS_.*)$/

/**
 * Runs `container.command` with its args, and `script.source`, on this machine — never in an image. Only for manifests
 * you trust: a process may do whatever this program may. Absolute paths that a template declares lie below the node's own
 * directory and are replaced where they occur in command, args, env and source.
 */
export function processExecutor(options: ProcessOptions = {}): ProcessExecutor {
  let directory = options.directory
  const takesMs = options.takesMs ?? takesDefaultMs
  const running = new Map<string, { isStopped: boolean; child: Child | undefined }>()
  const open = (): string => {
    directory ??= mkdtempSync(join(tmpdir(), "argo-ts-work-"))
    return directory
  }
  return {
    accepts: ({ template }) => template.container !== undefined || template.script !== undefined,
    async start(task, world) {
      const state = { isStopped: false, child: undefined as Child | undefined }
      running.set(task.key, state)
      const kill = (): void => {
        state.isStopped = true
        state.child?.kill()
      }
      const node = nodeFolder(open(), task)
      // Told before anything real happens: the order of such tidings must not depend on how fast processes start.
      world.started(task)
      try {
        return await world.clock.track(
          task.key,
          (signal) => {
            signal.addEventListener("abort", kill, { once: true })
            return runNode({ node, task, world, state, environment: options.environment ?? {} })
          },
          {
            takesMs: Math.max(0, task.startedAt + takesMs - world.clock.now()),
            realLimitMs: options.realLimitMs ?? limitDefaultMs,
          },
        )
      } finally {
        running.delete(task.key)
      }
    },
    stop(key) {
      const state = running.get(key)
      if (state === undefined) return
      state.isStopped = true
      state.child?.kill()
    },
    async dispose() {
      if (directory !== undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

interface NodeRun {
  readonly node: NodeFolder
  readonly task: Task
  readonly world: ExecutorWorld
  readonly state: { isStopped: boolean; child: Child | undefined }
  readonly environment: { readonly [name: string]: string }
}

async function runNode(run: NodeRun): Promise<Outcome> {
  const { node, task, world, state } = run
  let child = task.isResumed ? await findChild(node.folder) : undefined
  if (child === undefined) {
    const started = await startNode(run)
    if ("phase" in started) return started
    child = started
  }
  state.child = child
  if (state.isStopped) child.kill()
  const tail = tailOutput(node.folder, (stream, text) => world.output(task, stream, text))
  const end = await child.end
  await tail.close()
  if (end === "gone") {
    const message = "the process of this step is gone and left no exit code"
    return { phase: "Error", message }
  }
  return outcomeOf(run, end.code)
}

async function startNode(run: NodeRun): Promise<Child | Outcome> {
  const { node, task, world } = run
  const container = (task.template.container ?? task.template.script) as Container
  const { paths } = node
  const image = container.image ?? "none"
  const hint = `images are not run here (${image}); use --executor simulate to run without commands`
  if ((container.command ?? []).length === 0) {
    const message = `template "${task.templateName}" names no command, and ${hint}`
    return { phase: "Error", message }
  }
  const { sidecars = [], initContainers = [] } = task.template
  const beside = [...initContainers, ...sidecars].map(({ name }) => name ?? "")
  if (beside.length > 0) {
    const message = `template "${task.templateName}" has containers beside its own (${beside.join(", ")}), and only one process a step is run here; use --executor simulate to run without commands`
    return { phase: "Error", message }
  }
  await fillFolder(node, task, world)
  const source = task.template.script === undefined ? [] : [paths.place(scriptPath)]
  const words = [...(container.command ?? []), ...(container.args ?? [])]
  const command = [...words.map(paths.replace), ...source]
  const cwd = container.workingDir === undefined ? node.root : paths.place(container.workingDir)
  const env = environmentOf(run, container)
  const [program = ""] = command
  if (!(await isInstalled(program, cwd, env["PATH"] ?? ""))) {
    const message = `the command "${container.command?.[0] ?? ""}" is not installed here, and ${hint}`
    return { phase: "Error", message }
  }
  return startChild(node.folder, { command, cwd, env })
}

function environmentOf(run: NodeRun, container: Container): { [name: string]: string } {
  const env: { [name: string]: string } = {}
  for (const name of Object.keys(process.env)) {
    if (inherited.test(name)) env[name] = process.env[name] ?? ""
  }
  Object.assign(env, run.environment, {
    TMPDIR: join(run.node.folder, "tmp"),
    ARGO_NODE_ID: run.task.nodeId,
    ARGO_POD_NAME: run.task.podName,
    ARGO_TEMPLATE_NAME: run.task.templateName,
  })
  for (const { name, value } of container.env ?? []) {
    if (value !== undefined) env[name] = run.node.paths.replace(value)
  }
  return env
}

async function outcomeOf(run: NodeRun, code: number): Promise<Outcome> {
  const { node, task, world } = run
  const parameters = await readParameters(node, task)
  const artifacts = await storeArtifacts(node, task, world)
  const common = { exitCode: String(code), result: await readResult(node), parameters, artifacts }
  if (code === 0) return { phase: "Succeeded", ...common }
  return { phase: "Failed", message: `main: Error (exit code ${code})`, ...common }
}
