import { InvalidWorkflowError } from "@argo-ts/dag-engine"
import { type Exploration, exploreWorkflow, simulateWorkflow } from "@argo-ts/dag-engine/testing"
import { CliError, type ExitCode, type Io } from "../io.js"
import { type OverrideFlags, readWorkflowDefaults } from "../workflows/overrides.js"
import { printWorkflow, type WorkflowFormat } from "../workflows/print.js"
import {
  checkParameters,
  readParameters,
  readSubmission,
  refuseInvalid,
} from "../workflows/submission.js"
import { readOutcomes } from "./outcomes.js"

/** Options of `simulate`. */
export interface SimulateOptions extends OverrideFlags {
  readonly parameter: readonly string[]
  readonly parameterFile?: string
  readonly entrypoint?: string
  readonly outcomes?: string
  readonly from?: string
  readonly workflowDefaults?: string
  readonly exhaustive?: true
  /** So many runs by chance. */
  readonly random?: number
  readonly seed: number
  readonly runsMax?: number
  readonly output: WorkflowFormat
}

/**
 * `argo-ts simulate PATH…`: one run on virtual time, every combination of outcomes, or many by chance. 0 where the one run
 * succeeded, or nothing is dead; 1 otherwise.
 */
export async function simulate(
  paths: readonly string[],
  options: SimulateOptions,
  io: Io,
): Promise<ExitCode> {
  const submission = await readSubmission(paths, options, io)
  const given = readParameters(options.parameter, options.parameterFile, io)
  checkParameters(given, submission)
  const workflowDefaults = readWorkflowDefaults(options.workflowDefaults, io)
  const common = {
    arguments: given,
    findTemplate: submission.findTemplate,
    findConfigMap: submission.findConfigMap,
    outcomes: options.outcomes === undefined ? [] : readOutcomes(options.outcomes, io.cwd),
    ...(options.entrypoint === undefined ? {} : { entrypoint: options.entrypoint }),
    ...(workflowDefaults === undefined ? {} : { workflowDefaults }),
  }
  try {
    if (options.exhaustive === true || options.random !== undefined) {
      const { random: runs, seed, runsMax } = options
      const found = exploreWorkflow(submission.manifest, {
        ...common,
        ...(runsMax === undefined ? {} : { runsMax }),
        ...(runs === undefined ? {} : { random: { seed, runs } }),
      })
      return answer(found, options, io)
    }
    const workflow = await simulateWorkflow(submission.manifest, { ...common, resume: true })
    printWorkflow(workflow, options.output, io)
    return workflow.status?.phase === "Succeeded" ? 0 : 1
  } catch (error) {
    if (error instanceof InvalidWorkflowError) return refuseInvalid(submission, error.issues)
    throw error
  }
}

function answer(found: Exploration, options: SimulateOptions, io: Io): ExitCode {
  const { runs, isComplete, phases, deadSteps, deadHandlers, afterFailure } = found
  // Chance proves nothing dead.
  const isFine = !isComplete || deadSteps.length + deadHandlers.length === 0
  if (options.output === "json") io.out(`${JSON.stringify(found)}\n`)
  else if (options.output !== "tree") {
    throw new CliError("InvalidOption", `-o: expected text or json, found "${options.output}"`)
  } else {
    const counts = Object.keys(phases).map((phase) => `${phases[phase]} ${phase}`)
    const what = isComplete ? "every combination of outcomes" : "not every combination of outcomes"
    io.out(`${runs} runs, ${what}: ${counts.join(", ")}\n`)
    const never = isComplete ? "never runs" : "did not run"
    for (const step of deadSteps) io.out(`${step} ${never}\n`)
    for (const handler of deadHandlers) io.out(`the handler ${handler} ${never}\n`)
    for (const { step, after } of afterFailure) io.out(`${step} may run after ${after} failed\n`)
  }
  return isFine ? 0 : 1
}
