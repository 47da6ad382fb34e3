import {
  failed,
  type Issue,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
  utf8Bytes,
} from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { TriggerParameter, TriggerParameterSource } from "../api/triggers.js"
import { rawJson, textOf } from "./found.js"
import { compilePath } from "./languages.js"
import type { PathReader } from "./paths.js"
import { compileSetter, type Setter } from "./set-path.js"

/** The events of one firing, by dependency. */
export type FiringEvents = ReadonlyMap<string, CloudEvent>

/** A value for a parameter: its text, and the JSON it was found as. */
export interface ParameterValue {
  readonly text: string
  readonly raw: JsonValue
}

/** A parameter that is ready to be resolved against any number of firings. */
export interface CompiledParameter {
  readonly parameter: TriggerParameter
  /** `undefined`: nothing to write, because the dependency did not take part in the firing. */
  resolve(events: FiringEvents): Result<ParameterValue | undefined>
  /** Writes a value to `dest`. */
  readonly set: Setter
  /** Reads what `dest` holds, where the operation needs it. */
  readonly existing: PathReader | undefined
}

function problem(message: string): { readonly ok: false; readonly issues: readonly Issue[] } {
  return failed([{ code: "ParameterFailed", path: [], message }])
}

function text(value: string): ParameterValue {
  return { text: value, raw: value }
}

/** An event's context as parameters see it, in upstream's order of fields. */
export function contextOf(event: CloudEvent): JsonObject {
  const { id, source, specversion, type, datacontenttype, subject, time } = event
  return { id, source, specversion, type, datacontenttype, subject, time: wholeSeconds(time) }
}

function wholeSeconds(time: string): string {
  return time.replace(/\.\d+/, "")
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

function base64(value: string): string {
  const bytes = utf8Bytes(value)
  let encoded = ""
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b, c] = bytes.subarray(index, index + 3)
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    encoded += alphabet[word >> 18]
    encoded += alphabet[(word >> 12) & 63]
    encoded += b === undefined ? "=" : alphabet[(word >> 6) & 63]
    encoded += c === undefined ? "=" : alphabet[word & 63]
  }
  return encoded
}

function wholeEvent(event: CloudEvent): ParameterValue {
  return text(rawJson({ context: contextOf(event), data: base64(rawJson(event.data)) }))
}

/** Reads a key of a document, as text and as JSON. */
function keyReader(read: PathReader): (document: JsonValue) => ParameterValue | undefined {
  return (document) => {
    const found = read(document)
    if (found === undefined) return undefined
    return { text: found === null ? "null" : textOf(found), raw: found }
  }
}

function resolveWith(
  source: TriggerParameterSource,
  read: ((event: CloudEvent) => ParameterValue | undefined) | undefined,
  events: FiringEvents,
): Result<ParameterValue | undefined> {
  const { dependencyName, value } = source
  const event = events.get(dependencyName)
  if (event === undefined) return ok(value === undefined ? undefined : text(value))
  if (read === undefined) return ok(value === undefined ? wholeEvent(event) : text(value))
  const found = read(event)
  if (found !== undefined) return ok(found)
  if (value !== undefined) return ok(text(value))
  const sought =
    source.dataTemplate ?? source.dataKey ?? source.contextTemplate ?? source.contextKey
  return problem(`event "${event.id}" of dependency "${dependencyName}" has no "${sought}"`)
}

/** Compiles where a parameter's value comes from (spec/events §2.10): a data key wins over a context key. */
export function compileParameter(parameter: TriggerParameter): Result<CompiledParameter> {
  const { src } = parameter
  const key = src.dataKey ?? src.contextKey
  const path = key === undefined ? undefined : compilePath(key)
  if (path?.ok === false) return path
  const find = path === undefined ? undefined : keyReader(path.value)
  const document = src.dataKey === undefined ? contextOf : (event: CloudEvent) => event.data
  const read = find === undefined ? undefined : (event: CloudEvent) => find(document(event))
  const { dest = "", operation } = parameter
  const joins = operation === "append" || operation === "prepend"
  const existing = joins ? compilePath(dest) : undefined
  return ok({
    parameter,
    resolve: (events) => resolveWith(src, read, events),
    set: compileSetter(dest),
    existing: existing?.ok === true ? existing.value : undefined,
  })
}

/** Compiles a list of parameters, with every reason why one cannot be. */
export function compileParameters(
  parameters: readonly TriggerParameter[] | undefined,
): Result<readonly CompiledParameter[]> {
  const compiled: CompiledParameter[] = []
  const issues: Issue[] = []
  for (const [index, parameter] of (parameters ?? []).entries()) {
    const result = compileParameter(parameter)
    if (result.ok) compiled.push(result.value)
    else issues.push(...result.issues.map((each) => ({ ...each, path: [index, "src"] })))
  }
  return issues.length > 0 ? failed(issues) : ok(compiled)
}

/** What a parameter writes: text, unless raw data was asked for and found. */
function written(parameter: TriggerParameter, value: ParameterValue): JsonValue {
  const isRaw = parameter.src.useRawData === true && typeof value.raw !== "string"
  return isRaw ? value.raw : value.text
}

function joined(
  document: JsonValue,
  compiled: CompiledParameter,
  value: ParameterValue,
): JsonValue {
  const { parameter, existing } = compiled
  const found = existing?.(document)
  if (found === undefined) return written(parameter, value)
  const old = textOf(found)
  return parameter.operation === "append" ? old + value.text : value.text + old
}

/** The document with every parameter written into it, in order. The first that cannot be resolved ends it. */
export function applyParameters(
  document: JsonValue,
  parameters: readonly CompiledParameter[],
  events: FiringEvents,
): Result<JsonValue> {
  let result = document
  for (const compiled of parameters) {
    const value = compiled.resolve(events)
    if (!value.ok) return value
    if (value.value === undefined) continue
    const next = compiled.set(result, joined(result, compiled, value.value))
    if (!next.ok) return next
    result = next.value
  }
  return ok(result)
}

/** What a payload amounts to: a document, or the text that an entry without `dest` put in its place. */
export type Payload = { readonly document: JsonValue } | { readonly whole: string }

/** Builds what a payload describes: begun as `{}`, operations ignored. */
export function buildPayload(
  parameters: readonly CompiledParameter[],
  events: FiringEvents,
): Result<Payload> {
  let document: JsonValue = {}
  let whole: string | undefined
  for (const { parameter, resolve, set } of parameters) {
    const value = resolve(events)
    if (!value.ok) return value
    if (value.value === undefined) continue
    if (parameter.dest === undefined || parameter.dest === "") {
      whole = value.value.text
      continue
    }
    const next = set(document, written(parameter, value.value))
    if (!next.ok) return next
    document = next.value
  }
  return ok(whole === undefined ? { document } : { whole })
}
