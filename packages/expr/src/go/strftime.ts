import type { EpochMs } from "@argo-ts/kernel"
import type { Zone } from "../issue.js"
import { timeOf } from "../values/time-types.js"
import type { GoTime } from "../values/value.js"
import { formatLayout } from "./layout.js"
import { utc } from "./time.js"

/** An instant as Go's `time.Time`, by default in UTC. */
export function goTime(at: EpochMs, zone: Zone = utc): GoTime {
  return timeOf(BigInt(at) * 1_000_000n, zone)
}

/** Letters of strftime that Workflows knows, as Go layouts; `L` brings its own dot. */
const layouts: ReadonlyMap<string, string> = new Map([
  ["B", "January"],
  ["b", "Jan"],
  ["m", "01"],
  ["A", "Monday"],
  ["a", "Mon"],
  ["d", "02"],
  ["H", "15"],
  ["I", "03"],
  ["M", "04"],
  ["S", "05"],
  ["Y", "2006"],
  ["y", "06"],
  ["p", "PM"],
  ["Z", "MST"],
  ["z", "-0700"],
  ["L", ".000"],
])

/** The letters that `strftime` replaces. */
export const strftimeLetters: readonly string[] = [...layouts.keys()]

/** The strftime subset of Workflows (spec/languages §6.9): unknown letters and a last `%` stay as they are. */
export function strftime(time: GoTime, format: string): string {
  return format.replace(/%(.)/gsu, (whole, letter: string) => {
    if (letter === "%") return "%"
    const layout = layouts.get(letter)
    return layout === undefined ? whole : formatLayout(time, layout)
  })
}
