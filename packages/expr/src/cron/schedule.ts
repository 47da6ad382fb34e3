import { daysFromCivil, type EpochMs, epochMs } from "@argo-ts/kernel"
import { civilOf, nsOfLocal, utc } from "../go/time.js"
import type { Zone } from "../issue.js"

/** The values of one field. */
export interface Field {
  readonly values: ReadonlySet<number>
  /** Written with `*` or `?` and no step. */
  readonly isStar: boolean
}

/** Five fields and the zone they are read in. */
export interface Schedule {
  readonly minute: Field
  readonly hour: Field
  readonly day: Field
  readonly month: Field
  readonly weekday: Field
  readonly zone: Zone
}

type Civil = ReturnType<typeof civilOf>

const searchDays = 366 * 5
const searchYears = 5
const [minuteSeconds, hourSeconds] = [60, 3600]

function dayMatches({ day, weekday }: Schedule, at: Pick<Civil, "day" | "weekday">): boolean {
  const inDays = day.values.has(at.day)
  const inWeekdays = weekday.values.has(at.weekday)
  return day.isStar || weekday.isStar ? inDays && inWeekdays : inDays || inWeekdays
}

function civil(schedule: Schedule, seconds: number): Civil {
  return civilOf(BigInt(seconds) * 1_000_000_000n, schedule.zone)
}

/** The instant of a local time, as Go's `time.Date` takes it: fields may run over, a time in a gap goes to one side. */
function instantOf(
  { zone }: Schedule,
  { year, month, day }: { readonly year: number; readonly month: number; readonly day: number },
  time: { readonly hour: number; readonly minute?: number; readonly second?: number },
): number {
  const { hour, minute = 0, second = 0 } = time
  const local = { year, month, day, hour, minute, second, nanosecond: 0 }
  return Number(nsOfLocal(local, zone) / 1_000_000_000n)
}

/** Where a search stands: an instant in seconds, and whether a field was passed already, so that lower ones begin anew. */
interface Search {
  at: number
  hasMoved: boolean
}

/** A field that is sought: true when it fits, false when the fields above it have to be asked again. */
type Seek = (schedule: Schedule, search: Search) => boolean

const midnight = { hour: 0, minute: 0, second: 0 }

const seekMonth: Seek = (schedule, search) => {
  for (;;) {
    const here = civil(schedule, search.at)
    if (schedule.month.values.has(here.month)) return true
    if (!search.hasMoved) search.at = instantOf(schedule, { ...here, day: 1 }, midnight)
    search.hasMoved = true
    const from = civil(schedule, search.at)
    search.at = instantOf(schedule, { ...from, month: from.month + 1 }, from)
    if (civil(schedule, search.at).month === 1) return false
  }
}

const seekDay: Seek = (schedule, search) => {
  for (;;) {
    const here = civil(schedule, search.at)
    if (dayMatches(schedule, here)) return true
    if (!search.hasMoved) search.at = instantOf(schedule, here, midnight)
    search.hasMoved = true
    const from = civil(schedule, search.at)
    search.at = instantOf(schedule, { ...from, day: from.day + 1 }, from)
    // A day that does not begin at midnight is entered at the hour that is nearest to it.
    const { hour } = civil(schedule, search.at)
    if (hour !== 0) search.at += (hour > 12 ? 24 - hour : -hour) * hourSeconds
    if (civil(schedule, search.at).day === 1) return false
  }
}

const seekHour: Seek = (schedule, search) => {
  for (;;) {
    const here = civil(schedule, search.at)
    if (schedule.hour.values.has(here.hour)) return true
    if (!search.hasMoved) search.at = instantOf(schedule, here, { hour: here.hour })
    search.hasMoved = true
    search.at += hourSeconds
    if (civil(schedule, search.at).hour === 0) return false
  }
}

const seekMinute: Seek = (schedule, search) => {
  for (;;) {
    const here = civil(schedule, search.at)
    if (schedule.minute.values.has(here.minute)) return true
    if (!search.hasMoved) search.at = Math.floor(search.at / minuteSeconds) * minuteSeconds
    search.hasMoved = true
    search.at += minuteSeconds
    if (civil(schedule, search.at).minute === 0) return false
  }
}

const seekSecond: Seek = (schedule, search) => {
  const { second } = civil(schedule, search.at)
  if (second === 0) return true
  search.hasMoved = true
  search.at += minuteSeconds - second
  return false
}

const seeks: readonly Seek[] = [seekMonth, seekDay, seekHour, seekMinute, seekSecond]

/**
 * The first instant after another. Fields are sought from the month down, in local time, each from where the one above it
 * stopped: where clocks change this finds what upstream finds, lost and doubled hours included.
 */
export function nextAfter(schedule: Schedule, after: EpochMs): EpochMs | undefined {
  const search: Search = { at: Math.floor(after / 1000) + 1, hasMoved: false }
  const lastYear = civil(schedule, search.at).year + searchYears
  while (civil(schedule, search.at).year <= lastYear) {
    if (seeks.every((seek) => seek(schedule, search))) return epochMs(search.at * 1000)
  }
  return undefined
}

/** The last instant before another: local days backwards and, within one that fits, the instants of each local time. */
export function seekBefore(schedule: Schedule, before: EpochMs): EpochMs | undefined {
  const start = civilOf(BigInt(Math.floor(before)) * 1_000_000n, schedule.zone)
  const first = daysFromCivil(start.year, start.month, start.day)
  for (let offset = -1; offset <= searchDays; offset++) {
    const days = first - offset
    const at = civilOf(BigInt(days) * 86_400_000_000_000n, utc)
    if (!schedule.month.values.has(at.month) || !dayMatches(schedule, at)) continue
    const found = lastInDay(schedule, days, before)
    if (found !== undefined) return found
  }
  return undefined
}

function lastInDay(schedule: Schedule, days: number, before: EpochMs): EpochMs | undefined {
  let best: number | undefined
  for (const hour of schedule.hour.values) {
    for (const minute of schedule.minute.values) {
      for (const instant of instantsOf(days * 86_400 + hour * 3600 + minute * 60, schedule.zone)) {
        if (instant < before && (best === undefined || instant > best)) best = instant
      }
    }
  }
  return best === undefined ? undefined : epochMs(best)
}

/** The instants of a local time: none in a gap, two in an overlap. */
function instantsOf(wall: number, zone: Zone): readonly number[] {
  const early = wall - zone.offsetAt(wall - 86_400).seconds
  const late = wall - zone.offsetAt(wall + 86_400).seconds
  const candidates = early === late ? [early] : [early, late]
  return candidates
    .filter((epoch) => zone.offsetAt(epoch).seconds === wall - epoch)
    .map((epoch) => epoch * 1000)
}
