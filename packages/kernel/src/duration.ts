import { failed, ok, type Result } from "./issue.js"

const unitMs: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
])
const limitMs = 9_223_372_036_854.775

/**
 * Reads a Go duration (`time.ParseDuration`: `1h30m`, `-2.5s`, `100ms`) as milliseconds, possibly fractional.
 * Days and weeks are not part of Go's language; `0` needs no unit.
 */
export function parseDuration(text: string): Result<number> {
  const sign = text.startsWith("-") ? -1 : 1
  let rest = /^[+-]/.test(text) ? text.slice(1) : text
  if (rest === "0") return ok(0)
  let total = 0
  let parts = 0
  while (rest !== "") {
    const match = /^(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/.exec(rest)
    if (match === null) break
    total += Number(match[1]) * (unitMs.get(match[2] as string) as number)
    parts += 1
    rest = rest.slice(match[0].length)
  }
  if (rest !== "" || parts === 0 || total > limitMs) {
    const message = `expected a duration like 30s or 1h30m, found ${JSON.stringify(text)}`
    return failed([{ code: "InvalidValue", path: [], message }])
  }
  return ok(sign * total)
}

/** Writes milliseconds as Go's `time.Duration` prints them: `1h30m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s"
  const sign = milliseconds < 0 ? "-" : ""
  const nanoseconds = BigInt(Math.round(Math.abs(milliseconds) * 1e6))
  if (nanoseconds < 1000n) return `${sign}${nanoseconds}ns`
  if (nanoseconds < 1_000_000n) return `${sign}${decimal(nanoseconds, 1000n)}µs`
  if (nanoseconds < 1_000_000_000n) return `${sign}${decimal(nanoseconds, 1_000_000n)}ms`
  const minutes = nanoseconds / 60_000_000_000n
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 1_000_000_000n)}s`
  if (minutes === 0n) return `${sign}${seconds}`
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`
}

function decimal(value: bigint, unit: bigint): string {
  const whole = value / unit
  const rest = value % unit
  if (rest === 0n) return `${whole}`
  const digits = String(rest).padStart(String(unit).length - 1, "0")
  return `${whole}.${digits.replace(/0+$/, "")}`
}
