import { createReadStream, createWriteStream, existsSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { parseDuration } from "@argo-ts/kernel"
import { isInstalled, type ProbeSurroundings } from "@argo-ts/kernel/process"
import type { Artifact } from "../../api/artifact.js"
import type { Container, ContainerNode, Template } from "../../api/template.js"
import type { ContainerOutcome, Outcome } from "../../core/actions.js"
import { storeArtifact } from "../artifacts.js"
import { allContainers, mainContainers } from "../containers.js"
import type { ExecutorWorld, Task } from "../executor.js"
import { type Child, findChild, startChild } from "./child.js"
import {
  fillFolder,
  isFolderOf,
  type NodeFolder,
  readParameters,
  readResult,
  storeArtifacts,
} from "./files.js"
import { scriptPath } from "./paths.js"
import { untilReady } from "./readiness.js"
import { tailOutput } from "./tail.js"

/** One step as processes: what a pod would be. */
export interface ProcessPod {
  /** How it ends. */
  readonly end: Promise<Outcome>
  /** Resolves when everything in it is ready; with `false` where it ended before. */
  readonly ready: Promise<boolean>
  /** Asks all its processes to end. */
  kill(): void
}

/** What a pod is made of. */
export interface PodPlan {
  readonly node: NodeFolder
  readonly task: Task
  readonly world: ExecutorWorld
  readonly environment: { readonly [name: string]: string }
}

/** How one container ended: its code, or why it never ran. */
type ContainerEnd = { readonly code: number } | { readonly fault: string; readonly code?: number }

/** The exit codes of processes that were ended from outside. */
const killedCodes: ReadonlySet<number> = new Set([137, 143])

/** What upstream's wrapper exits with where a container it waits for failed. */
const wrapperCode = 64

/** Starts the containers of a step as processes, or finds those of an earlier life. */
export function startPod(plan: PodPlan): ProcessPod {
  const pod = new Pod(plan)
  return { end: pod.end, ready: pod.ready, kill: () => pod.kill() }
}

class Pod {
  readonly end: Promise<Outcome>
  readonly ready: Promise<boolean>
  readonly #plan: PodPlan
  readonly #children = new Set<Child>()
  /** Aborted when nothing new is to be started. */
  readonly #over = new AbortController()
  #isKilled = false
  #started: () => void = () => undefined

  constructor(plan: PodPlan) {
    this.#plan = plan
    const started = new Promise<void>((resolve) => {
      this.#started = resolve
    })
    this.end = this.#run().finally(() => this.#over.abort())
    this.ready = Promise.race([started.then(() => this.#untilReady()), this.end.then(() => false)])
    // Whoever waits for the end hears of it.
    this.ready.catch(() => undefined)
  }

  kill(): void {
    this.#isKilled = true
    for (const child of this.#children) child.kill()
  }

  async #run(): Promise<Outcome> {
    const { node, task, world } = this.#plan
    const { template } = task
    const isFound = task.isResumed && isFolderOf(node, task) && isBegun(node.folder, template)
    if (!isFound) {
      const fault = await this.#check()
      if (fault !== undefined) return { phase: "Error", message: fault }
      await fillFolder(node, task, world)
    }
    const { initContainers = [], sidecars = [] } = template
    const beside = new Map<string, Promise<ContainerEnd>>()
    for (const container of initContainers) {
      const name = container.name ?? ""
      if (container.restartPolicy === "Always") {
        beside.set(name, this.#one(name, container))
        continue
      }
      const end = await this.#one(name, container)
      if (isGood(end)) continue
      await this.#endAll([...beside.values()])
      return { phase: "Error", message: messageOf(name, end) }
    }
    for (const container of sidecars) {
      beside.set(container.name ?? "", this.#one(container.name ?? "", container))
    }
    this.#started()
    const ends = await this.#main(template)
    const failed = await this.#endBeside(beside)
    return outcomeOf(this.#plan, ends, failed)
  }

  /** The main container, or those of a set, each after those it depends on. */
  async #main(template: Template): Promise<ReadonlyMap<string, ContainerEnd>> {
    const running = new Map<string, Promise<ContainerEnd>>()
    const retry = retryOf(template)
    const run = async (container: ContainerNode): Promise<ContainerEnd> => {
      const before = await Promise.all(
        (container.dependencies ?? []).map((name) => start(name) as Promise<ContainerEnd>),
      )
      if (!before.every(isGood)) {
        const message = "a container that it depends on has failed"
        return { fault: message, code: wrapperCode }
      }
      return this.#one(container.name ?? "", container, retry)
    }
    const byName = new Map(mainContainers(template).map((each) => [each.name ?? "", each]))
    const start = (name: string): Promise<ContainerEnd> | undefined => {
      const container = byName.get(name)
      if (container === undefined) return undefined
      let end = running.get(name)
      if (end === undefined) {
        end = run(container)
        running.set(name, end)
      }
      return end
    }
    const ends = new Map<string, ContainerEnd>()
    for (const name of byName.keys()) void start(name)
    for (const [name, end] of running) ends.set(name, await end)
    return ends
  }

  /** Runs one container, or finds it, to its end; again as often as it may be. */
  async #one(name: string, container: Container, retry?: Retry): Promise<ContainerEnd> {
    const { node, task, world } = this.#plan
    for (let attempt = 0; ; attempt++) {
      if (this.#isKilled) return { code: 143 }
      const folder = folderOf(node.folder, name, attempt)
      let child = task.isResumed ? await findChild(folder) : undefined
      child ??= await this.#start(name, folder, container)
      this.#children.add(child)
      if (this.#isKilled) child.kill()
      const isMain = mainContainers(task.template).some((each) => each.name === name)
      const tail = isMain
        ? tailOutput(folder, (stream, text) => world.output(task, stream, text))
        : undefined
      const end = await child.end
      this.#children.delete(child)
      await tail?.close()
      if (end === "gone") {
        return { fault: "the process of this step is gone and left no exit code" }
      }
      if (end.code === 0 || this.#isKilled || retry === undefined || attempt >= retry.times) {
        return end
      }
      await new Promise((resolve) => setTimeout(resolve, retry.waitMs))
    }
  }

  async #start(name: string, folder: string, container: Container): Promise<Child> {
    const { node, task } = this.#plan
    await mkdir(folder, { recursive: true })
    const { paths } = node
    const isScript = name === "main" && task.template.script !== undefined
    const source = isScript ? [paths.place(scriptPath)] : []
    const words = [...(container.command ?? []), ...(container.args ?? [])]
    const command = [...words.map(paths.replace), ...source]
    return startChild(folder, { command, cwd: this.#cwd(container), env: this.#env(container) })
  }

  /** Says what cannot be run here, before anything is. */
  async #check(): Promise<string | undefined> {
    const { task } = this.#plan
    for (const container of allContainers(task.template)) {
      const image = container.image ?? "none"
      const hint = `images are not run here (${image}); use --executor simulate to run without commands`
      const [program = ""] = container.command ?? []
      if (program === "") {
        const isMain = container.name === "main" && task.template.containerSet === undefined
        const name = isMain ? "" : ` in its container "${container.name ?? ""}"`
        return `template "${task.templateName}" names no command${name}, and ${hint}`
      }
      const path = this.#env(container)["PATH"] ?? ""
      if (!isInstalled(this.#plan.node.paths.replace(program), this.#cwd(container), path)) {
        return `the command "${program}" is not installed here, and ${hint}`
      }
    }
    return undefined
  }

  #cwd({ workingDir }: Container): string {
    const { root, paths } = this.#plan.node
    return workingDir === undefined ? root : paths.place(workingDir)
  }

  #env(container: Container): { [name: string]: string } {
    const { node, task, environment } = this.#plan
    const env: { [name: string]: string } = { ...environment }
    Object.assign(env, {
      TMPDIR: join(node.folder, "tmp"),
      ARGO_NODE_ID: task.nodeId,
      ARGO_POD_NAME: task.podName,
      ARGO_TEMPLATE_NAME: task.templateName,
    })
    for (const { name, value } of container.env ?? []) {
      if (value !== undefined) env[name] = node.paths.replace(value)
    }
    return env
  }

  async #untilReady(): Promise<boolean> {
    const { template } = this.#plan.task
    const all = [...mainContainers(template), ...(template.sidecars ?? [])]
    const answers = await Promise.all(
      all.map((container) => {
        const { replace } = this.#plan.node.paths
        const ports = (container.ports ?? []) as unknown as ProbeSurroundings["ports"]
        const surroundings = {
          cwd: this.#cwd(container),
          env: this.#env(container),
          replace,
          ports,
        }
        return untilReady(container, surroundings, this.#over.signal)
      }),
    )
    return answers.every((isReady) => isReady)
  }

  /** Ends the sidecars. Answers the first that had failed by itself. */
  async #endBeside(
    beside: ReadonlyMap<string, Promise<ContainerEnd>>,
  ): Promise<readonly [string, ContainerEnd] | undefined> {
    const open = new Set(beside.keys())
    const failures: (readonly [string, ContainerEnd])[] = []
    const watched = [...beside].map(async ([name, ending]) => {
      const end = await ending
      const isKilled = this.#isKilled || ("code" in end && killedCodes.has(end.code ?? 0))
      open.delete(name)
      if (!isGood(end) && !isKilled) failures.push([name, end])
    })
    // What had ended before is told now; what still runs is ended.
    await new Promise((resolve) => setImmediate(resolve))
    if (open.size > 0) this.kill()
    await Promise.all(watched)
    return failures[0]
  }

  async #endAll(ends: readonly Promise<ContainerEnd>[]): Promise<void> {
    this.kill()
    await Promise.all(ends)
  }
}

interface Retry {
  readonly times: number
  readonly waitMs: number
}

/** `containerSet.retryStrategy`. */
function retryOf({ containerSet }: Template): Retry | undefined {
  const strategy = containerSet?.retryStrategy
  if (strategy === undefined) return undefined
  const wait = parseDuration(strategy.duration ?? "")
  return { times: Number(strategy.retries) || 0, waitMs: wait.ok ? wait.value : 0 }
}

/** The main container's files lie in the node's own folder. */
function folderOf(folder: string, name: string, attempt: number): string {
  const own = name === "main" ? folder : join(folder, "containers", name)
  return attempt === 0 ? own : join(folder, "attempts", `${name}-${attempt}`)
}

/** The folder of a container's latest attempt. */
function lastFolderOf(folder: string, name: string): string {
  let attempt = 0
  while (existsSync(folderOf(folder, name, attempt + 1))) attempt++
  return folderOf(folder, name, attempt)
}

/** A container that never ran has written nothing. */
function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error
}

/** True where an earlier life began any of its containers. */
function isBegun(folder: string, template: Template): boolean {
  return allContainers(template).some(({ name = "" }) =>
    existsSync(join(folderOf(folder, name, 0), "claim")),
  )
}

function isGood(end: ContainerEnd): boolean {
  return !("fault" in end) && end.code === 0
}

function messageOf(name: string, end: ContainerEnd): string {
  return "fault" in end ? end.fault : `${name}: Error (exit code ${end.code})`
}

async function outcomeOf(
  { node, task, world }: PodPlan,
  ends: ReadonlyMap<string, ContainerEnd>,
  beside: readonly [string, ContainerEnd] | undefined,
): Promise<Outcome> {
  const main = ends.get("main")
  if (main !== undefined && "fault" in main && main.code === undefined) {
    return { phase: "Error", message: main.fault }
  }
  const parameters = await readParameters(node, task)
  const logs = task.template.archiveLocation?.archiveLogs === true ? [...ends.keys()] : []
  const artifacts = [
    ...(await storeArtifacts(node, task, world)),
    ...(await storeLogs(node, task, world, logs)),
  ]
  const common: Omit<Outcome, "phase"> = {
    ...(main?.code === undefined ? {} : { exitCode: String(main.code) }),
    ...(ends.has("main") ? { result: await readResult(lastFolderOf(node.folder, "main")) } : {}),
    ...(task.template.containerSet === undefined ? {} : { containers: containerOutcomes(ends) }),
    parameters,
    artifacts,
  }
  const names = [...ends.keys()].toSorted(
    (left, right) => Number(right === "main") - Number(left === "main"),
  )
  const failed = names.find((name) => !isGood(ends.get(name) as ContainerEnd))
  if (failed !== undefined) {
    return {
      phase: "Failed",
      message: messageOf(failed, ends.get(failed) as ContainerEnd),
      ...common,
    }
  }
  if (beside === undefined) return { phase: "Succeeded", ...common }
  return { phase: "Failed", message: messageOf(...beside), ...common }
}

/** What containers wrote, as artifacts: first their standard output, then their errors. */
async function storeLogs(
  { folder }: NodeFolder,
  task: Task,
  world: ExecutorWorld,
  names: readonly string[],
): Promise<readonly Artifact[]> {
  const stored: Artifact[] = []
  const { s3 } = task.template.archiveLocation ?? {}
  for (const name of names) {
    const path = join(folder, `${name}.log`)
    await writeFile(path, "")
    for (const each of ["stdout", "stderr"]) {
      const source = createReadStream(join(lastFolderOf(folder, name), each))
      await pipeline(source, createWriteStream(path, { flags: "a" })).catch(ignoreAbsent)
    }
    const key = `${s3?.key ?? `${task.workflow}/${task.podName}`}/${name}.log`
    const declared = { name: `${name}-logs`, archive: { none: {} }, s3: { ...s3, key } }
    stored.push(await storeArtifact(world, task, declared, path))
  }
  return stored
}

function containerOutcomes(ends: ReadonlyMap<string, ContainerEnd>): {
  [name: string]: ContainerOutcome
} {
  const outcomes = Object.create(null) as { [name: string]: ContainerOutcome }
  for (const [name, end] of ends) {
    const exitCode = end.code === undefined ? {} : { exitCode: String(end.code) }
    if (isGood(end)) outcomes[name] = { phase: "Succeeded", ...exitCode }
    else {
      const phase = "fault" in end ? "Error" : "Failed"
      outcomes[name] = { phase, message: messageOf(name, end), ...exitCode }
    }
  }
  return outcomes
}
