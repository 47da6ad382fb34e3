/**
 * Cron schedules as robfig/cron reads them: five fields, or a descriptor.
 *
 * @packageDocumentation
 */
import { type EpochMs, epochMs, failed, ok, type Result } from "@argo-ts/kernel"
import { parseGoDuration } from "../go/duration.js"
import { utc } from "../go/time.js"
import { type ExprIssue, Fault, issueOfThrown, type Zone, type Zones } from "../issue.js"
import { type Field, nextAfter, type Schedule, seekBefore } from "./schedule.js"

/** How a schedule is read. */
export interface CronOptions {
  /** False refuses `@daily` and the like, as Events and CD do. Default true. */
  readonly descriptors?: boolean
  /** Finds the zones of `CRON_TZ=`; default: only UTC. */
  readonly zones?: Zones
  /** The zone of a schedule that names none; default UTC. */
  readonly zone?: Zone
}

/** A compiled schedule. */
export interface CronProgram {
  readonly source: string
  readonly references: readonly []
  readonly issues: readonly ExprIssue[]
  /** First instant strictly after another that the schedule names; undefined where five years have none. */
  readonly next: (after: EpochMs) => EpochMs | undefined
  /** Last instant strictly before another that the schedule names; undefined where five years have none. */
  readonly previous: (before: EpochMs) => EpochMs | undefined
  /** The same as `next`, in the common shape. */
  readonly evaluate: (after: EpochMs) => Result<EpochMs | undefined, ExprIssue>
}

interface Bounds {
  readonly least: number
  readonly most: number
  readonly names: readonly string[]
}

const monthNames = [
  "jan",
  "feb",
  "mar",
  "apr",
  "may",
  "jun",
  "jul",
  "aug",
  "sep",
  "oct",
  "nov",
  "dec",
]
const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
const bounds: readonly Bounds[] = [
  { least: 0, most: 59, names: [] },
  { least: 0, most: 23, names: [] },
  { least: 1, most: 31, names: [] },
  { least: 1, most: 12, names: ["", ...monthNames] },
  { least: 0, most: 6, names: dayNames },
]

const descriptors: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
])

/** Compiles a schedule. */
export function compileCron(
  source: string,
  options: CronOptions = {},
): Result<CronProgram, ExprIssue> {
  try {
    const schedule = parse(source, options)
    return ok({
      source,
      references: [],
      issues: [],
      ...schedule,
      evaluate: (after) => ok(schedule.next(after)),
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

function fail(message: string): never {
  throw new Fault(message, 0, "parse")
}

function parse(source: string, options: CronOptions): Pick<CronProgram, "next" | "previous"> {
  let text = source
  let zone = options.zone ?? utc
  const prefix = /^(?:CRON_TZ|TZ)=([^ ]*)( *)/.exec(text)
  if (source === "") fail("empty spec string")
  if (prefix !== null) {
    const [all, name = "", blanks = ""] = prefix
    if (blanks === "") fail(`expected a blank after the time zone in ${JSON.stringify(source)}`)
    const found = name === "" || name === "UTC" ? utc : options.zones?.(name)
    zone = found ?? fail(`provided bad location ${name}: unknown time zone ${name}`)
    text = text.slice(all.length)
  }
  if (text.startsWith("@")) {
    if (options.descriptors === false) fail(`parser does not accept descriptors: ${text}`)
    return parseDescriptor(text, zone)
  }
  return parseFields(text, zone)
}

function parseDescriptor(text: string, zone: Zone): Pick<CronProgram, "next" | "previous"> {
  const fields = descriptors.get(text)
  if (fields !== undefined) return parseFields(fields, zone)
  if (!text.startsWith("@every ")) fail(`unrecognized descriptor: ${text}`)
  const parsed = parseGoDuration(text.slice("@every ".length))
  if (typeof parsed === "string") fail(`failed to parse duration ${text}: ${parsed}`)
  const seconds = parsed < 1_000_000_000n ? 1 : Number(parsed / 1_000_000_000n)
  const whole = (at: EpochMs): number => Math.floor(at / 1000) * 1000
  return {
    next: (after) => epochMs(whole(after) + seconds * 1000),
    previous: (before) => epochMs(whole(before) - seconds * 1000),
  }
}

function parseFields(text: string, zone: Zone): Pick<CronProgram, "next" | "previous"> {
  const words = text.split(/\s+/u).filter((word) => word !== "")
  if (words.length !== 5)
    fail(`expected exactly 5 fields, found ${words.length}: [${words.join(" ")}]`)
  const fields = words.map((word, index) => parseField(word, bounds[index] as Bounds))
  const [minute, hour, day, month, weekday] = fields as [Field, Field, Field, Field, Field]
  const schedule: Schedule = { minute, hour, day, month, weekday, zone }
  return {
    next: (after) => nextAfter(schedule, after),
    previous: (before) => seekBefore(schedule, before),
  }
}

function parseField(text: string, limits: Bounds): Field {
  const values = new Set<number>()
  let isStar = false
  for (const item of text.split(",")) {
    if (item === "") continue
    isStar = addRange(item, limits, values) || isStar
  }
  return { values, isStar }
}

function addRange(item: string, limits: Bounds, values: Set<number>): boolean {
  const [range = "", stepText, ...more] = item.split("/")
  const [low = "", high, ...rest] = range.split("-")
  if (more.length > 0) fail(`too many slashes: ${item}`)
  if (rest.length > 0) fail(`too many hyphens: ${item}`)
  const isStar = low === "*" || low === "?"
  const start = isStar ? limits.least : number(low, limits)
  let end = isStar ? limits.most : high === undefined ? start : number(high, limits)
  const step = stepText === undefined ? 1 : number(stepText, { ...limits, names: [] })
  if (stepText !== undefined && high === undefined && !isStar) end = limits.most
  if (start < limits.least)
    fail(`beginning of range (${start}) below minimum (${limits.least}): ${item}`)
  if (end > limits.most) fail(`end of range (${end}) above maximum (${limits.most}): ${item}`)
  if (start > end) fail(`beginning of range (${start}) beyond end of range (${end}): ${item}`)
  if (step === 0) fail(`step of range should be a positive number: ${item}`)
  for (let value = start; value <= end; value += step) values.add(value)
  return isStar && step === 1
}

function number(text: string, limits: Bounds): number {
  const named = limits.names.indexOf(text.toLowerCase())
  if (named >= 0 && text !== "") return named
  if (!/^[+-]?\d+$/.test(text))
    fail(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  const value = Number(text)
  if (value < 0) fail(`negative number (${value}) not allowed: ${text}`)
  if (value > 2 ** 31) fail(`end of range (${text}) above maximum (${limits.most}): ${text}`)
  return value
}
