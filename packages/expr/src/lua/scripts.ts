import {
  compareText,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
  recordOf,
} from "@argo-ts/kernel"
import type { ExprIssue, Program } from "../issue.js"
import { toBytes, toText } from "./bytes.js"
import { raise } from "./fault.js"
import { fromJson, restoreObjects, toJson } from "./json.js"
import type { Machine } from "./machine.js"
import { compileScript, globalValues, type LuaEvaluateOptions } from "./program.js"
import { LuaTable } from "./table.js"
import { type LuaValue, typeName } from "./value.js"

/** A script of a known purpose: what it is given, and what it says. */
export interface LuaScript<Env, Value> extends Program<Env, Value> {
  readonly evaluate: (env: Env, options?: LuaEvaluateOptions) => Result<Value, ExprIssue>
}

/** Argo CD's health statuses. */
export type LuaHealthStatus =
  | "Healthy"
  | "Progressing"
  | "Degraded"
  | "Suspended"
  | "Missing"
  | "Unknown"

/** What a health script says of an object. */
export interface LuaHealth {
  readonly status: LuaHealthStatus
  readonly message: string
}

const statuses: ReadonlySet<JsonValue | undefined> = new Set([
  "Healthy",
  "Progressing",
  "Degraded",
  "Suspended",
  "Missing",
  "Unknown",
])

type View<Env> = (env: Env) => (machine: Machine) => readonly (readonly [string, LuaValue])[]

function compileWith<Env, Value>(
  source: string,
  view: View<Env>,
  harvest: (machine: Machine, last: LuaValue, env: Env) => Value,
): Result<LuaScript<Env, Value>, ExprIssue> {
  const compiled = compileScript(source)
  if (!compiled.ok) return compiled
  const { references, issues, run } = compiled.value
  return ok({
    source,
    references,
    issues,
    evaluate: (env, options) =>
      run(view(env), (machine, values) => harvest(machine, values.at(-1), env), options),
  })
}

/** The JSON of a table that a script must return; an empty one says nothing. */
function tableOf(machine: Machine, value: LuaValue): JsonValue {
  if (value instanceof LuaTable) return toJson(machine, value)
  return raise(`expect table output from Lua script, not ${typeName(value)}`)
}

function healthOf(machine: Machine, value: LuaValue): LuaHealth | undefined {
  if (value === undefined) return undefined
  const found = tableOf(machine, value)
  if (!isJsonObject(found)) return undefined
  const { status, message } = found
  if (status === undefined || status === null || status === "") return undefined
  if (!statuses.has(status)) {
    return { status: "Unknown", message: "Lua returned an invalid health status" }
  }
  return { status: status as LuaHealthStatus, message: typeof message === "string" ? message : "" }
}

/**
 * Compiles a health script of Argo CD (`resource.customizations.health.<group_kind>`): it reads the object as `obj` and
 * returns `{status, message}`. `undefined`: it says nothing of the object.
 */
export function compileLuaHealth(
  source: string,
): Result<LuaScript<JsonObject, LuaHealth | undefined>, ExprIssue> {
  return compileWith(source, (obj) => globalValues({ obj }), healthOf)
}

/** What an action does to a resource. */
export interface LuaAction {
  readonly operation: "patch" | "create"
  readonly resource: JsonObject
}

function actionOf(value: JsonValue, before: JsonObject): LuaAction {
  if (!isJsonObject(value)) return raise("expected an operation with its resource")
  const { operation, resource = null } = value
  if (operation !== "patch" && operation !== "create") {
    return raise(`unsupported operation: ${JSON.stringify(operation ?? null)}`)
  }
  const restored = restoreObjects(resource, operation === "patch" ? before : undefined)
  if (!isJsonObject(restored)) return raise("expected an operation with its resource")
  return { operation, resource: restored }
}

/** What an action is run on. */
interface ActionInput {
  readonly obj: JsonObject
  readonly actionParams?: JsonObject
}

function actionsOf(machine: Machine, value: LuaValue, { obj }: ActionInput): readonly LuaAction[] {
  const found = tableOf(machine, value)
  if (Array.isArray(found)) return found.map((each: JsonValue) => actionOf(each, obj))
  return [actionOf({ operation: "patch", resource: found }, obj)]
}

/**
 * Compiles an action of Argo CD (`action.lua`): it reads `obj` and `actionParams`, and returns the changed object or a
 * list of operations. Empty tables that were objects stay objects.
 */
export function compileLuaAction(
  source: string,
): Result<LuaScript<ActionInput, readonly LuaAction[]>, ExprIssue> {
  const view: View<ActionInput> = ({ obj, actionParams = {} }) =>
    globalValues({ obj, actionParams })
  return compileWith(source, view, actionsOf)
}

/** An action that an object offers. */
export interface LuaDiscovered {
  readonly name: string
  readonly disabled?: boolean
  readonly iconClass?: string
  readonly displayName?: string
}

function discoveredOf(name: string, value: JsonValue): LuaDiscovered {
  if (!isJsonObject(value)) return { name }
  const { disabled, iconClass, displayName } = value
  return {
    name,
    ...(typeof disabled === "boolean" && { disabled }),
    ...(typeof iconClass === "string" && { iconClass }),
    ...(typeof displayName === "string" && { displayName }),
  }
}

/** Compiles a discovery script of Argo CD (`discovery.lua`): the actions an object offers, in order of name. */
export function compileLuaDiscovery(
  source: string,
): Result<LuaScript<JsonObject, readonly LuaDiscovered[]>, ExprIssue> {
  return compileWith(
    source,
    (obj) => globalValues({ obj }),
    (machine, value) => {
      const found = tableOf(machine, value)
      if (!isJsonObject(found)) return []
      return Object.entries(found)
        .toSorted(([left], [right]) => compareText(left, right))
        .map(([name, each]) => discoveredOf(name, each ?? null))
    },
  )
}

/** Data of an event as Lua values: besides null, lists directly within lists vanish too. */
function eventValue(machine: Machine, value: JsonValue, isInList: boolean): LuaValue {
  if (Array.isArray(value)) {
    if (isInList) return undefined
    const table = new LuaTable()
    for (const item of value as readonly JsonValue[]) {
      const converted = eventValue(machine, item, true)
      if (converted !== undefined) table.list.push(converted)
    }
    return table
  }
  if (!isJsonObject(value)) return fromJson(machine, value)
  const table = new LuaTable()
  for (const [key, item] of Object.entries(value)) {
    machine.allocate(key.length + 64)
    table.set(toBytes(key), eventValue(machine, item ?? null, false))
  }
  return table
}

const eventView: View<JsonObject> = (data) => (machine) => [
  ["event", eventValue(machine, data, false)],
]

/** Compiles `filters.script` of Events: it reads the data as `event` and passes where it returns exactly `true`. */
export function compileLuaEventFilter(
  source: string,
): Result<LuaScript<JsonObject, boolean>, ExprIssue> {
  return compileWith(source, eventView, (_machine, value) => value === true)
}

const transformDepthMax = 200

/** A table as Events writes it: numbered places make a list, whatever else is in it. */
function transformed(machine: Machine, value: LuaValue, depth: number): JsonValue {
  if (!(value instanceof LuaTable)) return toJson(machine, value)
  if (depth > transformDepthMax) return raise("the value is nested too deeply")
  const isMarked = value.metatable?.get("__is_array") === true
  const last = value.maxNumber
  if (last > 0 || isMarked) {
    machine.allocate(last * 16)
    return Array.from({ length: last }, (_, index) =>
      transformed(machine, value.get(index + 1), depth + 1),
    )
  }
  return recordOf(
    [...value.entries()].flatMap(([key, item]): (readonly [string, JsonValue])[] => {
      machine.allocate(64)
      return typeof key === "string" ? [[toText(key), transformed(machine, item, depth + 1)]] : []
    }),
  )
}

/** Compiles `transform.script` of Events: it reads the data as `event` and returns the data instead of it. */
export function compileLuaEventTransform(
  source: string,
): Result<LuaScript<JsonObject, JsonValue>, ExprIssue> {
  return compileWith(source, eventView, (machine, value) => {
    if (value instanceof LuaTable) return transformed(machine, value, 0)
    return raise(`expect table output from Lua script, not ${typeName(value)}`)
  })
}
