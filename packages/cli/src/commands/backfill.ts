import { randomBytes } from "node:crypto"
import { type CronWorkflow, InvalidWorkflowError, type Workflow } from "@argo-ts/dag-engine"
import {
  type BackfillOptions as BackfillPeriod,
  backfillRuns,
  scheduledTimeAnnotation,
} from "@argo-ts/dag-engine/cron"
import { epochMs, formatIssue, type JsonValue } from "@argo-ts/kernel"
import { formatManifests } from "@argo-ts/kernel/yaml"
import PQueue from "p-queue"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import type { Manifest } from "../manifests/read.js"
import { createExecution } from "../workflows/execution.js"
import {
  checkManifests,
  nameOf,
  readInstant,
  readWorkflows,
  refuseInvalid,
  surroundingsAmong,
} from "../workflows/submission.js"
import { inPlace, runToEnd } from "./run.js"

/** Options of `cron backfill`. */
export interface BackfillOptions {
  readonly cron?: string
  readonly name?: string
  readonly start: string
  readonly end?: string
  readonly parallel: number
  readonly argname: string
  readonly max: number
  readonly dryRun?: true
  readonly executor: string
  readonly outcomes?: string
  readonly directory?: string
  readonly store?: string
  readonly output: OutputFormat
}

/** `argo-ts cron backfill PATH…`: 0 where all runs of the period succeeded, 1 where one did not. */
export async function backfill(
  paths: readonly string[],
  options: BackfillOptions,
  io: Io,
): Promise<ExitCode> {
  if (options.parallel < 1) {
    throw new CliError("InvalidOption", "--parallel: expected 1 or more, found 0")
  }
  const manifests = await readWorkflows(paths, io)
  const source = cronAmong(manifests, options.cron, paths)
  await checkManifests([source])
  const runs = runsOf(source.value as unknown as CronWorkflow, options)
  if (options.dryRun === true) {
    const objects = runs as readonly unknown[] as readonly JsonValue[]
    io.out(
      options.output === "json"
        ? `${JSON.stringify({ runs: objects })}\n`
        : formatManifests(objects),
    )
    return 0
  }
  const surroundings = await surroundingsAmong(manifests)
  return inPlace(options, io, async (workplace) => {
    const { place } = workplace
    const execution = createExecution(options, workplace, { ...surroundings, io })
    const queue = new PQueue({ concurrency: options.parallel })
    const { name: _name, ...rest } = options
    const runOptions = { ...rest, output: "json", parameter: [] } as const
    const ended = runs.map((manifest) =>
      queue.add(async () => {
        const subject = { ...surroundings, manifest }
        const workflow = await runToEnd(subject, execution, place, { options: runOptions, io })
        if (options.output === "text") io.out(lineOf(workflow))
        return workflow
      }),
    )
    const workflows = await Promise.all(ended).finally(() => {
      // Where one cannot even begin, no other does; what runs still needs its place.
      queue.clear()
      return queue.onIdle().finally(execution.close)
    })
    if (options.output === "json") {
      io.out(`${JSON.stringify({ runs: workflows.map(summaryOf) })}\n`)
    } else if (workflows.length === 0) io.out("the schedules name no instant of that period\n")
    return workflows.every(({ status }) => status?.phase === "Succeeded") ? 0 : 1
  }).catch((error: unknown) => {
    if (!(error instanceof InvalidWorkflowError)) throw error
    return refuseInvalid({ source }, error.issues)
  })
}

function cronAmong(
  manifests: readonly Manifest[],
  name: string | undefined,
  paths: readonly string[],
): Manifest {
  const crons = manifests.filter(({ value }) => value.kind === "CronWorkflow")
  const chosen = crons.filter(({ value }) => name === undefined || nameOf(value) === name)
  const [cron] = chosen
  if (cron !== undefined && chosen.length === 1) return cron
  const names = crons.map(({ value }) => nameOf(value)).join(", ")
  const expected = name === undefined ? "one CronWorkflow, or --cron NAME" : `CronWorkflow ${name}`
  const found = names === "" ? "none" : names
  throw new CliError("NotFound", `${paths.join(", ")}: expected ${expected}, found ${found}`)
}

function runsOf(cron: CronWorkflow, options: BackfillOptions): readonly Workflow[] {
  const period: BackfillPeriod = {
    name: options.name ?? randomBytes(3).toString("hex"),
    start: readInstant("--start", options.start),
    end: options.end === undefined ? epochMs(Date.now()) : readInstant("--end", options.end),
    isParallel: options.parallel > 1,
    argument: options.argname,
    maxRuns: options.max,
  }
  const runs = backfillRuns(cron, period)
  if (runs.ok) return runs.value
  const message = runs.issues.map(formatIssue).join("\n")
  throw new CliError("InvalidOption", message, { exitCode: 1 })
}

function lineOf(workflow: Workflow): string {
  const { name, scheduledTime, phase, message } = summaryOf(workflow)
  return `${scheduledTime}  ${name}  ${phase}${message === undefined ? "" : `: ${message}`}\n`
}

function summaryOf({ metadata, status }: Workflow) {
  const { phase = "Pending", message } = status ?? {}
  return {
    name: metadata.name ?? "",
    scheduledTime: metadata.annotations?.[scheduledTimeAnnotation] ?? "",
    phase,
    ...(message === undefined || message === "" ? {} : { message }),
  }
}
