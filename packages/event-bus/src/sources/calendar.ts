import {
  type EpochMs,
  epochMs,
  formatInstant,
  type JsonObject,
  ok,
  parseDuration,
  type Result,
} from "@argo-ts/kernel"
import type { CalendarEventSource } from "../api/event-source.js"
import { calendarDay, compileExclusions, type ExcludedDays } from "../core/exclusions.js"
import { compileSchedule, findZone, type Zone, type Zones } from "../core/languages.js"

/** A calendar that knows its ticks. */
export interface CalendarPlan {
  /** Changes when the ticks do: a stored last tick counts only for the schedule it was made for. */
  readonly schedule: string
  /** The first tick after `last`, or `undefined` where none ever comes. */
  next(last: EpochMs): EpochMs | undefined
}

const searchMax = 2000

function ticks(
  calendar: CalendarEventSource,
  zones: Zones | undefined,
): Result<(last: EpochMs) => EpochMs | undefined> {
  const { schedule = "", interval = "", timezone } = calendar
  if (schedule !== "") {
    const compiled = compileSchedule(schedule, timezone, zones)
    return compiled.ok ? ok((last) => compiled.value.next(last)) : compiled
  }
  const duration = parseDuration(interval)
  if (!duration.ok) return duration
  const everyMs = Math.max(1000, duration.value)
  return ok((last) => epochMs(Math.floor((last + everyMs) / 1000) * 1000))
}

function skipExcluded(
  step: (last: EpochMs) => EpochMs | undefined,
  days: ExcludedDays,
  zone: Zone,
): (last: EpochMs) => EpochMs | undefined {
  if (days.size === 0) return step
  return (last) => {
    let next = step(last)
    for (let n = 0; n < searchMax && next !== undefined; n++) {
      if (!days.has(calendarDay(next, zone))) return next
      next = step(next)
    }
    return undefined
  }
}

/** Compiles a calendar; cron wins over interval. */
export function planCalendar(calendar: CalendarEventSource, zones?: Zones): Result<CalendarPlan> {
  const step = ticks(calendar, zones)
  const days = compileExclusions(calendar.exclusionDates ?? [])
  const zone = findZone(calendar.timezone, zones)
  if (!step.ok) return step
  if (!days.ok) return days
  if (!zone.ok) return zone
  const { schedule = "", interval = "", timezone = "" } = calendar
  const name = schedule === "" ? `every ${interval}` : `${timezone} ${schedule}`.trim()
  return ok({ schedule: name, next: skipExcluded(step.value, days.value, zone.value) })
}

/**
 * The tick to wait for: after `last`, and not before `now` — what was missed while nobody ran is skipped, and an
 * interval keeps its phase.
 */
export function upcomingTick(plan: CalendarPlan, last: EpochMs, now: EpochMs): EpochMs | undefined {
  let tick = plan.next(last)
  for (let n = 0; n < searchMax && tick !== undefined && tick < now; n++) tick = plan.next(tick)
  return tick !== undefined && tick < now ? plan.next(now) : tick
}

function offsetText(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, "0")
  const minutes = Math.floor(Math.abs(seconds) / 60)
  return `${seconds < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`
}

/** `2026-01-31 12:00:00 +0000 UTC`: an instant as Go prints it. */
function goTime(at: EpochMs, zone: Zone): string {
  const { seconds, abbreviation } = zone.offsetAt(Math.floor(at / 1000))
  const local = formatInstant(epochMs(at + seconds * 1000))
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${offsetText(seconds)} ${abbreviation}`
}

/**
 * The data of a tick; `eventTime` is the scheduled instant in the calendar's zone.
 *
 * Differs from Argo: upstream shows the instant at which its timer went off, with the reading of a monotonic clock.
 */
export function calendarData(
  calendar: CalendarEventSource,
  tick: EpochMs,
  zones?: Zones,
): JsonObject {
  const { metadata, timezone } = calendar
  const zone = findZone(timezone, zones)
  const eventTime = zone.ok ? goTime(tick, zone.value) : formatInstant(tick)
  return { eventTime, ...(metadata === undefined ? {} : { metadata }) }
}
