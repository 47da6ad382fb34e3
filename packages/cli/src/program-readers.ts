import type { Command } from "commander"
import { type Io, outputFormat } from "./io.js"
import {
  choosing,
  command,
  type Done,
  narrowing,
  type OutputFlag,
  runText,
  type StoreFlag,
  several,
  storeText,
  wholeNumber,
  withExamples,
  workflowForms,
} from "./program-parts.js"
import type { ChoiceFlags } from "./workflows/choose.js"
import type { RunFilterFlags } from "./workflows/filter.js"
import type { NodeFilterFlags } from "./workflows/node-filter.js"

interface GetFlags extends OutputFlag, StoreFlag, NodeFilterFlags {}

function addGet(program: Command, io: Io, done: Done): void {
  const sub = command(program, "get", "a run of the store")
  withExamples(
    sub,
    "get hello --store runs -o yaml",
    "get @latest --store runs",
    "get broken --status Failed,Error --store runs",
  )
  narrowing(sub.argument("<name>", runText))
    .option("--store <place>", storeText)
    .option("-o, --output <format>", workflowForms)
    .action(async (name: string, { output, ...flags }: GetFlags) => {
      const { get } = await import("./commands/runs.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await get(name, { ...flags, output: workflowFormat(output) }, io))
    })
}

function addWatch(program: Command, io: Io, done: Done): void {
  const sub = command(program, "watch", "show a run until it is over; 0 where it succeeded")
  withExamples(sub, "watch hello --store runs", "watch hello --status succeeded --store runs")
  narrowing(sub.argument("<name>", runText))
    .option("--store <place>", storeText)
    .option("-o, --output <format>", `at the end: ${workflowForms}`)
    .action(async (name: string, { output, ...flags }: GetFlags) => {
      const { watch } = await import("./commands/watch.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await watch(name, { ...flags, output: workflowFormat(output) }, io))
    })
}

function addList(program: Command, io: Io, done: Done): void {
  const listing = command(program, "list", "the runs of the store")
  withExamples(
    listing,
    "list --store runs --status succeeded,failed",
    "list --store runs --since 1h --running -o name",
    "list --store runs -l team=shop -o json",
  )
  choosing(listing)
    .option("--store <place>", storeText)
    .option("-o, --output <format>", "text, json or name")
    .action(async ({ output, ...flags }: OutputFlag & StoreFlag & RunFilterFlags) => {
      const { list } = await import("./commands/runs.js")
      done(await list({ ...flags, output: output === "name" ? output : outputFormat(output) }, io))
    })
}

interface DeleteFlags extends OutputFlag, StoreFlag, ChoiceFlags {
  readonly dryRun?: true
}

function addDelete(program: Command, io: Io, done: Done): void {
  const sub = command(program, "delete", "forget runs of the store, and where their steps worked")
  withExamples(
    sub,
    "delete hello broken --store runs",
    "delete --completed --older 0s --store runs",
    "delete --all --dry-run --store runs -o json",
  )
  several(sub)
    .option("--dry-run", "only tell which")
    .option("--store <place>", storeText)
    .option("-o, --output <format>", "text or json")
    .action(async (names: readonly string[], { output, ...flags }: DeleteFlags) => {
      const { deleteRuns } = await import("./commands/delete.js")
      done(await deleteRuns(names, { ...flags, output: outputFormat(output) }, io))
    })
}

interface WaitFlags extends OutputFlag, StoreFlag {
  readonly ignoreNotFound?: true
  readonly timeout?: string
}

function addWait(program: Command, io: Io, done: Done): void {
  const sub = command(program, "wait", "wait until runs are over; 0 where all have succeeded")
  withExamples(
    sub,
    "wait hello --store runs",
    "wait hello gone --ignore-not-found --timeout 5m --store runs -o json",
  )
  sub
    .argument("<name...>", runText)
    .option("--ignore-not-found", "a run that is not there is no error")
    .option("--timeout <duration>", "at most so long, like 90s (default: as long as it takes)")
    .option("--store <place>", storeText)
    .option("-o, --output <format>", "text or json")
    .action(async (names: readonly string[], { output, ...flags }: WaitFlags) => {
      const { waitFor } = await import("./commands/wait.js")
      done(await waitFor(names, { ...flags, output: outputFormat(output) }, io))
    })
}

interface LogsFlags extends OutputFlag, StoreFlag, NodeFilterFlags {
  readonly directory?: string
  readonly container?: string
  readonly follow?: true
  readonly grep?: string
  readonly tail?: number
  readonly since?: string
  readonly sinceTime?: string
}

function addLogs(program: Command, io: Io, done: Done): void {
  const logging = command(program, "logs", "what the steps of a run wrote")
  withExamples(
    logging,
    "logs hello greet --store runs",
    "logs hello -f --grep '^w' --store runs",
    "logs hello --tail 10 --since 1h --store runs -o json",
    "logs hello --node-field-selector templateName=say --store runs",
  )
  logging
    .argument("<name>", runText)
    .argument("[node]", "a node's id, name or display name")
    .option("-f, --follow", "go on until the run is over")
    .option("-c, --container <name>", "an init container, a sidecar or one of a set", "main")
    .option("--node-field-selector <selector>", "only steps like displayName=build,phase=Failed")
    .option("--grep <expression>", "only lines that match a regular expression")
    .option("--tail <lines>", "only the last lines of each step", wholeNumber)
    .option("--since <duration>", "only of steps that still ran then, like 30m")
    .option("--since-time <instant>", "only of steps that still ran then, RFC 3339")
    .option("--store <place>", storeText)
    .option("--directory <path>", "where its steps worked (default: in the store)")
    .option("-o, --output <format>", "text or json")
    .action(async (name: string, node: string | undefined, { output, ...flags }: LogsFlags) => {
      const { logs } = await import("./commands/logs.js")
      done(await logs(name, node, { ...flags, output: outputFormat(output) }, io))
    })
}

function addExplain(program: Command, io: Io, done: Done): void {
  const sub = command(program, "explain", "what a run, or one node of it, waits for")
  withExamples(sub, "explain gated --store runs", "explain gated gate --store runs -o json")
  sub
    .argument("<name>", runText)
    .argument("[node]", "a node's id, name or display name")
    .option("--store <place>", storeText)
    .option("-o, --output <format>", "text or json")
    .action(
      async (
        name: string,
        node: string | undefined,
        { output, ...flags }: OutputFlag & StoreFlag,
      ) => {
        const { explain } = await import("./commands/runs.js")
        done(await explain(name, node, { ...flags, output: outputFormat(output) }, io))
      },
    )
}

/** The commands that look at runs, wait for them, or forget them. */
export function addReaders(program: Command, io: Io, done: Done): void {
  addGet(program, io, done)
  addWatch(program, io, done)
  addList(program, io, done)
  addLogs(program, io, done)
  addWait(program, io, done)
  addExplain(program, io, done)
  addDelete(program, io, done)
}
