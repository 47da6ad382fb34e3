import type { Command } from "commander"
import type { BackfillOptions } from "./commands/backfill.js"
import { type Io, outputFormat } from "./io.js"
import {
  collect,
  command,
  type Done,
  type OutputFlag,
  type StoreFlag,
  storeText,
  wholeNumber,
  withExamples,
  workflowForms,
} from "./program-parts.js"
import { addReaders } from "./program-readers.js"

interface RunFlags extends OutputFlag, StoreFlag {
  readonly parameter: readonly string[]
  readonly parameterFile?: string
  readonly entrypoint?: string
  readonly executor: string
  readonly outcomes?: string
  readonly directory?: string
  readonly resume?: string
  readonly from?: string
  readonly scheduledTime?: string
  readonly watch?: true
}

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
    .option("--parameter-file <file>", "arguments: a mapping in YAML or JSON")
    .option("--entrypoint <template>", "the template to run instead of the manifest's")
    .option("--from <kind/name>", "run cronwf/…, wftmpl/… or cwft/… of the files")
    .option("--scheduled-time <instant>", "which run of cronwf/… it is (default: now's)")
    .option("--outcomes <file>", outcomesText)
}

function addRun(program: Command, io: Io, done: Done): void {
  const sub = command(program, "run", "run a Workflow here")
  withExamples(
    sub,
    "run hello.yaml -p who=moon",
    "run hello.yaml --store runs --watch -o name",
    "run hello.yaml --executor simulate --outcomes outcomes.yaml -o json",
    "run nightly.yaml --from cronwf/nightly --entrypoint main",
  )
  executing(submitting(sub).argument("[path...]", "a Workflow and the templates it refers to"))
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
    .argument("<path...>", "a Workflow and the templates it refers to")
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

interface ControlFlags extends OutputFlag, StoreFlag {
  readonly message?: string
  readonly nodeFieldSelector?: string
}

const selectorText = "only suspended nodes like displayName=gate,phase=Running"

function controlling(program: Command, name: string, about: string): Command {
  return command(program, name, about)
    .argument("<name>", "name or namespace/name")
    .option("--store <place>", storeText)
    .option("-o, --output <format>", "text or json")
}

function addControls(program: Command, io: Io, done: Done): void {
  const stop = controlling(program, "stop", "end a run: steps are ended, exit handlers run")
    .option("--node-field-selector <selector>", `fail instead ${selectorText}`)
    .option("-m, --message <text>", "why, for those nodes")
  withExamples(
    stop,
    "stop gated --node-field-selector displayName=gate -m 'not today' --store runs",
    "stop waiting --store runs",
  )
  stop.action(async (run: string, { output, ...flags }: ControlFlags) => {
    const { stop: end } = await import("./commands/control.js")
    done(await end(run, { ...flags, output: outputFormat(output) }, io))
  })
  const terminate = controlling(program, "terminate", "end a run at once")
  withExamples(terminate, "terminate ending --store runs -o json")
  terminate.action(async (run: string, { output, ...flags }: ControlFlags) => {
    const { terminate: end } = await import("./commands/control.js")
    done(await end(run, { ...flags, output: outputFormat(output) }, io))
  })
  const suspend = controlling(program, "suspend", "start nothing new of a run")
  withExamples(suspend, "suspend gated --store runs")
  suspend.action(async (name: string, { output, ...flags }: ControlFlags) => {
    const { suspend: hold } = await import("./commands/control.js")
    done(await hold(name, { ...flags, output: outputFormat(output) }, io))
  })
  const about = "let a suspended run, or one suspended node, go on"
  const resume = controlling(program, "resume", about)
    .argument("[node]", "a node's id, name or display name")
    .option("--node-field-selector <selector>", selectorText)
  withExamples(
    resume,
    "resume gated --store runs",
    "resume gated gate --store runs",
    "resume gated --node-field-selector templateName=gate --store runs",
  )
  resume.action(
    async (name: string, node: string | undefined, { output, ...flags }: ControlFlags) => {
      const { resume: go } = await import("./commands/control.js")
      done(await go(name, node, { ...flags, output: outputFormat(output) }, io))
    },
  )
}

interface RestartFlags extends Omit<RunFlags, "resume" | "from" | "entrypoint"> {
  readonly restartSuccessful?: true
  readonly nodeFieldSelector?: string
  readonly memoized?: true
  readonly name?: string
}

function addRestarts(program: Command, io: Io, done: Done): void {
  const restarting = (name: string, about: string): Command =>
    command(program, name, about)
      .argument("<name>", "name or namespace/name")
      .argument("[path...]", "the templates it refers to")
      .option("--store <place>", storeText)
      .option("-p, --parameter <name=value>", "an argument of the workflow", collect, [])
      .option("--parameter-file <file>", "arguments: a mapping in YAML or JSON")
      .option("--executor <kind>", "process or simulate", "process")
      .option("--outcomes <file>", "for simulations")
      .option("--directory <path>", "where steps work (default: in the store)")
      .option("--watch", "tell every change, also without a terminal")
      .option("-o, --output <format>", workflowForms)
  const retrying = restarting("retry", "run again what failed in a run, and what follows")
  withExamples(
    retrying,
    "retry broken --store runs --executor simulate",
    "retry hello --restart-successful --node-field-selector displayName=greet --store runs",
  )
  retrying
    .option("--restart-successful", "also what --node-field-selector names")
    .option("--node-field-selector <selector>", "like displayName=build,phase=Succeeded")
    .action(async (name: string, paths: readonly string[], { output, ...flags }: RestartFlags) => {
      const { retry } = await import("./commands/restart.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await retry(name, paths, { ...flags, output: workflowFormat(output) }, io))
    })
  const resubmitting = restarting("resubmit", "run a workflow of the store again, as a new run")
  withExamples(resubmitting, "resubmit hello --name again -p who=mars --store runs")
  resubmitting
    .option("--memoized", "take over what succeeded")
    .option("--name <name>", "of the new run (default: made from the old one)")
    .action(async (name: string, paths: readonly string[], { output, ...flags }: RestartFlags) => {
      const { resubmit } = await import("./commands/restart.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await resubmit(name, paths, { ...flags, output: workflowFormat(output) }, io))
    })
}

interface NodeSetFlags extends OutputFlag, StoreFlag {
  readonly phase?: string
  readonly message?: string
  readonly parameter: readonly string[]
}

function addGroups(program: Command, io: Io, done: Done): void {
  const node = command(program, "node", "nodes of a run").enablePositionalOptions()
  const set = node
    .command("set")
    .description(
      "give a suspended node outputs, a message and a phase; it ends when no output is missing",
    )
    .argument("<name>", "name or namespace/name of the run")
    .argument("<node>", "a node's id, name or display name")
    .option("--store <place>", storeText)
    .option("--phase <phase>", "Succeeded, Failed, Error or Skipped")
    .option("-m, --message <text>", "why")
    .option("-p, --parameter <name=value>", "an output", collect, [])
    .option("-o, --output <format>", "text or json")
    .action(async (name: string, wanted: string, { output, ...flags }: NodeSetFlags) => {
      const { nodeSet } = await import("./commands/control.js")
      done(await nodeSet(name, wanted, { ...flags, output: outputFormat(output) }, io))
    })
  withExamples(set, "node set gated gate -p word=bye --phase Succeeded --store runs")
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
  for (const each of [set, next, backfill]) {
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
  addRestarts(program, io, done)
  addGroups(program, io, done)
  addGraph(program, io, done)
}
