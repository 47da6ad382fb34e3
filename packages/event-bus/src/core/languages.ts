import type { ExprIssue, Zone, Zones } from "@argo-ts/expr"
import { compileCron } from "@argo-ts/expr/cron"
import { gjsonGet } from "@argo-ts/expr/gjson"
import type { Parameters } from "@argo-ts/expr/govaluate"
import { compileGovaluate } from "@argo-ts/expr/govaluate"
import { compilePreset } from "@argo-ts/expr/presets"
import { compilePattern as findPattern } from "@argo-ts/expr/regexp"
import {
  type EpochMs,
  failed,
  isJsonObject,
  type JsonValue,
  ok,
  type Result,
  recordOf,
} from "@argo-ts/kernel"
import { rawJson } from "./found.js"
import { isPlainPath, type PathReader, readPlainPath } from "./paths.js"

export type { Zone, Zones }

/** Instants that a cron names. */
export interface Schedule {
  /** The first instant after `since`; `undefined` where none comes within five years. */
  next(since: EpochMs): EpochMs | undefined
}

const utc: Zone = {
  name: "UTC",
  offsetAt: () => ({ seconds: 0, abbreviation: "UTC", isDst: false }),
}

/** The zone of that name; absent or empty is UTC. */
export function findZone(name: string | undefined, zones?: Zones): Result<Zone> {
  if (name === undefined || name === "" || name === "UTC") return ok(utc)
  const zone = zones?.(name)
  if (zone !== undefined) return ok(zone)
  const message = `no time zone is called ${JSON.stringify(name)} here`
  return failed([{ code: "InvalidValue", path: [], message }])
}

/** Takes every plausible name for a zone: for checks that have no zone data. */
export const anyZone: Zones = (name) =>
  /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/.test(name) ? { ...utc, name } : undefined

/** A gjson path. */
export function compilePath(path: string): Result<PathReader> {
  if (isPlainPath(path)) return ok(readPlainPath(path))
  return ok((document) => {
    try {
      const found = gjsonGet(rawJson(document), path)
      return found.exists ? found.value : undefined
    } catch {
      // A path nested beyond its bounds finds nothing.
      return undefined
    }
  })
}

/** An RE2 pattern, to be found anywhere in a text. */
export function compilePattern(pattern: string): Result<(text: string) => boolean> {
  try {
    return ok(findPattern(pattern).test)
  } catch (thrown) {
    const reason = (thrown as { readonly message?: unknown }).message
    const message = `the pattern ${JSON.stringify(pattern)} cannot be read: ${String(reason)}`
    return failed([{ code: "InvalidValue", path: [], message }])
  }
}

/** The text of findings, and their place where they have one. */
function sentence(issues: readonly ExprIssue[]): string {
  return issues
    .map(({ message, column }) => (column > 0 ? `${message} (column ${column})` : message))
    .join("; ")
}

function unreadable(source: string, issues: readonly ExprIssue[]): Result<never> {
  const message = `${JSON.stringify(source)} cannot be read: ${sentence(issues)}`
  return failed([{ code: "InvalidValue", path: [], message }])
}

/** A govaluate expression over named values. */
export function compileExpression(
  expression: string,
): Result<(variables: ReadonlyMap<string, JsonValue>) => Result<unknown>> {
  const compiled = compileGovaluate(expression)
  if (!compiled.ok) return unreadable(expression, compiled.issues)
  const { evaluate } = compiled.value
  return ok((variables) => evaluate(recordOf(variables) as Parameters))
}

/** Five cron fields in a zone; `CRON_TZ=` before them wins. */
export function compileSchedule(
  cron: string,
  timezone: string | undefined,
  zones?: Zones,
): Result<Schedule> {
  const zone = findZone(timezone, zones)
  if (!zone.ok) return zone
  const found = zones === undefined ? {} : { zones }
  const compiled = compileCron(cron, { descriptors: false, zone: zone.value, ...found })
  return compiled.ok ? ok(compiled.value) : unreadable(cron, compiled.issues)
}

/** An expr-lang expression over an event's data, as sources filter by; it must yield true or false. */
export function compileSourceFilter(
  expression: string,
): Result<(data: JsonValue) => Result<boolean>> {
  const compiled = compilePreset("events", expression)
  if (!compiled.ok) return unreadable(expression, compiled.issues)
  const { evaluate } = compiled.value
  return ok((data) => {
    const result = evaluate(isJsonObject(data) ? data : {})
    if (!result.ok) return unreadable(expression, result.issues)
    if (typeof result.value === "boolean") return ok(result.value)
    const message = `${JSON.stringify(expression)} yields no bool`
    return failed([{ code: "InvalidValue", path: [], message }])
  })
}
