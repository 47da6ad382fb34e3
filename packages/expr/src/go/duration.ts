const units: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1000n],
  ["µs", 1000n],
  ["μs", 1000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
])
const limit = 2n ** 63n

/** `time.ParseDuration` in nanoseconds; a text with the reason where it fails. */
export function parseGoDuration(text: string): bigint | string {
  const invalid = `time: invalid duration ${JSON.stringify(text)}`
  const isNegative = text.startsWith("-")
  let rest = text.replace(/^[+-]/, "")
  if (rest === "0") return 0n
  if (rest === "") return invalid
  let total = 0n
  while (rest !== "") {
    const match = /^(\d*)(?:\.(\d*))?/.exec(rest) as RegExpExecArray
    const [number, whole = "", fraction = ""] = match
    if (whole === "" && fraction === "") return invalid
    rest = rest.slice(number.length)
    const name = (/^[^.\d]*/.exec(rest) as RegExpExecArray)[0]
    if (name === "") return `time: missing unit in duration ${JSON.stringify(text)}`
    const unit = units.get(name)
    if (unit === undefined) {
      return `time: unknown unit ${JSON.stringify(name)} in duration ${JSON.stringify(text)}`
    }
    rest = rest.slice(name.length)
    total += BigInt(whole === "" ? "0" : whole) * unit
    if (fraction !== "") total += BigInt(Math.floor(Number(`0.${fraction}`) * Number(unit)))
    if (total > limit) return invalid
  }
  if (isNegative) return -total
  return total === limit ? invalid : total
}

/** `time.Duration.String`. */
export function formatGoDuration(ns: bigint): string {
  if (ns === 0n) return "0s"
  const sign = ns < 0n ? "-" : ""
  const size = ns < 0n ? -ns : ns
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
  const rest = value % unit
  if (rest === 0n) return `${value / unit}`
  const digits = String(rest).padStart(String(unit).length - 1, "0")
  return `${value / unit}.${digits.replace(/0+$/, "")}`
}
