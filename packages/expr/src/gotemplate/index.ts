/**
 * Go's text templates, with sprig as each project has it: ApplicationSets, notifications, event templates.
 *
 * @packageDocumentation
 */
import { failed, ok, type Result } from "@argo-ts/kernel"
import { utc } from "../go/time.js"
import {
  type EvaluateOptions,
  type ExprIssue,
  Fault,
  issueOfThrown,
  type Program,
} from "../issue.js"
import type { FunctionTable } from "../sprig/define.js"
import { ownJson } from "../sprig/encoding.js"
import { changesMaps } from "../sprig/index.js"
import type { GoFunc, Value } from "../values/value.js"
import { builtinFunctions } from "./builtins.js"
import { type MissingKey, render } from "./evaluate.js"
import type { Template } from "./node.js"
import { parseTemplate } from "./parser.js"
import { type GoTemplatePreset, presetFunctions } from "./presets.js"
import { referencesOf } from "./references.js"

export type { MissingKey } from "./evaluate.js"
export { type GoTemplatePreset, presetFunctions } from "./presets.js"

/** How a template is read. */
export interface GoTemplateOptions {
  /** Whose functions it has. Default `sprig`: all of them. */
  readonly preset?: GoTemplatePreset
  /** More functions, or others under the same names: ports to what a core does not have (`env`, `getHostByName`, …). */
  readonly functions?: { readonly [name: string]: GoFunc }
  /** Go's `missingkey`: an absent key prints `<no value>` (`default`, `zero`) or fails (`error`). Default `default`. */
  readonly missingKey?: MissingKey
}

const sourceMax = 1_000_000
const tables = new Map<GoTemplatePreset, FunctionTable>()

/** Everything that templates of a preset call: put together once, for putting it together takes longer than reading. */
function tableOf(preset: GoTemplatePreset): FunctionTable {
  let table = tables.get(preset)
  if (table === undefined) {
    table = { ...builtinFunctions, ...presetFunctions(preset) }
    tables.set(preset, table)
  }
  return table
}

const stepsDefault = 1_000_000
const memoryDefault = 10_000_000

/** Compiles a Go template; it is evaluated over its data and gives a text. */
export function compileGoTemplate(
  source: string,
  options: GoTemplateOptions = {},
): Result<Program<Value, string>, ExprIssue> {
  const { preset = "sprig", functions: own = {}, missingKey = "default" } = options
  const table = tableOf(preset)
  const functions = Object.keys(own).length === 0 ? table : { ...table, ...own }
  const called = new Set<string>()
  const isFunction = (name: string): boolean => {
    called.add(name)
    return name === "and" || name === "or" || Object.hasOwn(functions, name)
  }
  let template: Template
  try {
    if (source.length > sourceMax) {
      throw new Fault(`expected a template of at most ${sourceMax} characters`, -1, "budget")
    }
    template = parseTemplate({ source, isFunction })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
  // A template that changes maps changes a copy of its data.
  const isChanging = [...called].some(changesMaps)
  return ok({
    source,
    references: referencesOf(template),
    issues: [],
    evaluate: (data, given = {}) => {
      try {
        const memory = given.budget?.memory ?? memoryDefault
        const context = contextOf(given, memory)
        const steps = given.budget?.steps ?? stepsDefault
        const run = { template, functions, missingKey, context, steps, output: memory }
        return ok(render(run, isChanging ? ownJson(data) : data))
      } catch (thrown) {
        return failed([issueOfThrown(thrown, source)])
      }
    },
  })
}

function contextOf({ now, zones }: EvaluateOptions, memory: number): Parameters<GoFunc["call"]>[1] {
  let left = memory
  return {
    now,
    zones: zones ?? ((name) => (name === "UTC" ? utc : undefined)),
    charge(units) {
      left -= units
      if (left < 0) throw new Fault("the template needs too much memory", -1, "budget")
    },
  }
}
