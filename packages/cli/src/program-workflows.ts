import type { Command } from "commander"
import type { BackfillOptions } from "./commands/backfill.js"
import { type Io, outputFormat } from "./io.js"
import { addArchive } from "./program-archive.js"
import { addControls } from "./program-controls.js"
import {
  collect,
  command,
  type Done,
  integer,
  narrowing,
  type OutputFlag,
  type StoreFlag,
  wholeNumber,
  withExamples,
  workflowForms,
} from "./program-parts.js"
import { addReaders } from "./program-readers.js"
import { addStore } from "./program-store.js"
import { addSync } from "./program-sync.js"
import type { NodeFilterFlags } from "./workflows/node-filter.js"
import type { OverrideFlags } from "./workflows/overrides.js"

interface RunFlags extends OutputFlag, StoreFlag, OverrideFlags, NodeFilterFlags {
  readonly parameter: readonly string[]
  readonly parameterFile?: string
  readonly entrypoint?: string
  readonly executor: string
  readonly outcomes?: string
  readonly directory?: string
  readonly resume?: string
  readonly from?: string
  readonly scheduledTime?: string
  readonly workflowDefaults?: string
  readonly dryRun?: true
  readonly watch?: true
}

const pathText = "a Workflow, and the templates, ConfigMaps and Secrets it refers to"
const outcomesText = "for simulations: a YAML list of {node, template, attempt, phase, …}"

/** The options about who runs steps, and where. */
function executing(sub: Command): Command {
  return sub
    .option(
      "--executor <kind>",
      "process: commands run on this machine; simulate: nothing runs",
      "process",
    )
    .option("--directory <path>", "where steps work and artifacts stay (default: nowhere)")
    .option(
      "--store <place>",
      "where the run is kept: a directory or a postgres:// URL (default: nowhere)",
    )
}

/** The options that `run` and `simulate` share. */
function submitting(sub: Command): Command {
  return sub
    .option("-p, --parameter <name=value>", "an argument of the workflow", collect, [])
    .option("-f, --parameter-file <file>", "arguments: a mapping in YAML or JSON")
    .option("--entrypoint <template>", "the template to run instead of the manifest's")
    .option("--name <name>", "of the run, instead of the manifest's")
    .option("--generate-name <prefix>", "of the run's name; five letters follow")
    .option("-l, --labels <name=value>", "also these labels, separated by commas", collect, [])
    .option("--priority <number>", "the larger goes first where runs wait", integer)
    .option("--workflow-defaults <file>", "metadata and spec of what does not say otherwise")
    .option("--from <kind/name>", "run cronwf/…, wftmpl/… or cwft/… of the files")
    .option("--scheduled-time <instant>", "which run of cronwf/… it is (default: now's)")
    .option("--outcomes <file>", outcomesText)
}

function addRun(program: Command, io: Io, done: Done): void {
  const sub = command(program, "run", "run a Workflow here")
  withExamples(
    sub,
    "run hello.yaml -p who=moon",
    "run hello.yaml --name evening --store runs --watch -o name",
    "run hello.yaml --executor simulate --outcomes outcomes.yaml -o json",
    "run nightly.yaml --from cronwf/nightly --entrypoint main",
    "run hello.yaml --generate-name hello- -l team=shop --priority 5 --store runs",
    "run hello.yaml -p who=moon --workflow-defaults defaults.yaml --dry-run -o yaml",
  )
  narrowing(executing(submitting(sub).argument("[path...]", pathText)))
    .option("--dry-run", "only print the Workflow")
    .option("--resume <name>", "go on with a run of the store")
    .option("--watch", "tell every change, also without a terminal")
    .option("-o, --output <format>", workflowForms)
    .action(async (paths: readonly string[], { output, ...flags }: RunFlags) => {
      const { run } = await import("./commands/run.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await run(paths, { ...flags, output: workflowFormat(output) }, io))
    })
}

interface SimulateFlags extends Omit<RunFlags, "executor"> {
  readonly exhaustive?: true
  readonly random?: number
  readonly seed: number
  readonly runsMax?: number
}

function addSimulate(program: Command, io: Io, done: Done): void {
  const sub = command(program, "simulate", "run a Workflow on virtual time, in one way or in all")
  withExamples(
    sub,
    "simulate hello.yaml --outcomes outcomes.yaml",
    "simulate hello.yaml --exhaustive",
    "simulate hello.yaml --random 20 --seed 4",
  )
  submitting(sub)
    .argument("<path...>", pathText)
    .option(
      "--exhaustive",
      "every combination of outcomes: what never runs, what runs after a failure",
    )
    .option("--random <runs>", "so many runs by chance", wholeNumber)
    .option("--seed <number>", "of everything random", wholeNumber, 1)
    .option("--runs-max <number>", "at most so many combinations", wholeNumber)
    .option("-o, --output <format>", workflowForms)
    .action(async (paths: readonly string[], { output, ...flags }: SimulateFlags) => {
      const { simulate } = await import("./commands/simulate.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await simulate(paths, { ...flags, output: workflowFormat(output) }, io))
    })
}

function addCron(program: Command, io: Io, done: Done): void {
  const cron = command(program, "cron", "schedules").enablePositionalOptions()
  const next = cron
    .command("next")
    .description("when a schedule, or the CronWorkflows of a file, run next")
    .argument("<schedule-or-path>", "like '0 3 * * *', or a file")
    .option("-n, --count <number>", "so many times", wholeNumber, 5)
    .option("--after <instant>", "RFC 3339 (default: now)")
    .option("--zone <name>", "the time zone of a bare schedule (default: UTC)")
    .option("-o, --output <format>", "text or json")
    .action(
      async (
        what: string,
        { output, ...flags }: OutputFlag & { count: number; after?: string; zone?: string },
      ) => {
        const { cronNext } = await import("./commands/cron.js")
        done(cronNext(what, { ...flags, output: outputFormat(output) }, io))
      },
    )
  withExamples(
    next,
    "cron next '0 3 * * *' --zone Europe/Berlin -n 3",
    "cron next nightly.yaml --after 2026-03-28T12:00:00Z -o json",
  )
  const backfill = addBackfill(cron, io, done)
  for (const each of [next, backfill]) {
    each.exitOverride().configureOutput({ writeOut: io.out, writeErr: () => {} })
  }
}

type BackfillFlags = Omit<BackfillOptions, "output"> & OutputFlag

function addBackfill(cron: Command, io: Io, done: Done): Command {
  const sub = cron
    .command("backfill")
    .description("make the runs that a CronWorkflow has not had in a period")
    .argument("<path...>", "a CronWorkflow and the templates it refers to")
    .requiredOption("--start <instant>", "runs are made for what its schedules name after this")
    .option("--end <instant>", "and up to this, RFC 3339 (default: now)")
    .option("--cron <name>", "which CronWorkflow of the files")
    .option("--name <name>", "what the backfill is called (default: letters by chance)")
    .option("--parallel <number>", "so many at the same time", wholeNumber, 1)
    .option("--argname <name>", "the argument that tells a run its instant", "cronScheduleTime")
    .option("--max <number>", "at most so many runs", wholeNumber, 1000)
    .option("--dry-run", "print the Workflows, and run nothing")
  executing(sub)
    .option("--outcomes <file>", outcomesText)
    .option("-o, --output <format>", "text or json")
  sub.action(async (paths: readonly string[], { output, ...flags }: BackfillFlags) => {
    const { backfill } = await import("./commands/backfill.js")
    done(await backfill(paths, { ...flags, output: outputFormat(output) }, io))
  })
  return withExamples(
    sub,
    "cron backfill nightly.yaml --start 2026-03-01T00:00:00Z --end 2026-03-04T00:00:00Z --dry-run",
    "cron backfill nightly.yaml --start 2026-03-01T00:00:00Z --end 2026-03-04T00:00:00Z --parallel 2",
  )
}

function addGraph(program: Command, io: Io, done: Done): void {
  const sub = command(program, "graph", "the steps of a Workflow as a drawing")
  withExamples(sub, "graph hello.yaml -o mermaid", "graph hello.yaml -o svg")
  sub
    .argument("<path...>", "a Workflow or template, and those it refers to")
    .option("-o, --output <format>", "dot, mermaid or svg", "mermaid")
    .action(async (paths: readonly string[], { output = "mermaid" }: OutputFlag) => {
      const { graph } = await import("./commands/graph.js")
      done(await graph(paths, { output }, io))
    })
}

/** The commands for workflows; each loads its code only when it runs. */
export function addWorkflowCommands(program: Command, io: Io, done: Done): void {
  addRun(program, io, done)
  addSimulate(program, io, done)
  addReaders(program, io, done)
  addControls(program, io, done)
  addStore(program, io, done)
  addArchive(program, io, done)
  addSync(program, io, done)
  addCron(program, io, done)
  addGraph(program, io, done)
}
