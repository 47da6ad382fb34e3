import {
  type EpochMs,
  epochMs,
  failed,
  formatInstant,
  type Issue,
  ok,
  parseInstant,
  type Result,
} from "@argo-ts/kernel"
import type { Zone } from "./languages.js"

/** Calendar days, `2026-01-31`, on which a calendar does not fire. */
export type ExcludedDays = ReadonlySet<string>

const compact = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z?)?$/

function dayOf(date: string): string | undefined {
  const match = compact.exec(date)
  if (match === null) return undefined
  const [, year, month, day] = match
  const text = `${year}-${month}-${day}`
  return parseInstant(`${text}T00:00:00Z`).ok ? text : undefined
}

/** Reads `EXDATE:20260101T000000Z,20260102T000000Z` lines (RFC 5545; `EXDATE;VALUE=DATE:` and `TZID` too). */
export function compileExclusions(lines: readonly string[]): Result<ExcludedDays> {
  const days = new Set<string>()
  const issues: Issue[] = []
  for (const [index, line] of lines.entries()) {
    const match = /^EXDATE(?:;[^:]*)?:(.+)$/.exec(line.trim())
    const dates = (match?.[1] ?? "").split(",").map((date) => dayOf(date.trim()))
    for (const day of dates) if (day !== undefined) days.add(day)
    if (dates.includes(undefined)) {
      const message = `expected EXDATE:20260131T000000Z, found ${JSON.stringify(line)}`
      issues.push({ code: "InvalidValue", path: [index], message })
    }
  }
  return issues.length > 0 ? failed(issues) : ok(days)
}

/** The calendar day of an instant in a zone, `2026-01-31`. */
export function calendarDay(at: EpochMs, zone: Zone): string {
  const local = at + zone.offsetAt(Math.floor(at / 1000)).seconds * 1000
  return formatInstant(epochMs(local)).slice(0, 10)
}
