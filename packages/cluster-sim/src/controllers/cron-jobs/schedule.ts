import { compileCron } from "@argo-ts/expr/cron"
import { systemZones } from "@argo-ts/expr/zones"
import { type EpochMs, epochMs, formatInstant } from "@argo-ts/kernel"
import type { CronJob } from "./cron-job.js"

/** The schedule of a CronJob in its zone. */
export interface Timetable {
  /** The first scheduled time after another. */
  next(after: EpochMs): EpochMs | undefined
  /** The latest scheduled time after one instant and up to another, and whether a hundred others lie before it. */
  latest(
    after: EpochMs,
    until: EpochMs,
  ): { readonly at: EpochMs; readonly isCrowded: boolean } | undefined
  /** An instant as RFC 3339 in the zone. */
  format(at: EpochMs): string
}

/** Why a CronJob has no timetable, as an event says it. */
export interface TimetableProblem {
  readonly reason: "UnknownTimeZone" | "UnparseableSchedule"
  readonly message: string
}

const crowd = 100
const everyPrefix = "@every "

function formatAt(at: EpochMs, offsetSeconds: number): string {
  if (offsetSeconds === 0) return formatInstant(at)
  const minutes = Math.abs(Math.trunc(offsetSeconds / 60))
  const two = (value: number): string => String(value).padStart(2, "0")
  const sign = offsetSeconds < 0 ? "-" : "+"
  const local = formatInstant(epochMs(at + offsetSeconds * 1000))
  return `${local.slice(0, -1)}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** Reads the schedule of a CronJob. Names of zones are the IANA ones; without one it is UTC. */
export function readTimetable({ spec }: CronJob): Timetable | TimetableProblem {
  const { schedule, timeZone } = spec
  const zone = timeZone === undefined ? undefined : systemZones(timeZone)
  if (timeZone !== undefined && zone === undefined) {
    const why = `unknown time zone ${timeZone}`
    const message = `invalid timeZone: ${JSON.stringify(timeZone)}: ${why}`
    return { reason: "UnknownTimeZone", message }
  }
  const compiled = compileCron(schedule, { zones: systemZones, ...(zone && { zone }) })
  if (!compiled.ok) {
    const why = compiled.issues[0]?.message ?? "is no schedule"
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${why}`
    return { reason: "UnparseableSchedule", message }
  }
  const { next, previous } = compiled.value
  /** Beyond the crowd: intervals go on from the last one, everything else is looked up from the end. */
  const jump = (last: EpochMs, until: EpochMs): EpochMs => {
    if (!schedule.startsWith(everyPrefix)) return previous(epochMs(until + 1)) ?? last
    const everyMs = (next(last) ?? Infinity) - last
    return epochMs(last + Math.floor((until - last) / everyMs) * everyMs)
  }
  return {
    next,
    latest(after, until) {
      let at: EpochMs | undefined
      for (let count = 0; count <= crowd; count++) {
        const following = next(at ?? after)
        if (following === undefined || following > until) {
          return at === undefined ? undefined : { at, isCrowded: false }
        }
        at = following
      }
      return at === undefined ? undefined : { at: jump(at, until), isCrowded: true }
    },
    format: (at) => formatAt(at, zone?.offsetAt(at / 1000).seconds ?? 0),
  }
}
