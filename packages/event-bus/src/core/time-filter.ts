import { failed, ok, parseInstant, type Result } from "@argo-ts/kernel"
import type { TimeFilter } from "../api/filters.js"
import { findZone, type Zones } from "./languages.js"
import { type Judge, passed, refused, unasked } from "./verdict.js"

const clockTime = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/

function secondsOfDay(field: string, text: string): Result<number> {
  const match = clockTime.exec(text)
  if (match === null) {
    const message = `${field} of a time filter is ${JSON.stringify(text)}; expected HH:MM:SS`
    return failed([{ code: "InvalidValue", path: [field], message }])
  }
  return ok(Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]))
}

/** From `start` until before `stop` by the zone's clock; past midnight where `stop` is not later. */
export function compileTimeFilter(filter: TimeFilter, zones?: Zones): Result<Judge> {
  const start = secondsOfDay("start", filter.start)
  const stop = secondsOfDay("stop", filter.stop)
  const zone = findZone(filter.timezone, zones)
  if (!start.ok) return start
  if (!stop.ok) return stop
  if (!zone.ok) return failed(zone.issues.map((issue) => ({ ...issue, path: ["timezone"] })))
  if (start.value === stop.value) {
    const message = `start and stop of a time filter are both "${filter.start}"; expected two times`
    return failed([{ code: "InvalidValue", path: ["stop"], message }])
  }
  const [from, until] = [start.value, stop.value]
  return ok((event) => {
    const at = parseInstant(event.time)
    if (!at.ok)
      return unasked(() => `time of the event is "${event.time}", which is no RFC 3339 time`)
    const epochSeconds = at.value / 1000
    const local = epochSeconds + zone.value.offsetAt(Math.floor(epochSeconds)).seconds
    const ofDay = ((local % 86_400) + 86_400) % 86_400
    const isInside = from < until ? from <= ofDay && ofDay < until : ofDay >= from || ofDay < until
    if (isInside) return passed
    const window = `${filter.start}–${filter.stop} ${filter.timezone ?? "UTC"}`
    return refused(() => `the event's time ${event.time} is outside ${window}`)
  })
}
