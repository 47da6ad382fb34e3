export { formatNanoseconds as formatGoDuration } from "@argo-ts/kernel"

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
