import type { Command } from "commander"
import { type Io, outputFormat } from "./io.js"
import {
  command,
  type Done,
  type OutputFlag,
  type StoreFlag,
  storeText,
  wholeNumber,
  withExamples,
  workflowForms,
} from "./program-parts.js"
import type { RunFilterFlags } from "./workflows/filter.js"

function addGet(program: Command, io: Io, done: Done): void {
  withExamples(command(program, "get", "a run of the store"), "get hello --store runs -o yaml")
    .argument("<name>", "name or namespace/name")
    .option("--store <place>", storeText)
    .option("-o, --output <format>", workflowForms)
    .action(async (name: string, { output, ...flags }: OutputFlag & StoreFlag) => {
      const { get } = await import("./commands/runs.js")
      const { workflowFormat } = await import("./workflows/print.js")
      done(await get(name, { ...flags, output: workflowFormat(output) }, io))
    })
}

/** The options by which `list` and `delete` choose runs. */
function choosing(sub: Command): Command {
  return sub
    .option("--status <phases>", "only these, separated by commas")
    .option("--running", "only those that run")
    .option("--completed", "only those that are over")
    .option("--resubmitted", "only those that were made by resubmit")
    .option("--prefix <text>", "only names that begin so")
    .option("--since <duration>", "only those created no longer ago, like 30m or 2d")
    .option("--older <duration>", "only those that ended longer ago")
    .option("-l, --selector <labels>", "only those with these labels")
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

interface DeleteFlags extends OutputFlag, StoreFlag, RunFilterFlags {
  readonly all?: true
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
  choosing(sub.argument("[name...]", "name or namespace/name"))
    .option("--all", "every run")
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
    .argument("<name...>", "name or namespace/name")
    .option("--ignore-not-found", "a run that is not there is no error")
    .option("--timeout <duration>", "at most so long, like 90s (default: as long as it takes)")
    .option("--store <place>", storeText)
    .option("-o, --output <format>", "text or json")
    .action(async (names: readonly string[], { output, ...flags }: WaitFlags) => {
      const { waitFor } = await import("./commands/wait.js")
      done(await waitFor(names, { ...flags, output: outputFormat(output) }, io))
    })
}

interface LogsFlags extends OutputFlag, StoreFlag {
  readonly directory?: string
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
  )
  logging
    .argument("<name>", "name or namespace/name")
    .argument("[node]", "a node's id, name or display name")
    .option("-f, --follow", "go on until the run is over")
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
    .argument("<name>", "name or namespace/name")
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
  addList(program, io, done)
  addLogs(program, io, done)
  addWait(program, io, done)
  addExplain(program, io, done)
  addDelete(program, io, done)
}
