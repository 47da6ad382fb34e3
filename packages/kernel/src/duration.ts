import { failed, ok, type Result } from "./issue.js"
import { utf8Bytes } from "./utf8.js"

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
/** One more than the longest duration, in nanoseconds; the shortest is its negative. */
const beyond = 2n ** 63n
/** Of {@link beyond}. */
const digitsMax = 19

/** As package time quotes: bytes beyond ASCII and controls as `\\xHH`. */
function quoted(text: string): string {
  const inner = Array.from(utf8Bytes(text), (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
    const isPlain = byte >= 0x20 && byte < 0x80
    return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`
  })
  return `"${inner.join("")}"`
}

/** So many digits after the point as Go looks at: those that a signed 64-bit integer holds. */
function fractionNanoseconds(digits: string, unit: bigint): bigint {
  let value = 0n
  let scale = 1
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit)
    if (value > (beyond - 1n) / 10n || next > beyond) break
    value = next
    scale *= 10
  }
  // In floating point, as in Go: the last nanosecond is what it makes of it.
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)))
}

/**
 * Go's `time.ParseDuration` (`1h30m`, `-2.5s`, `100ms`) in nanoseconds, exactly; what is wrong with a text is said in its words.
 * Days and weeks are not part of Go's language; `0` needs no unit.
 */
export function parseNanoseconds(text: string): Result<bigint> {
  const fail = (message: string): Result<bigint> =>
    failed([
      { code: "InvalidValue", path: [], message: `time: ${message} duration ${quoted(text)}` },
    ])
  const signless = text.replace(/^[+-]/, "")
  if (signless === "0") return ok(0n)
  const part = /(\d*)(?:\.(\d*))?([^.\d]*)/y
  let total = 0n
  do {
    const [, whole = "", fraction = "", name = ""] = part.exec(signless) as RegExpExecArray
    const digits = whole.replace(/^0+/, "")
    if ((whole === "" && fraction === "") || digits.length > digitsMax) return fail("invalid")
    if (name === "") return fail("missing unit in")
    const unit = unitNanoseconds.get(name)
    if (unit === undefined) return fail(`unknown unit ${quoted(name)} in`)
    total += BigInt(digits === "" ? 0 : digits) * unit + fractionNanoseconds(fraction, unit)
    if (total > beyond) return fail("invalid")
  } while (part.lastIndex < signless.length)
  if (text.startsWith("-")) return ok(-total)
  return total === beyond ? fail("invalid") : ok(total)
}

/** Reads a Go duration as milliseconds, possibly fractional. See {@link parseNanoseconds}. */
export function parseDuration(text: string): Result<number> {
  const parsed = parseNanoseconds(text)
  if (!parsed.ok) {
    const message = `expected a duration like 30s or 1h30m, found ${JSON.stringify(text)}`
    return failed([{ code: "InvalidValue", path: [], message }])
  }
  const { value } = parsed
  return ok(Number(value / 1_000_000n) + Number(value % 1_000_000n) / 1e6)
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
