import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { isJsonObject, type JsonValue } from "@argo-ts/kernel"
import type { ExitCode, Io } from "../io.js"
import { evaluateOne, printAnswer } from "./expr-eval.js"

const historyMax = 1000

/** What a user types is the user's alone. */
function historyFile(io: Io): string {
  const base = io.env["XDG_DATA_HOME"] ?? join(io.env["HOME"] ?? homedir(), ".local", "share")
  return join(base, "argo-ts", "expr-history")
}

function readHistory(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").slice(-historyMax) : []
}

function remember(file: string, line: string): void {
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, `${line}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}

const words = [
  "all",
  "any",
  "count",
  "filter",
  "find",
  "first",
  "fromJSON",
  "groupBy",
  "join",
  "keys",
  "last",
  "len",
  "lower",
  "map",
  "max",
  "min",
  "none",
  "now",
  "one",
  "reduce",
  "replace",
  "sort",
  "split",
  "sprig",
  "string",
  "sum",
  "toJSON",
  "trim",
  "upper",
  "values",
]

/** Names that begin as the last word of a line does. */
export function completionsOf(line: string, env: JsonValue): readonly [string[], string] {
  const word = /[\w.]*$/.exec(line)?.[0] ?? ""
  const dot = word.lastIndexOf(".")
  let current: JsonValue | undefined = env
  for (const name of dot < 0 ? [] : word.slice(0, dot).split(".")) {
    const isThere: boolean = isJsonObject(current ?? null) && Object.hasOwn(current as object, name)
    current = isThere ? (current as { readonly [key: string]: JsonValue })[name] : undefined
  }
  const prefix = dot < 0 ? "" : word.slice(0, dot + 1)
  const known = current !== undefined && isJsonObject(current) ? Object.keys(current) : []
  const names = [...known.map((name) => prefix + name), ...(dot < 0 ? words : [])]
  return [names.filter((name) => name.startsWith(word)).toSorted(), word]
}

/** `argo-ts expr repl`: one expression after the other, until the input ends. */
export async function exprRepl(
  options: { readonly lang: string; readonly preset?: string; readonly env: JsonValue },
  io: Io,
): Promise<ExitCode> {
  const file = historyFile(io)
  const lines = createInterface({
    input: process.stdin,
    ...(io.isTty ? { output: process.stdout } : {}),
    prompt: `${options.lang}> `,
    history: [...readHistory(file)].toReversed(),
    historySize: historyMax,
    completer: (line: string) => completionsOf(line, options.env),
  })
  lines.prompt()
  for await (const line of lines) {
    if (line.trim() !== "") {
      if (io.isTty) remember(file, line)
      const answer = evaluateOne(line, options.env, options)
      io.out(`${printAnswer(answer)}\n`)
    }
    lines.prompt()
  }
  return 0
}
