import { exprPresets } from "@argo-ts/expr/presets"
import type { JsonObject } from "@argo-ts/kernel"
import { CliError } from "../io.js"

/** What `--lang` takes. */
export const exprLanguages: readonly string[] = [
  "conditions",
  "cron",
  "depends",
  "expr",
  "expr-1.15",
  "gjson",
  "globs",
  "gotemplate",
  "jq",
  "jsonpath",
  "kargo",
  "labels",
  "lua",
  "rollouts",
  "semver",
  "tags",
  "when",
]

/** What `--preset` takes with Go templates, and how a row names it. */
const templatePresets: { readonly [preset: string]: JsonObject } = {
  none: { funcs: "none" },
  applicationset: { funcs: "appset" },
  deeplinks: { funcs: "cd-deeplinks" },
  events: { funcs: "events-template" },
  notifications: { funcs: "notifications" },
  workflows: { funcs: "workflows-expr-sprig" },
}

/** What `--preset` takes with `when`: Workflows' bare words, or the plain language. */
const whenPresets: { readonly [preset: string]: JsonObject } = {
  workflows: { suite: "workflows-when" },
  events: { suite: "plain-nil-params" },
}

const exprPresetRows: { readonly [preset: string]: JsonObject } = Object.fromEntries(
  Object.keys(exprPresets).map((preset) => [preset, { preset }]),
)

/** The presets of a language. */
function presetsOf(lang: string): { readonly [preset: string]: JsonObject } {
  if (lang === "expr") return exprPresetRows
  if (lang === "when") return whenPresets
  return lang === "gotemplate" ? templatePresets : {}
}

/** The row of one expression, and those that have to come before it. */
export interface ExpressionRows {
  readonly before: readonly JsonObject[]
  readonly row: JsonObject
}

function named(source: string, field: string, env: JsonObject): ExpressionRows {
  const json = JSON.stringify(env)
  return { before: [{ op: "doc", name: "env", json }], row: { doc: "env", [field]: source } }
}

/** An expression and its environment as a row of a batch. */
export function rowOf(
  source: string,
  env: JsonObject,
  { lang, preset }: { readonly lang: string; readonly preset?: string | undefined },
): ExpressionRows {
  const presets = presetsOf(lang)
  const chosen = preset === undefined ? {} : presets[preset]
  if (chosen === undefined) {
    const names = Object.keys(presets)
    const expected =
      names.length === 0 ? `nothing, for ${lang} has no presets` : `one of ${names.join(", ")}`
    throw new CliError("InvalidOption", `expr: --preset: expected ${expected}, found "${preset}"`)
  }
  const alone = (row: JsonObject): ExpressionRows => ({ before: [], row: { ...chosen, ...row } })
  switch (lang) {
    case "expr":
    case "expr-1.15":
      return alone({ env: "env", expr: source, modes: ["noenv"], values: env })
    case "when":
      return { before: [], row: { suite: "workflows-when", expr: source, params: env, ...chosen } }
    case "tags":
      return alone({
        suite: "workflows-replace",
        json: JSON.stringify(source),
        map: env,
        mode: "allowUnresolved",
      })
    case "kargo":
      return alone({ template: source, env })
    case "rollouts":
      return alone({ expr: source, resultValue: env["result"] ?? env })
    case "depends":
      return alone({ op: "depends", depends: source, value: [{ phases: env }] })
    case "conditions":
      return alone({ expr: source, arrived: Object.keys(env) })
    case "gotemplate":
      return alone({ template: source, data: env })
    case "gjson":
      return named(source, "path", env)
    case "jq":
      return named(source, "filter", env)
    case "jsonpath": {
      const { before, row } = named(source, "path", env)
      return { before, row: source.startsWith("$") ? row : { ...row, allowMissingKeys: true } }
    }
    case "labels":
      return alone({ selector: source, value: [{ labels: env }] })
    case "lua":
      return alone({ lua: source, env })
    case "globs":
      return alone({ op: "gobwas", pattern: source, value: Object.keys(env) })
    case "semver":
      return alone({ constraint: source, check: env })
    default:
      return alone({
        spec: source,
        next: { [String(env["from"] ?? "2026-01-01T00:00:00Z")]: [0, 0, 0] },
      })
  }
}
