import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import {
  type ArtifactDriver,
  createLocks,
  dataExecutor,
  type Executor,
  formatTree,
  httpExecutor,
  InvalidWorkflowError,
  type OpenRun,
  openRun,
  processExecutor,
  type ReadSecret,
  type RepositorySource,
  type RunEvent,
  runKey,
  simulateExecutor,
  type Workflow,
} from "@argo-ts/dag-engine"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock, systemClock } from "@argo-ts/kernel/clock"
import { CliError, type ExitCode, type Io } from "../io.js"
import { artifactDrivers } from "../workflows/artifact-drivers.js"
import { receive } from "../workflows/mailbox.js"
import { keyOf, lookUp, openPlace, type RunPlace } from "../workflows/place.js"
import { printWorkflow, type WorkflowFormat } from "../workflows/print.js"
import {
  checkParameters,
  readParameters,
  readSubmission,
  readWorkflows,
  refuseInvalid,
  type Submission,
  type Surroundings,
  surroundingsAmong,
} from "../workflows/submission.js"
import { readOutcomes } from "./outcomes.js"
import { createTreeScreen } from "./tree-screen.js"

/** Options of `run`. */
export interface RunOptions {
  readonly parameter: readonly string[]
  readonly parameterFile?: string
  readonly entrypoint?: string
  readonly executor: string
  readonly outcomes?: string
  readonly directory?: string
  readonly store?: string
  readonly resume?: string
  readonly from?: string
  readonly scheduledTime?: string
  readonly watch?: true
  readonly output: WorkflowFormat
}

/** What runs the steps. */
export interface Execution {
  readonly executors: readonly Executor[]
  readonly artifactDrivers: readonly ArtifactDriver[]
  readonly isVirtual: boolean
}

/** Reads `--executor` and `--outcomes`. */
export function createExecution(
  options: Pick<RunOptions, "executor" | "outcomes">,
  directory: string,
  { secret, io }: { readonly secret: ReadSecret; readonly io: Io },
): Execution {
  if (options.executor !== "process" && options.executor !== "simulate") {
    const found = JSON.stringify(options.executor)
    throw new CliError("InvalidOption", `--executor: expected process or simulate, found ${found}`)
  }
  if (options.executor === "simulate") {
    const rules = options.outcomes === undefined ? [] : readOutcomes(options.outcomes, io.cwd)
    return { executors: [simulateExecutor(rules)], artifactDrivers: [], isVirtual: true }
  }
  if (options.outcomes !== undefined) {
    throw new CliError("InvalidOption", "--outcomes: expected --executor simulate beside it")
  }
  return {
    executors: [processExecutor({ directory }), httpExecutor({ secret }), dataExecutor()],
    artifactDrivers: artifactDrivers({ cacheDirectory: join(directory, "git-cache"), secret }),
    isVirtual: false,
  }
}

/** What is run: a manifest, or a run of the store. */
export interface Subject extends Surroundings {
  readonly manifest: unknown
  readonly key: string | undefined
}

/** Runs a workflow, and shows how it goes. */
export async function runToEnd(
  subject: Subject,
  execution: Execution,
  place: RunPlace | undefined,
  { options, io }: { readonly options: RunOptions; readonly io: Io },
): Promise<Workflow> {
  const virtual = execution.isVirtual ? createVirtualClock(epochMs(Date.now())) : undefined
  const isTree = options.output === "tree"
  const screen = createTreeScreen(io, isTree ? "text" : "json")
  const opened: { run?: OpenRun } = {}
  const on = (event: RunEvent): void => {
    const { run } = opened
    if (event.type === "output") screen.output(event.nodeName, event.text)
    else if (run !== undefined && isTree) {
      if (options.watch === true && !io.isTty) io.err(lineOf(event))
      screen.show(() => formatTree(run.workflow()))
    }
  }
  const run = await openRun(subject.manifest, {
    executors: execution.executors,
    artifactDrivers: execution.artifactDrivers,
    findTemplate: subject.findTemplate,
    findConfigMap: subject.findConfigMap,
    findRepository: execution.isVirtual ? leniently(subject) : subject.findRepository,
    arguments: readParameters(options.parameter, options.parameterFile, io),
    ...(options.entrypoint === undefined ? {} : { entrypoint: options.entrypoint }),
    ...(place === undefined ? {} : { store: place.store }),
    clock: virtual ?? systemClock(),
    // Nobody says how many a semaphore lets in where nothing is real: one at a time.
    ...(execution.isVirtual ? { locks: createLocks({ limits: () => 1 }) } : {}),
    signal: io.signal,
    on,
  })
  opened.run = run
  const mail =
    place?.directory === undefined
      ? undefined
      : receive(place.directory, runKey(run.workflow()), run.send)
  let isDone = false
  const ended = run.done.finally(() => {
    isDone = true
    mail?.close()
  })
  ended.catch(() => {})
  if (virtual !== undefined) {
    await virtual.runUntil(() => isDone, epochMs(Number.MAX_SAFE_INTEGER))
    // On virtual time nobody comes to resume anything: the run is answered as it stands.
    if (!isDone) {
      const workflow = run.workflow()
      run.close()
      mail?.close()
      screen.end(formatTree(workflow))
      return workflow
    }
  }
  const workflow = await ended
  screen.end(formatTree(workflow))
  return workflow
}

/** Where nothing real is stored, whatever repository is asked for is there. */
function leniently({ findRepository }: Subject): RepositorySource {
  return (ref) => findRepository(ref) ?? (ref && { ...ref, artifactRepository: {} })
}

function lineOf(event: RunEvent): string {
  if (event.type === "node") {
    const { displayName, phase, message } = event.node
    return `${displayName}: ${phase}${message === undefined ? "" : ` (${message})`}\n`
  }
  return event.type === "workflow" ? `${event.phase} ${event.progress}\n` : ""
}

async function subjectOf(
  paths: readonly string[],
  options: RunOptions,
  place: RunPlace | undefined,
  io: Io,
): Promise<{ readonly subject: Subject; readonly submission?: Submission }> {
  if (options.resume === undefined) {
    if (paths.length === 0)
      throw new CliError("Misuse", "expected a Workflow to run, or --resume NAME")
    const submission = await readSubmission(paths, options, io)
    checkParameters(readParameters(options.parameter, options.parameterFile, io), submission)
    return { subject: { ...submission, key: undefined }, submission }
  }
  if (place === undefined) {
    throw new CliError("InvalidOption", "--resume: expected --store beside it")
  }
  const workflow = await lookUp(place, options.resume)
  const { status: _status, ...manifest } = workflow
  const manifests = paths.length === 0 ? [] : await readWorkflows(paths, io)
  const surroundings = await surroundingsAmong(manifests)
  return { subject: { manifest, key: keyOf(options.resume), ...surroundings } }
}

/** Where runs are kept, and where their steps work. */
export interface Workplace {
  readonly place: RunPlace | undefined
  readonly directory: string
}

/** Opens what `--store` and `--directory` name, and leaves nothing behind that nobody asked for. */
export async function inPlace(
  options: Pick<RunOptions, "store" | "directory" | "resume">,
  io: Io,
  use: (workplace: Workplace) => Promise<ExitCode>,
): Promise<ExitCode> {
  const isKept = options.store !== undefined || options.resume !== undefined
  const place = isKept ? await openPlace(options.store, io) : undefined
  const lasting = options.directory ?? (place?.directory && join(place.directory, "work"))
  const directory =
    lasting === undefined ? mkdtempSync(join(tmpdir(), "argo-ts-run-")) : resolve(io.cwd, lasting)
  try {
    return await use({ place, directory })
  } finally {
    await place?.close()
    if (lasting === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

/** `argo-ts run PATH…`: 0 where the workflow succeeded, 1 where it did not. */
export async function run(
  paths: readonly string[],
  options: RunOptions,
  io: Io,
): Promise<ExitCode> {
  let submission: Submission | undefined
  return inPlace(options, io, async ({ place, directory }) => {
    const found = await subjectOf(paths, options, place, io)
    submission = found.submission
    const execution = createExecution(options, directory, { secret: found.subject.secret, io })
    if (!execution.isVirtual && options.output === "tree") {
      io.err("steps run as processes of this machine, not in their images\n")
    }
    const workflow = await runToEnd(found.subject, execution, place, { options, io })
    if (options.output !== "tree") printWorkflow(workflow, options.output, io)
    return workflow.status?.phase === "Succeeded" ? 0 : 1
  }).catch((error: unknown) => {
    if (!(error instanceof InvalidWorkflowError) || submission === undefined) throw error
    return refuseInvalid(submission, error.issues)
  })
}
