import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import {
  type Executor,
  formatTree,
  InvalidWorkflowError,
  type OpenRun,
  type OutcomeRule,
  openRun,
  processExecutor,
  type RunEvent,
  simulateExecutor,
  type TemplateSource,
  type Workflow,
  type WorkflowTemplate,
} from "@argo-ts/dag-engine"
import { epochMs, isJsonObject, recordOf } from "@argo-ts/kernel"
import { createVirtualClock, systemClock } from "@argo-ts/kernel/clock"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { formatFileIssue, placeIssue, toJsonIssue } from "../manifests/file-issue.js"
import { type Manifest, readManifests } from "../manifests/read.js"
import { lintAll } from "./lint.js"
import { readOutcomes } from "./outcomes.js"
import { createTreeScreen } from "./tree-screen.js"

/** Options of `run`. */
export interface RunOptions {
  readonly parameter: readonly string[]
  readonly executor: string
  readonly outcomes?: string
  readonly directory?: string
  readonly output: OutputFormat
}

const kinds: ReadonlySet<string> = new Set([
  "Workflow",
  "WorkflowTemplate",
  "ClusterWorkflowTemplate",
])

interface Submission {
  readonly workflow: Manifest
  readonly findTemplate: TemplateSource
}

/** Reads `-p name=value`; whatever the name, it is data. */
function readParameters(texts: readonly string[]): { readonly [name: string]: string } {
  return recordOf(
    texts.map((text) => {
      const at = text.indexOf("=")
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)] as const
      throw new CliError("InvalidOption", `-p: expected name=value, found ${JSON.stringify(text)}`)
    }),
  )
}

function refuse(lines: readonly string[], details: readonly object[]): never {
  throw new CliError("InvalidManifest", lines.join("\n"), { exitCode: 1, details })
}

/** The one Workflow of the paths and the templates beside it; refuses everything that is wrong with any of them. */
async function readSubmission(paths: readonly string[], io: Io): Promise<Submission> {
  const reading = readManifests(paths, io.cwd)
  const mine = reading.manifests.filter(({ value }) => kinds.has(value.kind))
  const judged = await lintAll(mine)
  const issues = [...reading.issues, ...judged.filter(({ severity }) => severity === "error")]
  if (issues.length > 0) refuse(issues.map(formatFileIssue), issues.map(toJsonIssue))
  const workflows = mine.filter(({ value }) => value.kind === "Workflow")
  const [workflow] = workflows
  if (workflow === undefined || workflows.length > 1) {
    const found = workflows.length === 0 ? "none" : String(workflows.length)
    throw new CliError("NoWorkflow", `${paths.join(", ")}: expected one Workflow, found ${found}`)
  }
  const templates = mine.map(({ value }) => value as unknown as WorkflowTemplate)
  const findTemplate: TemplateSource = ({ name, clusterScope }) => {
    const kind = clusterScope === true ? "ClusterWorkflowTemplate" : "WorkflowTemplate"
    return templates.find((each) => String(each.kind) === kind && each.metadata.name === name)?.spec
  }
  return { workflow, findTemplate }
}

/** Refuses parameters that the workflow does not declare, `__proto__` like any other. */
function checkParameters(
  given: { readonly [name: string]: string },
  { workflow, findTemplate }: Submission,
): void {
  const spec = isJsonObject(workflow.value["spec"]) ? workflow.value["spec"] : {}
  const reference = isJsonObject(spec["workflowTemplateRef"])
    ? spec["workflowTemplateRef"]
    : undefined
  const referred =
    reference === undefined
      ? undefined
      : findTemplate({
          name: String(reference["name"]),
          clusterScope: reference["clusterScope"] === true,
        })
  const declared = [spec, referred].flatMap((each) => {
    const parameters = (each as { arguments?: { parameters?: readonly { name: string }[] } })
      ?.arguments?.parameters
    return (parameters ?? []).map(({ name }) => name)
  })
  for (const name of Object.keys(given)) {
    if (declared.includes(name)) continue
    const known = declared.length === 0 ? "none" : declared.join(", ")
    throw new CliError(
      "UnknownParameter",
      `-p: expected a parameter of the workflow (${known}), found ${JSON.stringify(name)}`,
    )
  }
}

interface Execution {
  readonly executor: Executor
  readonly isVirtual: boolean
}

function createExecution(options: RunOptions, directory: string, io: Io): Execution {
  if (options.executor !== "process" && options.executor !== "simulate") {
    const found = JSON.stringify(options.executor)
    throw new CliError("InvalidOption", `--executor: expected process or simulate, found ${found}`)
  }
  if (options.executor === "simulate") {
    const rules: readonly OutcomeRule[] =
      options.outcomes === undefined ? [] : readOutcomes(options.outcomes, io.cwd)
    return { executor: simulateExecutor(rules), isVirtual: true }
  }
  if (options.outcomes !== undefined) {
    throw new CliError("InvalidOption", "--outcomes: expected --executor simulate beside it")
  }
  return { executor: processExecutor({ directory }), isVirtual: false }
}

function treeOf(run: OpenRun): () => string {
  return () => formatTree(run.workflow())
}

async function runToEnd(
  submission: Submission,
  execution: Execution,
  options: RunOptions,
  io: Io,
): Promise<Workflow> {
  const virtual = execution.isVirtual ? createVirtualClock(epochMs(Date.now())) : undefined
  const screen = createTreeScreen(io, options.output)
  const opened: { run?: OpenRun } = {}
  const on = (event: RunEvent): void => {
    if (event.type === "output") screen.output(event.nodeName, event.text)
    else if (opened.run !== undefined) screen.show(treeOf(opened.run))
  }
  const run = await openRun(submission.workflow.value, {
    executors: [execution.executor],
    findTemplate: submission.findTemplate,
    arguments: readParameters(options.parameter),
    clock: virtual ?? systemClock(),
    signal: io.signal,
    on,
  })
  opened.run = run
  let isDone = false
  const ended = run.done.finally(() => {
    isDone = true
  })
  ended.catch(() => {})
  await virtual?.runUntil(() => isDone, epochMs(Number.MAX_SAFE_INTEGER))
  const workflow = await ended
  screen.end(formatTree(workflow))
  return workflow
}

/** `argo-ts run PATH…`: 0 where the workflow succeeded, 1 where it did not. */
export async function run(
  paths: readonly string[],
  options: RunOptions,
  io: Io,
): Promise<ExitCode> {
  const submission = await readSubmission(paths, io)
  const { file, document } = submission.workflow
  checkParameters(readParameters(options.parameter), submission)
  const isTemporary = options.directory === undefined
  const directory = isTemporary
    ? mkdtempSync(join(tmpdir(), "argo-ts-run-"))
    : resolve(io.cwd, options.directory ?? "")
  try {
    const execution = createExecution(options, directory, io)
    if (!execution.isVirtual && options.output === "text") {
      io.err("steps run as processes of this machine, not in their images\n")
    }
    const workflow = await runToEnd(submission, execution, options, io)
    if (options.output === "json") io.out(`${JSON.stringify(workflow)}\n`)
    return workflow.status?.phase === "Succeeded" ? 0 : 1
  } catch (error) {
    if (!(error instanceof InvalidWorkflowError)) throw error
    const issues = error.issues.map((issue) => placeIssue(file, document, issue))
    return refuse(issues.map(formatFileIssue), issues.map(toJsonIssue))
  } finally {
    if (isTemporary) rmSync(directory, { recursive: true, force: true })
  }
}
