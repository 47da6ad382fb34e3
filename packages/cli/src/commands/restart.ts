import { resubmitWorkflow, retryWorkflow, runKey, type Workflow } from "@argo-ts/dag-engine"
import { epochMs, type Result, safeEncode, sha1 } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io } from "../io.js"
import { type ChoiceFlags, chooseRuns } from "../workflows/choose.js"
import { lookUp, openPlace, type RunPlace, refuseKnown } from "../workflows/place.js"
import { nodeSelector } from "../workflows/selector.js"
import { readParameters } from "../workflows/submission.js"
import { type RunOptions, run } from "./run.js"

/** How a run is done again: options of `run`, and what is done before. */
export interface RestartOptions
  extends Omit<
    RunOptions,
    "resume" | "from" | "entrypoint" | "generateName" | "labels" | "status" | "dryRun"
  > {
  readonly restartSuccessful?: true
  readonly memoized?: true
}

/** Options of `retry` and `resubmit`. */
export interface ManyRestartOptions extends RestartOptions, ChoiceFlags {
  /** The templates, ConfigMaps and Secrets that runs refer to. */
  readonly with: readonly string[]
}

/** What becomes of a recorded workflow before it runs on. */
export type Change = (workflow: Workflow) => Workflow

function valueOf(result: Result<Workflow>): Workflow {
  if (result.ok) return result.value
  throw new CliError("NotRetryable", result.issues[0]?.message ?? "refused", { exitCode: 1 })
}

function given(
  options: RestartOptions,
  io: Io,
): { readonly arguments?: { readonly [name: string]: string } } {
  const values = readParameters(options.parameter, options.parameterFile, io)
  return Object.keys(values).length === 0 ? {} : { arguments: values }
}

/** What failed, and what follows, is to run again. */
export function retryChange(options: RestartOptions, io: Io): Change {
  const { restartSuccessful, nodeFieldSelector } = options
  if ((restartSuccessful === true) !== (nodeFieldSelector !== undefined)) {
    throw new CliError(
      "InvalidOption",
      "expected --restart-successful and --node-field-selector together",
    )
  }
  const chosen =
    nodeFieldSelector === undefined
      ? {}
      : { restartSuccessful: true, selects: nodeSelector(nodeFieldSelector) }
  const more = given(options, io)
  return (workflow) => valueOf(retryWorkflow(workflow, epochMs(Date.now()), { ...chosen, ...more }))
}

/** A new run of the same workflow. */
export function resubmitChange(options: RestartOptions, io: Io): Change {
  const now = epochMs(Date.now())
  const more = given(options, io)
  const { memoized, priority } = options
  return (workflow) => {
    const old = workflow.metadata.name ?? "workflow"
    const name = options.name ?? `${old}-${safeEncode(sha1(`${old}${now}`).slice(0, 5))}`
    return valueOf(
      resubmitWorkflow(workflow, now, {
        name,
        ...(memoized === undefined ? {} : { memoized }),
        ...(priority === undefined ? {} : { priority }),
        ...more,
      }),
    )
  }
}

/** Runs on what a place has recorded. */
function runOn(
  key: string,
  paths: readonly string[],
  options: RestartOptions,
  io: Io,
): Promise<ExitCode> {
  const { name: _name, priority: _priority, nodeFieldSelector: _selector, ...rest } = options
  return run(paths, { ...rest, parameter: [], resume: key }, io)
}

/** Workflows as they are recorded, with the run that each of them is, where it is one. */
export type Chosen = readonly { readonly workflow: Workflow; readonly key: string | undefined }[]

/** Records what `change` makes of workflows, all of them before the first runs on; then one after the other. */
export async function restart(
  choose: (place: RunPlace) => Promise<Chosen>,
  { change, paths }: { readonly change: Change; readonly paths: readonly string[] },
  options: RestartOptions,
  io: Io,
): Promise<ExitCode> {
  const keys = await record(choose, change, options, io)
  let code: ExitCode = 0
  for (const key of keys) {
    const answer = await runOn(key, paths, options, io)
    if (answer > code) code = answer
  }
  if (keys.length === 0 && options.output === "tree") io.out("no runs\n")
  return code
}

async function record(
  choose: (place: RunPlace) => Promise<Chosen>,
  change: Change,
  options: RestartOptions,
  io: Io,
): Promise<readonly string[]> {
  const place = await openPlace(options.store, io)
  try {
    const chosen = await choose(place)
    if (options.name !== undefined && chosen.length > 1) {
      const message = `--name: expected one run, found ${chosen.length}`
      throw new CliError("InvalidOption", message)
    }
    const changed: Workflow[] = []
    for (const { workflow, key } of chosen) {
      const after = change(workflow)
      await claim(place, after, key)
      changed.push(after)
    }
    for (const workflow of changed) await place.store.snapshot(runKey(workflow), workflow)
    return changed.map(runKey)
  } finally {
    await place.close()
  }
}

function restartRuns(
  names: readonly string[],
  { status, ...options }: ManyRestartOptions,
  io: Io,
  change: Change,
): Promise<ExitCode> {
  const choice = { ...options, ...(status === undefined ? {} : { status }) }
  const choose = async (place: RunPlace): Promise<Chosen> => {
    const keys = await chooseRuns(place, names, choice)
    return Promise.all(keys.map(async (key) => ({ key, workflow: await lookUp(place, key) })))
  }
  return restart(choose, { change, paths: options.with }, options, io)
}

/** The run that is replaced must be nobody's, and a new one must not be there yet. */
async function claim(place: RunPlace, next: Workflow, replaced: string | undefined): Promise<void> {
  const key = runKey(next)
  if (key === replaced) await place.store.load(key)
  else await refuseKnown(place, key, `argo-ts delete ${key}`)
}

/** `argo-ts retry NAME…`: what failed, and what follows, runs again. */
export async function retry(
  names: readonly string[],
  options: ManyRestartOptions,
  io: Io,
): Promise<ExitCode> {
  return restartRuns(names, options, io, retryChange(options, io))
}

/** `argo-ts resubmit NAME…`: new runs of the same workflows. */
export async function resubmit(
  names: readonly string[],
  options: ManyRestartOptions,
  io: Io,
): Promise<ExitCode> {
  return restartRuns(names, options, io, resubmitChange(options, io))
}
