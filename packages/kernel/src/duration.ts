import { failed, ok, type Result } from "./issue.js"

const unitNanoseconds: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1000n],
  ["µs", 1000n],
  ["μs", 1000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
])
const nanosecondsMax = 9_223_372_036_854_775_807n

/** One number with its unit, exactly; what is finer than a nanosecond is cut, as Go cuts it. */
function partNanoseconds(whole: string, fraction: string, unit: string): bigint {
  const size = unitNanoseconds.get(unit) as bigint
  const digits = fraction.slice(0, 20)
  return BigInt(whole || "0") * size + (BigInt(digits || "0") * size) / 10n ** BigInt(digits.length)
}

/**
 * Reads a Go duration (`time.ParseDuration`: `1h30m`, `-2.5s`, `100ms`) as milliseconds, possibly fractional.
 * Days and weeks are not part of Go's language; `0` needs no unit.
 */
export function parseDuration(text: string): Result<number> {
  const sign = text.startsWith("-") ? -1 : 1
  const signless = /^[+-]/.test(text) ? text.slice(1) : text
  if (signless === "0") return ok(0)
  const part = /(?:(\d{1,19})(?:\.(\d*))?|\.(\d+))(ns|us|µs|μs|ms|s|m|h)/y
  let total = 0n
  let end = 0
  for (let match = part.exec(signless); match !== null; match = part.exec(signless)) {
    total += partNanoseconds(match[1] ?? "", match[2] ?? match[3] ?? "", match[4] as string)
    end = part.lastIndex
  }
  if (end === 0 || end < signless.length || total > nanosecondsMax) {
    const message = `expected a duration like 30s or 1h30m, found ${JSON.stringify(text)}`
    return failed([{ code: "InvalidValue", path: [], message }])
  }
  return ok(sign * (Number(total / 1_000_000n) + Number(total % 1_000_000n) / 1e6))
}

/** Writes milliseconds as Go's `time.Duration` prints them: `1h30m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.trunc(milliseconds)
  const rest = Math.round((milliseconds - whole) * 1e6)
  return formatNanoseconds(BigInt(whole) * 1_000_000n + BigInt(rest))
}

/** Writes nanoseconds as Go's `time.Duration` prints them, exactly. */
export function formatNanoseconds(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "0s"
  const sign = nanoseconds < 0n ? "-" : ""
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  if (size < 1000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${decimal(size, 1000n)}µs`
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`
  const minutes = size / 60_000_000_000n
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`
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
