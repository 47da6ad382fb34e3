import { createReadStream, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { createGunzip } from "node:zlib"
import { type Answer, createBatch } from "@argo-ts/expr/testing"
import { epochMs, isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { exprLanguages, rowOf } from "./expr-rows.js"

/** Options of `expr eval`. */
export interface ExprEvalOptions {
  readonly output: OutputFormat
  readonly lang: string
  readonly preset?: string
  /** A JSON file: what the expression may read; with `--batch`, environments by name. */
  readonly env?: string
  /** NDJSON rows: a file (also gzipped), or `-` for standard input. */
  readonly batch?: string
}

/** Reads a JSON file; a `CliError` names it where it cannot be read. */
export function readJson(file: string, io: Io): JsonValue {
  let text: string
  try {
    text = readFileSync(resolve(io.cwd, file), "utf8")
  } catch {
    throw new CliError("FileNotFound", `${file}: expected a JSON file, found nothing to read`)
  }
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new CliError("InvalidJson", `${file}: expected JSON, found something else`)
  }
}

function checkLanguage(lang: string): void {
  if (exprLanguages.includes(lang)) return
  const message = `expr: --lang: expected one of ${exprLanguages.join(", ")}, found "${lang}"`
  throw new CliError("InvalidOption", message)
}

function inputOf(file: string, io: Io): Readable {
  if (file === "-") return process.stdin
  const stream = createReadStream(resolve(io.cwd, file))
  return file.endsWith(".gz") ? stream.pipe(createGunzip()) : stream
}

async function runBatch(file: string, options: ExprEvalOptions, io: Io): Promise<ExitCode> {
  const environments = options.env === undefined ? {} : readJson(options.env, io)
  const batch = createBatch({ language: options.lang, environments })
  try {
    for await (const line of createInterface({ input: inputOf(file, io), crlfDelay: Infinity })) {
      if (line.trim() === "") continue
      const answer = batch.answer(line)
      if (answer === undefined) continue
      io.out(`${JSON.stringify(answer)}\n`)
    }
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT"
    if (!isMissing) throw error
    throw new CliError("FileNotFound", `${file}: expected rows of NDJSON, found nothing`)
  }
  return 0
}

/** A value for people: numbers and times without their Go types, texts without quotes. */
export function printAnswer(answer: Answer): string {
  if (!answer.ok) return answer.error
  const bare = withoutTypes(answer.value)
  return typeof bare === "string" ? bare : JSON.stringify(bare)
}

function withoutTypes(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutTypes)
  if (!isJsonObject(value)) return value
  const [tag = ""] = Object.keys(value)
  const inner = value[tag]
  if (tag === "$nil") return null
  if (tag === "$int" || tag === "$uint" || tag === "$float") {
    const number = Number(inner)
    return String(number) === inner || tag === "$float" ? number : (inner ?? null)
  }
  if (tag === "$time" || tag === "$duration") return value[tag === "$time" ? tag : "s"] ?? null
  const isWrapped = tag === "$array" || tag === "$object" || tag === "$struct" || tag === "$ptr"
  if (isWrapped && inner !== undefined) return withoutTypes(inner)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutTypes(item ?? null)]),
  )
}

/** Evaluates one expression. */
export function evaluateOne(
  source: string,
  env: JsonValue,
  options: Pick<ExprEvalOptions, "lang" | "preset">,
): Answer {
  const rows = rowOf(source, isJsonObject(env) ? (env as JsonObject) : {}, options)
  const batch = createBatch({
    language: options.lang,
    environments: { env },
    now: epochMs(Date.now()),
  })
  for (const row of rows.before) batch.answer(JSON.stringify(row))
  return batch.answer(JSON.stringify(rows.row)) ?? { ok: false, error: "nothing to evaluate" }
}

/** `argo-ts expr eval`: one expression, or a batch of rows. 0 where there is a value, 1 where there is none. */
export async function exprEval(
  source: string | undefined,
  options: ExprEvalOptions,
  io: Io,
): Promise<ExitCode> {
  checkLanguage(options.lang)
  if (options.batch !== undefined) return runBatch(options.batch, options, io)
  if (source === undefined) {
    throw new CliError("MissingArgument", "expr eval: expected an expression, or --batch FILE")
  }
  const env = options.env === undefined ? {} : readJson(options.env, io)
  const answer = evaluateOne(source, env, options)
  if (options.output === "json") io.out(`${JSON.stringify(answer)}\n`)
  else if (answer.ok) io.out(`${printAnswer(answer)}\n`)
  else io.err(`argo-ts: ${answer.error}\n`)
  return answer.ok ? 0 : 1
}
