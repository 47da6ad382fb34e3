import { type Command, InvalidArgumentError } from "commander"
import type { ExitCode } from "./io.js"

/** Takes the exit code of the command that ran. */
export type Done = (code: ExitCode) => void

/** `-o`, as it was given. */
export interface OutputFlag {
  readonly output?: string
}

/** `--store`. */
export interface StoreFlag {
  readonly store?: string
}

/** Collects an option that may be given more than once. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** Reads a whole number. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`expected a whole number, found ${JSON.stringify(text)}`)
  }
  return value
}

/** Reads a number that may be negative. */
export function integer(text: string): number {
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw new InvalidArgumentError(`expected a whole number, found ${JSON.stringify(text)}`)
}

/** A command with its description. */
export function command(program: Command, name: string, description: string): Command {
  return program.command(name).description(description)
}

/** Ends the help of a command with calls of it; the tests make them. */
export function withExamples(sub: Command, ...calls: readonly string[]): Command {
  const lines = calls.map((call) => `  argo-ts ${call}`)
  return sub.addHelpText("after", `\nExamples:\n${lines.join("\n")}`)
}

/** The forms in which a workflow is shown. */
export const workflowForms = "tree, json, yaml or name"
/** What `--store` means. */
export const storeText =
  "where runs are kept: a directory or a postgres:// URL (default: ARGO_TS_STORE)"

/** The options by which commands choose runs. */
export function choosing(sub: Command): Command {
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

/** The names of runs, or what chooses them. */
export function several(sub: Command): Command {
  return choosing(sub.argument("[name...]", runText)).option("--all", "every run")
}

/** The options by which commands show only some nodes of a run. */
export function narrowing(sub: Command): Command {
  return sub
    .option("--status <phases>", "only nodes of these phases, separated by commas")
    .option("--node-field-selector <selector>", "only nodes like displayName=build,phase!=Skipped")
}

/** How a run is named. */
export const runText = "name, namespace/name, or @latest"
