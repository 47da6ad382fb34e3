import { thrownText } from "@argo-ts/kernel"
import { CommanderError } from "commander"
import { elsewhereOf, optionElsewhereOf } from "./elsewhere.js"
import { CliError, type ExitCode, type Io } from "./io.js"
import { createProgram } from "./program.js"

function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      arg === "--json" ||
      arg === "-ojson" ||
      arg === "--output=json" ||
      ((arg === "-o" || arg === "--output") && args[index + 1] === "json"),
  )
}

function report(error: unknown, args: readonly string[], io: Io): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const refusal = toRefusal(error, args)
  if (wantsJson(args)) {
    const { code, message, details } = refusal
    io.out(
      `${JSON.stringify({ ok: false, error: { code, message, ...(details.length > 0 ? { details } : {}) } })}\n`,
    )
  } else io.err(`argo-ts: ${refusal.message}\n`)
  return refusal.exitCode
}

/** What somebody who knows `argo` may have looked for. */
function hintOf({ code, message }: CommanderError, args: readonly string[]): string | undefined {
  if (code === "commander.unknownCommand") return elsewhereOf(args)
  const option = /^error: unknown option '([^'=]+)/.exec(message)?.[1]
  return option === undefined ? undefined : optionElsewhereOf(args[0] ?? "", option)
}

function toRefusal(error: unknown, args: readonly string[]): CliError {
  if (error instanceof CliError) return error
  if (error instanceof CommanderError) {
    const [first = "", second = ""] = error.message.replace(/^error: /, "").split("\n")
    const near = /^\(Did you mean (.+)\?\)$/.exec(second)?.[1]
    const hint = hintOf(error, args)
    if (hint !== undefined) return new CliError("Misuse", `${first}: ${hint}`)
    const message = near === undefined ? first : `${first}: did you mean ${near}?`
    const isBare = error.code === "commander.help" || message === "(outputHelp)"
    return new CliError(
      "Misuse",
      isBare ? "expected a command; argo-ts --help lists them" : message,
    )
  }
  const first = thrownText(error).split("\n")[0] ?? ""
  return new CliError("InternalError", `internal error: ${first}`, { exitCode: 2 })
}

/** Runs the command that `args` name and answers its exit code; never throws, never exits. */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  const program = createProgram(io, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: "user" })
    return exitCode
  } catch (error) {
    return report(error, args, io)
  }
}
