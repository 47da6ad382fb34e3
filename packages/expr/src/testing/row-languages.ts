import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { compileConditions } from "../conditions/index.js"
import { compileDepends, dependsOf, taskResults } from "../depends/index.js"
import { compileExpr } from "../expr/compile.js"
import type { Dialect } from "../expr/dialect.js"
import { compileGjson, sjsonDelete, sjsonSet, sjsonSetRaw } from "../gjson/index.js"
import { compileGoTemplate, type GoTemplatePreset, type MissingKey } from "../gotemplate/index.js"
import { compileGovaluate, compileWhen } from "../govaluate/compile.js"
import { Fault } from "../issue.js"
import { compileJq, jqResourceOutput } from "../jq/index.js"
import { compileJsonPath, compileSelector } from "../jsonpath/index.js"
import { compileKargo, kargoFunctions, renderKargo } from "../kargo/index.js"
import { compileLua } from "../lua/index.js"
import { compilePreset, type ExprPresetName, exprPresets } from "../presets/index.js"
import { compileRolloutsCondition, judgeRolloutsResult } from "../presets/rollouts.js"
import { compilePlainTags, compileTags } from "../tags/index.js"
import { splitTags } from "../tags/split.js"
import { fromValue } from "../values/index.js"
import { isPlainMap, mapValue, type Value } from "../values/value.js"
import {
  type Answer,
  type AnswerContext,
  answerOf,
  plainAnswer,
  type RowLanguage,
  refused,
  textOf,
  value,
} from "./answer.js"
import { encodeValue } from "./encode.js"
import { cron, globs, labels, semver } from "./row-selections.js"

function textsOf(row: JsonObject, field: string): readonly string[] {
  const list = row[field]
  return Array.isArray(list) ? list.map(String) : []
}

function scopeOf(found: Value): { readonly [name: string]: Value } {
  return found !== null && isPlainMap(found) ? found : mapValue([])
}

/** A value of the row, or one that an earlier row has named. */
function given(row: JsonObject, field: string, { named, decode }: AnswerContext): Value {
  const found = row[field] ?? {}
  return decode(typeof found === "string" ? (named.get(found) ?? {}) : found)
}

function documentOf(row: JsonObject, { documents }: AnswerContext): JsonValue {
  const name = textOf(row, "doc")
  const found = documents.get(name)
  if (found === undefined) throw new Fault(`no document is called ${name}`)
  return found
}

function parsedDocument(row: JsonObject, context: AnswerContext): JsonValue {
  return JSON.parse(String(documentOf(row, context))) as JsonValue
}

function expr(dialect: Dialect): RowLanguage {
  return (row, { environment, options, decode }) => {
    const { preset } = row
    if (typeof preset === "string" && Object.hasOwn(exprPresets, preset)) {
      const program = compilePreset(preset as ExprPresetName, textOf(row, "expr"))
      const values = scopeOf(decode(row["values"] ?? {})) as unknown as JsonObject
      return answerOf(program.ok ? program.value.evaluate(values, options) : program)
    }
    const [mode = "env"] = textsOf(row, "modes")
    const recorded = environment(textOf(row, "env"))
    const env = recorded === null ? null : scopeOf(recorded)
    const how = mode === "noenv" || mode === "eval" ? mode : "env"
    const compiled = compileExpr(textOf(row, "expr"), {
      mode: how,
      dialect,
      ...(how === "env" ? { env } : {}),
    })
    return answerOf(compiled.ok ? compiled.value.evaluate(env, options) : compiled)
  }
}

const when: RowLanguage = (row, context) => {
  const source = textOf(row, "expr")
  const parameters = scopeOf(given(row, "params", context))
  if (row["suite"] === "workflows-when") {
    const compiled = compileWhen(source)
    return answerOf(compiled.ok ? compiled.value.evaluate(parameters) : compiled)
  }
  const compiled = compileGovaluate(source)
  return answerOf(compiled.ok ? compiled.value.evaluate(parameters) : compiled)
}

const tags: RowLanguage = (row, context) => {
  if (row["json"] === undefined) return plainTags(row, context)
  const { mode } = row
  const unresolved =
    mode === "allowUnresolved" ? "keep" : mode === "strictAll" ? "refuse" : ["steps", "tasks"]
  const compiled = compileTags(textOf(row, "json"), { unresolved })
  const scope = scopeOf(given(row, "map", context))
  const found = compiled.ok ? compiled.value.evaluate(scope, context.options) : compiled
  if (!found.ok) return answerOf(found)
  try {
    JSON.parse(found.value)
  } catch {
    return refused("cannot finish template replacement because the result was invalid JSON")
  }
  return value(found.value)
}

/** The pieces of a template, its tags in angle brackets. */
function piecesOf(template: string): Answer {
  const pieces = splitTags(template).map(({ kind, text }) => (kind === "text" ? text : `<${text}>`))
  return value(pieces.join(""))
}

/** Tags by their names exactly as they are written; unknown ones stay. */
function replacedPieces(template: string, map: { readonly [name: string]: Value }): Answer {
  const pieces = splitTags(template).map(({ kind, text }) => {
    if (kind === "text") return text
    return Object.hasOwn(map, text) ? String(map[text]) : `{{${text}}}`
  })
  return value(pieces.join(""))
}

function plainTags(row: JsonObject, context: AnswerContext): Answer {
  if (row["suite"] === "fasttemplate-tags") return piecesOf(textOf(row, "template"))
  if (row["suite"] === "fasttemplate-std") {
    return replacedPieces(textOf(row, "template"), scopeOf(given(row, "map", context)))
  }
  const isArguments = row["suite"] === "rollouts-args"
  const scope = scopeOf(given(row, isArguments ? "args" : "map", context))
  const open = isArguments && Object.keys(scope).find((name) => scope[name] === null)
  if (typeof open === "string") return refused(`argument "${open}" was not supplied`)
  const entries = Object.entries(scope).map(
    ([name, item]) => [isArguments ? `args.${name}` : name, String(item)] as const,
  )
  const compiled = compilePlainTags(textOf(row, "template"), {
    unknown: isArguments ? "refuse" : "keep",
    into: row["quoted"] === true ? "json" : "text",
  })
  return plainAnswer(compiled.ok ? compiled.value.evaluate(Object.fromEntries(entries)) : compiled)
}

const kargo: RowLanguage = (row, context) => {
  const scope = { ...kargoFunctions, ...scopeOf(given(row, "env", context)) }
  if (typeof row["json"] === "string") {
    const rendered = renderKargo(JSON.parse(row["json"]) as JsonObject, scope, context.options)
    return plainAnswer(rendered.ok ? { ok: true, value: JSON.stringify(rendered.value) } : rendered)
  }
  const compiled = compileKargo(textOf(row, "template"))
  return answerOf(compiled.ok ? compiled.value.evaluate(scope, context.options) : compiled)
}

const rollouts: RowLanguage = (row, context) => {
  // Rows that judge a result name one that an earlier row has shown.
  const shown = row["resultValue"] ?? context.named.get(`result/${String(row["result"])}`) ?? null
  const result = context.decode(shown)
  if (row["expr"] === undefined) {
    const conditions = { success: textOf(row, "success"), failure: textOf(row, "failure") }
    const { phase, message } = judgeRolloutsResult(conditions, result)
    return message === undefined ? value(phase) : refused(message)
  }
  const compiled = compileRolloutsCondition(textOf(row, "expr"))
  return answerOf(compiled.ok ? compiled.value.evaluate(result, context.options) : compiled)
}

/** The tasks of the recorded rows: two of them go on where they fail. */
const recordedTasks = [
  ...["A", "a-b", "1st", "A-B-C", "task-1", "not", "and", "in"].map((name) => ({ name })),
  { name: "B", continueOnFailed: true },
  { name: "C", continueOnFailed: true, continueOnError: true },
]

const depends: RowLanguage = (row) => {
  const source =
    typeof row["depends"] === "string" ? row["depends"] : dependsOf(textsOf(row, "dependencies"))
  const compiled = compileDepends(source, recordedTasks)
  if (!compiled.ok) return answerOf(compiled)
  const { logic, dependencies, evaluate } = compiled.value
  const cases = Array.isArray(row["value"]) ? (row["value"] as readonly JsonObject[]) : []
  const deps: { readonly [name: string]: string } = Object.fromEntries(
    dependencies.map(({ name, kind }) => [name, kind]),
  )
  const found = cases.map(({ phases }) => {
    const given = Object.entries((phases ?? {}) as { readonly [name: string]: string })
    const results = evaluate(
      new Map(
        given.map(([name, phase]) => {
          const known = taskResults.filter((result) => result === phase)
          // A loop of one step that succeeded has any that succeeded.
          const isLoop = deps[name] === "items" && phase === "Succeeded"
          return [name, isLoop ? [...known, "AnySucceeded" as const] : known] as const
        }),
      ),
    )
    return results.ok
      ? { phases: phases ?? {}, execute: results.value }
      : { phases: phases ?? {}, error: results.issues[0]?.message ?? "" }
  })
  return { ok: true, value: found, more: { logic, deps } }
}

const conditions: RowLanguage = (row) => {
  const compiled = compileConditions(textOf(row, "expr"))
  const arrived = new Set(textsOf(row, "arrived"))
  return answerOf(compiled.ok ? compiled.value.evaluate(arrived) : compiled)
}

const presets: { readonly [funcs: string]: GoTemplatePreset } = {
  none: "none",
  appset: "applicationset",
  "cd-deeplinks": "deeplinks",
  "events-template": "events",
  notifications: "notifications",
  "workflows-expr-sprig": "workflows",
}

function missingKeyOf(row: JsonObject): MissingKey {
  const options = textsOf(row, "options").join(" ")
  return options.includes("=error") ? "error" : options.includes("=zero") ? "zero" : "default"
}

const gotemplate: RowLanguage = (row, context) => {
  const preset = presets[typeof row["funcs"] === "string" ? row["funcs"] : ""] ?? "sprig"
  const compiled = compileGoTemplate(textOf(row, "template"), {
    preset,
    missingKey: missingKeyOf(row),
  })
  const { data = null } = row
  const input = typeof data === "string" ? (context.named.get(data) ?? null) : data
  return plainAnswer(compiled.ok ? compiled.value.evaluate(input, context.options) : compiled)
}

const gjson: RowLanguage = (row, context) => {
  const path = textOf(row, "path")
  switch (row["op"]) {
    case "set":
      return plainAnswer(
        sjsonSet(textOf(row, "json"), path, fromValue(context.decode(row["value"] ?? null))),
      )
    case "setRaw":
      return plainAnswer(sjsonSetRaw(textOf(row, "json"), path, textOf(row, "raw")))
    case "delete":
      return plainAnswer(sjsonDelete(textOf(row, "json"), path))
    default: {
      const compiled = compileGjson(path)
      const found = compiled.ok ? compiled.value.evaluate(documentOf(row, context)) : compiled
      if (!found.ok) return answerOf(found)
      const { exists, type, raw, string, value: json } = found.value
      return { ok: true, value: encodeValue(json), type, more: { exists, raw, string } }
    }
  }
}

const jsonpath: RowLanguage = (row, context) => {
  const document = parsedDocument(row, context)
  const { allowMissingKeys } = row
  if (typeof allowMissingKeys === "boolean") {
    const compiled = compileJsonPath(textOf(row, "path"), { allowMissingKeys })
    const found = compiled.ok ? compiled.value.evaluate(document) : compiled
    return found.ok ? value(found.value.text) : answerOf(found)
  }
  const compiled = compileSelector(textOf(row, "path"))
  return answerOf(compiled.ok ? compiled.value.evaluate(document) : compiled)
}

const jq: RowLanguage = (row, context) => {
  const compiled = compileJq(textOf(row, "filter"))
  if (!compiled.ok) return plainAnswer(compiled)
  const { now } = context.options
  const input = parsedDocument(row, context)
  const found = compiled.value.evaluate(input, now === undefined ? {} : { now })
  return plainAnswer(found.ok ? jqResourceOutput(found.value) : found)
}

/** The text of a value; addresses of objects are no answer. */
function withoutAddress(text: string): string {
  return text.replace(/^(function|table|thread): 0x[0-9a-f]+$/, "$1")
}

/** A script, or an expression whose value is returned: every value's type and text, and the JSON it makes. */
const lua: RowLanguage = (row, { options }) => {
  const source = textOf(row, "lua")
  const script = /\breturn\b/.test(source) ? source : `return ${source}`
  const compiled = compileLua(script, { libraries: "gopher" })
  if (!compiled.ok) return plainAnswer(compiled)
  const env = row["env"]
  const result = compiled.value.evaluate(env !== undefined && isJsonObject(env) ? env : {}, options)
  if (!result.ok) return plainAnswer(result)
  const [first] = result.value
  return {
    ok: true,
    value: first?.value ?? null,
    ...(first !== undefined && { type: first.type }),
    more: {
      values:
        first === undefined
          ? null
          : result.value.map(({ type, text }) => ({ tostring: withoutAddress(text), type })),
    },
  }
}

/** Every language by the name that `--lang` takes. */
export const rowLanguages: ReadonlyMap<string, RowLanguage> = new Map([
  ["conditions", conditions],
  ["cron", cron],
  ["depends", depends],
  ["expr", expr("1.17")],
  ["expr-1.15", expr("1.15")],
  ["gjson", gjson],
  ["globs", globs],
  ["gotemplate", gotemplate],
  ["jq", jq],
  ["jsonpath", jsonpath],
  ["kargo", kargo],
  ["labels", labels],
  ["lua", lua],
  ["rollouts", rollouts],
  ["semver", semver],
  ["tags", tags],
  ["when", when],
])
