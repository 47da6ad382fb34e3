import { type EpochMs, failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import { isPlainPath, type PathReader, readPlainPath } from "./paths.js"

/** A time zone's offset from UTC. */
export interface Zone {
  readonly name: string
  readonly offsetAt: (epochSeconds: number) => ZoneOffset
}

/** An instant's offset from UTC. */
export interface ZoneOffset {
  readonly seconds: number
  /** `UTC`, `CET`, … */
  readonly abbreviation: string
}

/** Finds a time zone by its IANA name. */
export type Zones = (name: string) => Zone | undefined

/** Instants that a cron names. */
export interface Schedule {
  /** The first instant after `since`; `undefined` where none comes within five years. */
  next(since: EpochMs): EpochMs | undefined
}

function missing(what: string): Result<never> {
  return failed([{ code: "UnsupportedField", path: [], message: `${what} is not built yet` }])
}

const utc: Zone = { name: "UTC", offsetAt: () => ({ seconds: 0, abbreviation: "UTC" }) }

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
  return isPlainPath(path) ? ok(readPlainPath(path)) : missing(`path ${path}`)
}

const literalPattern = /^[^\\.+*?()|[\]{}^$]*$/

/** An RE2 pattern, to be found anywhere in a text. */
export function compilePattern(pattern: string): Result<(text: string) => boolean> {
  if (literalPattern.test(pattern)) return ok((text) => text.includes(pattern))
  return missing(`pattern ${pattern}`)
}

/** A Go template with sprig's functions; its `.Input` is the value. */
export function compileTemplate(template: string): Result<(input: JsonValue) => Result<string>> {
  return missing(`template ${template}`)
}

/** A govaluate expression over named values. */
export function compileExpression(
  expression: string,
): Result<(variables: ReadonlyMap<string, JsonValue>) => Result<unknown>> {
  return missing(`expression ${expression}`)
}

/** Five cron fields in a zone. */
export function compileSchedule(
  cron: string,
  _timezone: string | undefined,
  _zones?: Zones,
): Result<Schedule> {
  return missing(`cron ${cron}`)
}

/** An expr-lang expression over an event's data, as sources filter by. */
export function compileSourceFilter(
  expression: string,
): Result<(data: JsonValue) => Result<boolean>> {
  return missing(`expression ${expression}`)
}
