/**
 * Time zones of the JavaScript runtime, for the `zones` option. The rest of the package holds no zone data.
 *
 * @packageDocumentation
 */
import type { Zone, ZoneOffset, Zones } from "../issue.js"

const known = new Map<string, Zone | undefined>()
const cacheMax = 2000
const english: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["CET", ["CET", "CEST"]],
  ["EET", ["EET", "EEST"]],
  ["WET", ["WET", "WEST"]],
])

/** The runtime's IANA zones. Names are case-sensitive, as on the systems upstream runs on. */
export const systemZones: Zones = (name) => {
  if (!known.has(name)) known.set(name, load(name))
  return known.get(name)
}

function load(name: string): Zone | undefined {
  if (!/^[A-Za-z0-9_+/-]+$/.test(name)) return undefined
  const fields = formatOf(name)
  if (fields === undefined) return undefined
  const offsets = new Map<number, ZoneOffset>()
  return {
    name,
    offsetAt: (epochSeconds) => {
      // No zone changes its offset within a quarter of an hour that begins at a full one.
      const quarter = Math.floor(epochSeconds / 900)
      const found = offsets.get(quarter) ?? offsetOf(fields, name, quarter * 900)
      if (offsets.size >= cacheMax) offsets.clear()
      offsets.set(quarter, found)
      return found
    },
  }
}

type Format = (epochMs: number) => ReadonlyMap<string, string>

function formatOf(name: string): Format | undefined {
  try {
    // oxlint-disable-next-line no-restricted-globals -- the one adapter to the runtime's zone data.
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
      timeZoneName: "short",
    })
    const resolved = format.resolvedOptions().timeZone
    if (resolved.toLowerCase() === name.toLowerCase() && resolved !== name) return undefined
    return (epochMs) =>
      new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, value]))
  } catch {
    return undefined
  }
}

function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return (
    era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
  )
}

function wallOf(fields: ReadonlyMap<string, string>): number {
  const part = (type: string): number => Number(fields.get(type))
  const year = fields.get("era")?.startsWith("B") === true ? 1 - part("year") : part("year")
  const days = daysOf(year, part("month"), part("day"))
  return days * 86_400 + part("hour") * 3600 + part("minute") * 60 + part("second")
}

function secondsAt(format: Format, epochSeconds: number): number {
  return wallOf(format(epochSeconds * 1000)) - epochSeconds
}

function offsetOf(format: Format, name: string, epochSeconds: number): ZoneOffset {
  const fields = format(epochSeconds * 1000)
  const seconds = wallOf(fields) - epochSeconds
  // Standard time is the smaller offset of the year.
  const isDst =
    seconds >
    Math.min(
      secondsAt(format, epochSeconds - 182 * 86_400),
      secondsAt(format, epochSeconds + 182 * 86_400),
    )
  const given = fields.get("timeZoneName") ?? ""
  const abbreviation =
    /^[A-Z]{3,5}$/.test(given) && given !== "GMT" ? given : named(name, seconds, isDst)
  return { seconds, abbreviation, isDst }
}

const abbreviations: ReadonlyMap<string, readonly [standard: string, summer: string]> = new Map([
  // The runtime knows the names of these only since 1970.
  ["America/New_York", ["EST", "EDT"]],
  ["America/Chicago", ["CST", "CDT"]],
  ["America/Denver", ["MST", "MDT"]],
  ["America/Los_Angeles", ["PST", "PDT"]],
  ["Asia/Tokyo", ["JST", "JDT"]],
  ["Asia/Seoul", ["KST", "KDT"]],
  ["Asia/Kolkata", ["IST", "IST"]],
  ["Asia/Calcutta", ["IST", "IST"]],
  ["Asia/Shanghai", ["CST", "CDT"]],
  ["Asia/Hong_Kong", ["HKT", "HKST"]],
  ["Asia/Karachi", ["PKT", "PKST"]],
  ["Asia/Jakarta", ["WIB", "WIB"]],
  ["Asia/Jerusalem", ["IST", "IDT"]],
  ["Europe/Moscow", ["MSK", "MSD"]],
  ["Africa/Johannesburg", ["SAST", "SAST"]],
  ["Africa/Nairobi", ["EAT", "EAT"]],
  ["Africa/Lagos", ["WAT", "WAT"]],
  ["Australia/Sydney", ["AEST", "AEDT"]],
  ["Australia/Melbourne", ["AEST", "AEDT"]],
  ["Australia/Brisbane", ["AEST", "AEST"]],
  ["Australia/Adelaide", ["ACST", "ACDT"]],
  ["Australia/Perth", ["AWST", "AWST"]],
  ["Pacific/Auckland", ["NZST", "NZDT"]],
])

function named(name: string, seconds: number, isDst: boolean): string {
  // Before standard time each place had its own: local mean time.
  if (seconds % 60 !== 0) return "LMT"
  // Lord Howe kept Sydney's time until 1981, and a half hour of its own since.
  if (name === "Australia/Lord_Howe" && seconds === 36_000) return "AEST"
  const known = abbreviations.get(name)
  if (known !== undefined) return known[isDst ? 1 : 0]
  if (name.startsWith("Europe/") || english.has(name)) {
    const hours = (seconds - (isDst ? 3600 : 0)) / 3600
    if (name === "Europe/London" || name === "Europe/Dublin")
      return isDst ? (name.endsWith("n") ? "BST" : "IST") : "GMT"
    const base = hours === 0 ? "WET" : hours === 1 ? "CET" : hours === 2 ? "EET" : ""
    if (base !== "") return (english.get(base) as readonly [string, string])[isDst ? 1 : 0]
  }
  if (seconds === 0) return "GMT"
  const size = Math.abs(seconds)
  const two = (value: number): string => String(value).padStart(2, "0")
  const minutes = Math.floor(size / 60) % 60
  return `${seconds < 0 ? "-" : "+"}${two(Math.floor(size / 3600))}${minutes === 0 ? "" : two(minutes)}`
}
