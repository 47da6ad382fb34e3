import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  formatTree,
  InvalidWorkflowError,
  type OpenRun,
  openRun,
  prepareWorkflow,
  type RepositorySource,
  type RunEvent,
  runKey,
  type Workflow,
} from "@argo-ts/dag-engine"
import { epochMs, invariant, isJsonObject, type JsonObject } from "@argo-ts/kernel"
import { createVirtualClock, systemClock } from "@argo-ts/kernel/clock"
import { CliError, type ExitCode, type Io } from "../io.js"
import { createExecution, type Execution, type Workplace } from "../workflows/execution.js"
import { receive } from "../workflows/mailbox.js"
import { type NodeFilterFlags, narrowing } from "../workflows/node-filter.js"
import { type OverrideFlags, readWorkflowDefaults } from "../workflows/overrides.js"
import { lookUp, openPlace, type RunPlace, refuseKnown } from "../workflows/place.js"
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
import { workDirectory } from "../workflows/work.js"
import { createTreeScreen } from "./tree-screen.js"

/** Options of `run`. */
export interface RunOptions extends OverrideFlags, NodeFilterFlags {
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
  readonly workflowDefaults?: string
  /** Only shows what would run. */
  readonly dryRun?: true
  readonly watch?: true
  readonly output: WorkflowFormat
}

/** What is run: a manifest, or a run of the store. */
export interface Subject extends Omit<Surroundings, "limitOf"> {
  readonly manifest: unknown
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
  const narrow = narrowing(options)
  const treeOf = (workflow: Workflow): string => formatTree(narrow(workflow))
  const workflowDefaults = readWorkflowDefaults(options.workflowDefaults, io)
  const screen = createTreeScreen(io, isTree ? "text" : "json")
  const opened: { run?: OpenRun } = {}
  const on = (event: RunEvent): void => {
    const { run } = opened
    if (event.type === "output") screen.output(event.nodeName, event.text)
    else if (run !== undefined && isTree) {
      if (options.watch === true && !io.isTty) io.err(lineOf(event))
      screen.show(() => treeOf(run.workflow()))
    }
  }
  const run = await openRun(subject.manifest, {
    executors: execution.executors,
    artifactDrivers: execution.artifactDrivers,
    artifactStore: execution.artifactStore,
    locks: execution.locks,
    findTemplate: subject.findTemplate,
    findConfigMap: subject.findConfigMap,
    findRepository: execution.isVirtual ? leniently(subject) : subject.findRepository,
    arguments: readParameters(options.parameter, options.parameterFile, io),
    ...(options.entrypoint === undefined ? {} : { entrypoint: options.entrypoint }),
    ...(place === undefined ? {} : { store: place.store }),
    clock: virtual ?? systemClock(),
    ...(workflowDefaults === undefined ? {} : { workflowDefaults }),
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
      screen.end(treeOf(workflow))
      return workflow
    }
  }
  const workflow = await ended
  screen.end(treeOf(workflow))
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
): Promise<{ readonly subject: Subject & Surroundings; readonly submission?: Submission }> {
  if (options.resume === undefined) {
    if (paths.length === 0)
      throw new CliError("Misuse", "expected a Workflow to run, or --resume NAME")
    const submission = await readSubmission(paths, options, io)
    checkParameters(readParameters(options.parameter, options.parameterFile, io), submission)
    if (place !== undefined) await refuseAgain(place, submission.manifest)
    return { subject: submission, submission }
  }
  if (place === undefined) {
    throw new CliError("InvalidOption", "--resume: expected --store beside it")
  }
  const workflow = await lookUp(place, options.resume)
  const { status: _status, ...manifest } = workflow
  const manifests = paths.length === 0 ? [] : await readWorkflows(paths, io)
  const surroundings = await surroundingsAmong(manifests)
  return { subject: { manifest, ...surroundings } }
}

/** A name that the store knows is a run that is there; one that is made up is new. */
async function refuseAgain(place: RunPlace, { metadata }: JsonObject): Promise<void> {
  if (!isJsonObject(metadata) || typeof metadata["name"] !== "string") return
  const { name, namespace = "default" } = metadata
  const key = `${String(namespace)}/${name}`
  const hint = `argo-ts run --resume ${key} goes on with it, argo-ts delete ${key} forgets it`
  await refuseKnown(place, key, hint)
}

/** The Workflow that would run, as it can be created elsewhere; nothing runs. */
async function dryRun(paths: readonly string[], options: RunOptions, io: Io): Promise<ExitCode> {
  if (options.resume !== undefined) {
    throw new CliError("InvalidOption", "--dry-run: expected a Workflow to run, found --resume")
  }
  const { submission } = await subjectOf(paths, options, undefined, io)
  invariant(submission !== undefined, "what is not resumed is submitted")
  const workflow = previewOf(submission, options, io)
  printWorkflow(workflow, options.output === "tree" ? "yaml" : options.output, io)
  return 0
}

function previewOf(submission: Submission, options: RunOptions, io: Io): Workflow {
  const defaults = readWorkflowDefaults(options.workflowDefaults, io)
  const given = submission.manifest["metadata"]
  try {
    const { metadata, ...workflow } = prepareWorkflow(
      submission.manifest,
      {
        arguments: readParameters(options.parameter, options.parameterFile, io),
        ...(options.entrypoint === undefined ? {} : { entrypoint: options.entrypoint }),
        ...(defaults === undefined ? {} : { workflowDefaults: defaults }),
      },
      epochMs(0),
    )
    // What a server gives an object is no part of it yet.
    const { uid: _uid, creationTimestamp: _at, name: _name, namespace: _space, ...rest } = metadata
    const own = isJsonObject(given) ? given : {}
    return { ...workflow, metadata: { ...(own as Workflow["metadata"]), ...rest } }
  } catch (error) {
    if (error instanceof InvalidWorkflowError) return refuseInvalid(submission, error.issues)
    throw error
  }
}

/** Opens what `--store` and `--directory` name, and leaves nothing behind that nobody asked for. */
export async function inPlace(
  options: Pick<RunOptions, "store" | "directory" | "resume">,
  io: Io,
  use: (workplace: Workplace) => Promise<ExitCode>,
): Promise<ExitCode> {
  const isKept = options.store !== undefined || options.resume !== undefined
  const place = isKept ? await openPlace(options.store, io) : undefined
  const lasting = workDirectory(place, options.directory, io)
  const directory = lasting ?? mkdtempSync(join(tmpdir(), "argo-ts-run-"))
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
  if (options.dryRun === true) return dryRun(paths, options, io)
  return inPlace(options, io, async (workplace) => {
    const { place } = workplace
    const found = await subjectOf(paths, options, place, io)
    submission = found.submission
    const execution = createExecution(options, workplace, { ...found.subject, io })
    if (!execution.isVirtual && options.output === "tree") {
      io.err("steps run as processes of this machine, not in their images\n")
    }
    const workflow = await runToEnd(found.subject, execution, place, { options, io }).finally(
      execution.close,
    )
    if (options.output !== "tree") printWorkflow(workflow, options.output, io)
    return workflow.status?.phase === "Succeeded" ? 0 : 1
  }).catch((error: unknown) => {
    if (!(error instanceof InvalidWorkflowError) || submission === undefined) throw error
    return refuseInvalid(submission, error.issues)
  })
}
