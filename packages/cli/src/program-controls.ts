import type { Command } from "commander"
import type { RestartOptions } from "./commands/restart.js"
import { type Io, outputFormat } from "./io.js"
import {
  collect,
  command,
  type Done,
  integer,
  type OutputFlag,
  runText,
  type StoreFlag,
  several,
  storeText,
  withExamples,
  workflowForms,
} from "./program-parts.js"
import type { ChoiceFlags } from "./workflows/choose.js"

interface ControlFlags extends OutputFlag, StoreFlag, ChoiceFlags {
  readonly dryRun?: true
  readonly message?: string
  readonly node?: string
  readonly nodeFieldSelector?: string
}

const selectorText = "only suspended nodes like displayName=gate,phase=Running"

function controlling(program: Command, name: string, about: string): Command {
  return several(command(program, name, about))
    .option("--dry-run", "only tell which")
    .option("--store <place>", storeText)
    .option("-o, --output <format>", "text or json")
}

function addEnds(program: Command, io: Io, done: Done): void {
  const stop = controlling(program, "stop", "end runs: steps are ended, exit handlers run")
    .option("--node-field-selector <selector>", `fail instead ${selectorText}`)
    .option("-m, --message <text>", "why, for those nodes")
  withExamples(
    stop,
    "stop gated --node-field-selector displayName=gate -m 'not today' --store runs",
    "stop waiting ending --store runs",
    "stop --running --older 0s --dry-run --store runs",
  )
  stop.action(async (names: readonly string[], { output, ...flags }: ControlFlags) => {
    const { stop: end } = await import("./commands/control.js")
    done(await end(names, { ...flags, output: outputFormat(output) }, io))
  })
  const terminate = controlling(program, "terminate", "end runs at once")
  withExamples(
    terminate,
    "terminate ending --store runs -o json",
    "terminate --running --prefix wait --store runs",
  )
  terminate.action(async (names: readonly string[], { output, ...flags }: ControlFlags) => {
    const { terminate: end } = await import("./commands/control.js")
    done(await end(names, { ...flags, output: outputFormat(output) }, io))
  })
}

function addPauses(program: Command, io: Io, done: Done): void {
  const suspend = controlling(program, "suspend", "start nothing new of runs")
  withExamples(suspend, "suspend gated --store runs", "suspend --running --store runs")
  suspend.action(async (names: readonly string[], { output, ...flags }: ControlFlags) => {
    const { suspend: hold } = await import("./commands/control.js")
    done(await hold(names, { ...flags, output: outputFormat(output) }, io))
  })
  const about = "let suspended runs, or some suspended nodes, go on"
  const resume = controlling(program, "resume", about)
    .option("--node <node>", "only this one: a node's id, name or display name")
    .option("--node-field-selector <selector>", selectorText)
  withExamples(
    resume,
    "resume gated waiting --store runs",
    "resume gated --node gate --store runs",
    "resume gated --node-field-selector templateName=gate --store runs",
  )
  resume.action(async (names: readonly string[], { output, ...flags }: ControlFlags) => {
    const { resume: go } = await import("./commands/control.js")
    done(await go(names, { ...flags, output: outputFormat(output) }, io))
  })
}

interface RestartFlags extends Omit<RestartOptions, "output" | "status">, OutputFlag, ChoiceFlags {
  readonly with: readonly string[]
}

/** The options of commands that run something of the store again. */
export function restarting(sub: Command): Command {
  return sub
    .option("--store <place>", storeText)
    .option("--with <path>", "the templates, ConfigMaps and Secrets it refers to", collect, [])
    .option("-p, --parameter <name=value>", "an argument of the workflow", collect, [])
    .option("-f, --parameter-file <file>", "arguments: a mapping in YAML or JSON")
    .option("--executor <kind>", "process or simulate", "process")
    .option("--outcomes <file>", "for simulations")
    .option("--directory <path>", "where steps work (default: in the store)")
    .option("--watch", "tell every change, also without a terminal")
    .option("-o, --output <format>", workflowForms)
}

/** The options of `retry`, here and of the archive. */
export function retrying(sub: Command): Command {
  return restarting(sub)
    .option("--restart-successful", "also what --node-field-selector names")
    .option("--node-field-selector <selector>", "like displayName=build,phase=Succeeded")
}

/** The options of `resubmit`, here and of the archive. */
export function resubmitting(sub: Command): Command {
  return restarting(sub)
    .option("--memoized", "take over what succeeded")
    .option("--priority <number>", "of the new run: the larger goes first", integer)
    .option("--name <name>", "of the new run (default: made from the old one)")
}

function addRestarts(program: Command, io: Io, done: Done): void {
  const again = several(
    command(program, "retry", "run again what failed in runs, and what follows"),
  )
  withExamples(
    again,
    "retry broken --store runs --executor simulate",
    "retry --status failed --store runs --executor simulate -p who=moon",
    "retry hello --restart-successful --node-field-selector displayName=greet --store runs",
  )
  retrying(again).action(async (names: readonly string[], { output, ...flags }: RestartFlags) => {
    const { retry } = await import("./commands/restart.js")
    const { workflowFormat } = await import("./workflows/print.js")
    done(await retry(names, { ...flags, output: workflowFormat(output) }, io))
  })
  const anew = several(
    command(program, "resubmit", "run workflows of the store again, as new runs"),
  )
  withExamples(
    anew,
    "resubmit hello --name again -p who=mars --store runs",
    "resubmit hello --priority 5 --store runs -o name",
  )
  resubmitting(anew).action(
    async (names: readonly string[], { output, ...flags }: RestartFlags) => {
      const { resubmit } = await import("./commands/restart.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await resubmit(names, { ...flags, output: workflowFormat(output) }, io))
    },
  )
}

interface NodeSetFlags extends OutputFlag, StoreFlag {
  readonly phase?: string
  readonly message?: string
  readonly nodeFieldSelector?: string
  readonly parameter: readonly string[]
}

function addNodeSet(program: Command, io: Io, done: Done): void {
  const node = command(program, "node", "nodes of a run").enablePositionalOptions()
  const set = node
    .command("set")
    .description(
      "give suspended nodes outputs, a message and a phase; each ends when no output is missing",
    )
    .argument("<name>", runText)
    .argument("[node]", "a node's id, name or display name")
    .option("--node-field-selector <selector>", selectorText)
    .option("--store <place>", storeText)
    .option("--phase <phase>", "Succeeded, Failed, Error or Skipped")
    .option("-m, --message <text>", "why")
    .option("-p, --parameter <name=value>", "an output", collect, [])
    .option("-o, --output <format>", "text or json")
    .action(async (name: string, wanted: string | undefined, flags: NodeSetFlags) => {
      const { nodeSet } = await import("./commands/control.js")
      const output = outputFormat(flags.output)
      done(await nodeSet(name, wanted, { ...flags, output }, io))
    })
  withExamples(
    set,
    "node set gated gate -p word=bye --phase Succeeded --store runs",
    "node set gated --node-field-selector displayName=gate --phase Failed -m 'not today' --store runs",
  )
  set.exitOverride().configureOutput({ writeOut: io.out, writeErr: () => {} })
}

/** The commands that tell runs what to do, or do them again. */
export function addControls(program: Command, io: Io, done: Done): void {
  addEnds(program, io, done)
  addPauses(program, io, done)
  addRestarts(program, io, done)
  addNodeSet(program, io, done)
}
