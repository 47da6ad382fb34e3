import { resubmitWorkflow, retryWorkflow, runKey, type Workflow } from "@argo-ts/dag-engine"
import { epochMs, type Result, safeEncode, sha1 } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io } from "../io.js"
import { keyOf, lookUp, openPlace } from "../workflows/place.js"
import { nodeSelector } from "../workflows/selector.js"
import { readParameters } from "../workflows/submission.js"
import { type RunOptions, run } from "./run.js"

/** Options of `retry` and `resubmit`: those of `run`, and what is done before. */
export interface RestartOptions extends Omit<RunOptions, "resume" | "from" | "entrypoint"> {
  readonly restartSuccessful?: true
  readonly nodeFieldSelector?: string
  readonly memoized?: true
  readonly name?: string
}

function valueOf(result: Result<Workflow>): Workflow {
  if (result.ok) return result.value
  throw new CliError("NotRetryable", result.issues[0]?.message ?? "refused", { exitCode: 1 })
}

/** Records what `change` makes of a stored run, as the run that is then run on. */
async function record(
  name: string,
  options: RestartOptions,
  io: Io,
  change: (workflow: Workflow) => Workflow,
): Promise<Workflow> {
  const place = await openPlace(options.store, io)
  try {
    const next = change(await lookUp(place, name))
    // The run that is replaced must be nobody's.
    if (runKey(next) === keyOf(name)) await place.store.load(keyOf(name))
    await place.store.snapshot(runKey(next), next)
    return next
  } finally {
    await place.close()
  }
}

function runOn(
  workflow: Workflow,
  paths: readonly string[],
  options: RestartOptions,
  io: Io,
): Promise<ExitCode> {
  return run(paths, { ...options, parameter: [], resume: runKey(workflow) }, io)
}

function given(
  options: RestartOptions,
  io: Io,
): { readonly arguments?: { readonly [name: string]: string } } {
  const values = readParameters(options.parameter, options.parameterFile, io)
  return Object.keys(values).length === 0 ? {} : { arguments: values }
}

/** `argo-ts retry NAME [PATH…]`: what failed, and what follows, runs again. */
export async function retry(
  name: string,
  paths: readonly string[],
  options: RestartOptions,
  io: Io,
): Promise<ExitCode> {
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
  const next = await record(name, options, io, (workflow) =>
    valueOf(retryWorkflow(workflow, epochMs(Date.now()), { ...chosen, ...given(options, io) })),
  )
  return runOn(next, paths, options, io)
}

/** `argo-ts resubmit NAME [PATH…]`: a new run of the same workflow. */
export async function resubmit(
  name: string,
  paths: readonly string[],
  options: RestartOptions,
  io: Io,
): Promise<ExitCode> {
  const now = epochMs(Date.now())
  const next = await record(name, options, io, (workflow) => {
    const old = workflow.metadata.name ?? "workflow"
    const fresh = options.name ?? `${old}-${safeEncode(sha1(`${old}${now}`).slice(0, 5))}`
    const memoized = options.memoized === true ? { memoized: true } : {}
    return valueOf(
      resubmitWorkflow(workflow, now, { name: fresh, ...memoized, ...given(options, io) }),
    )
  })
  return runOn(next, paths, options, io)
}
