import { type EpochMs, isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { type Answer, environmentsOf, guarded, recordedOptions } from "./answer.js"
import { createDecoder } from "./decode.js"
import { rowLanguages } from "./row-languages.js"

/** What a row of a batch is answered with. */
export type BatchAnswer = Answer & { readonly id?: JsonValue }

/** Answers rows one after the other. */
export interface Batch {
  /** One line of NDJSON; `undefined` for a row that only names a document or an environment for those after it. */
  readonly answer: (line: string) => BatchAnswer | undefined
}

/** How rows are answered. */
export interface BatchOptions {
  /** The language of rows that do not show theirs. */
  readonly language: string
  /** Environments by name, with Go types. */
  readonly environments?: JsonValue
  /** The instant of the evaluations. Default that of the recorded answers. */
  readonly now?: EpochMs
}

/** What stands for a value that a validation run does not know. */
const placeholder = "__argo__internal__placeholder-1"

/** What a row says of its language: its `op` or its `suite`. */
const known: readonly (readonly [RegExp, string])[] = [
  [/^jsonpath$/, "jsonpath"],
  [/^jq$/, "jq"],
  [/^(?:get|set|setRaw|delete)$/, "gjson"],
  [/^(?:labels\.parse|resource-condition)$/, "labels"],
  [/^(?:gobwas.?|doublestar|path\.Match)$/, "globs"],
  [/^(?:parse|compare|constraint)$/, "semver"],
  [/^depends$/, "depends"],
  [/^(?:workflows-when|plain-nil-params|events-expr-filter|events-conditions)$/, "when"],
  [/^(?:workflows-replace|appset-fasttemplate|fasttemplate-.*|rollouts-args)$/, "tags"],
  [/^kargo-/, "kargo"],
  [/^rollouts-(?:condition|evaluateResult)$/, "rollouts"],
]

function languageOf(row: JsonObject, fallback: string): string {
  for (const field of ["op", "suite"]) {
    const shown = row[field]
    const found = typeof shown === "string" && known.find(([pattern]) => pattern.test(shown))
    if (found) return found[1]
  }
  return row["spec"] === undefined ? fallback : "cron"
}

/** Opens a batch: rows in the format of the recorded answers, each answered by the language it shows. */
export function createBatch({ language, environments = {}, now }: BatchOptions): Batch {
  const documents = new Map<string, string>()
  const named = new Map<string, JsonValue>()
  const context = {
    environment: environmentsOf(environments),
    documents,
    named,
    decode: createDecoder(),
    options: now === undefined ? recordedOptions : { ...recordedOptions, now },
  }
  /** Rows that only bring something for those after them. */
  const takes = (row: JsonObject): boolean => {
    const { name, json, map, op, texts } = row
    if (op === "texts") named.set("texts", texts ?? [])
    else if (op === "doc") documents.set(String(name), String(json))
    else if (typeof name === "string" && row["suite"] === "env") {
      const found = map ?? (JSON.parse(String(json)) as JsonValue)
      named.set(name, found)
      // The environment of a validation run: one value is not known yet.
      if (isJsonObject(found)) named.set(`${name}ph`, { ...found, ph: placeholder })
    } else return op === "tasks"
    return true
  }
  const answerRow = (row: JsonObject): Answer => {
    if (row["resultValue"] !== undefined)
      named.set(`result/${String(row["result"])}`, row["resultValue"])
    const wanted = languageOf(row, language)
    const answer = rowLanguages.get(wanted)
    if (answer === undefined) return { ok: false, error: `no language is called ${wanted}` }
    return guarded(() => answer(row, context))
  }
  return {
    answer(line) {
      let row: unknown
      try {
        row = JSON.parse(line)
      } catch {
        return { ok: false, error: "expected a line of JSON" }
      }
      if (!isJsonObject(row as JsonValue)) return { ok: false, error: "expected a JSON object" }
      const object = row as JsonObject
      if (takes(object)) return undefined
      const { id } = object
      const answer = answerRow(object)
      return id === undefined ? answer : { id, ...answer }
    },
  }
}
