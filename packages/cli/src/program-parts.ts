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
