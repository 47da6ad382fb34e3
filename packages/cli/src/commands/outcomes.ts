import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import type { OutcomeRule } from "@argo-ts/dag-engine"
import {
  formatPath,
  type IssuePath,
  isJsonObject,
  type JsonValue,
  parseDuration,
} from "@argo-ts/kernel"
import { type ManifestDocument, parseManifests } from "@argo-ts/kernel/yaml"
import { CliError } from "../io.js"

const fields: ReadonlyMap<string, (value: JsonValue) => string | undefined> = new Map([
  ["node", text],
  ["template", text],
  ["message", text],
  ["result", text],
  ["attempt", whole],
  ["exitCode", whole],
  ["phase", phase],
  ["duration", duration],
  ["parameters", mapping],
])

function text(value: JsonValue): string | undefined {
  return typeof value === "string" ? undefined : "a text"
}

function whole(value: JsonValue): string | undefined {
  return Number.isInteger(value) && Number(value) >= 0 ? undefined : "a whole number"
}

function phase(value: JsonValue): string | undefined {
  return ["Succeeded", "Failed", "Error"].includes(String(value))
    ? undefined
    : "Succeeded, Failed or Error"
}

function duration(value: JsonValue): string | undefined {
  return typeof value === "string" && parseDuration(value).ok ? undefined : "a duration like 30s"
}

function mapping(value: JsonValue): string | undefined {
  return isJsonObject(value) ? undefined : "a mapping of name to value"
}

/** What is wrong with a list of rules: where, what was expected, what was found. */
function findWrong(
  value: JsonValue,
): { path: IssuePath; expected: string; found: JsonValue } | undefined {
  if (!Array.isArray(value)) return { path: [], expected: "a list of rules", found: value }
  for (const [index, rule] of value.entries()) {
    if (!isJsonObject(rule)) return { path: [index], expected: "a mapping", found: rule }
    for (const [key, inner] of Object.entries(rule)) {
      const check = fields.get(key)
      const expected =
        check === undefined ? `one of ${[...fields.keys()].join(", ")}` : check(inner)
      if (expected !== undefined)
        return { path: [index, key], expected, found: check === undefined ? key : inner }
    }
  }
  return undefined
}

/** Reads the rules of `--outcomes`: a YAML list of `{node, template, attempt, phase, exitCode, message, result, parameters, duration}`. */
export function readOutcomes(file: string, cwd: string): readonly OutcomeRule[] {
  const place = resolve(cwd, file)
  if (!existsSync(place))
    throw new CliError("FileNotFound", `--outcomes: expected a file, found nothing at ${file}`)
  const parsed = parseManifests(readFileSync(place, "utf8"), { file })
  if (!parsed.ok)
    throw new CliError("InvalidYaml", parsed.issues[0]?.message ?? `${file}: broken YAML`)
  const document: ManifestDocument | undefined = parsed.value[0]
  if (document === undefined) return []
  const wrong = findWrong(document.value)
  if (wrong === undefined) return document.value as unknown as readonly OutcomeRule[]
  const { line, column } = document.locate(wrong.path)
  const at = wrong.path.length === 0 ? "" : `${formatPath(wrong.path)}: `
  const message = `${file}:${line}:${column}: ${at}expected ${wrong.expected}, found ${JSON.stringify(wrong.found)}`
  throw new CliError("InvalidValue", message)
}
