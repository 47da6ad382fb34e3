import { utf8Bytes } from "@argo-ts/kernel"

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

/** As package time quotes: bytes beyond ASCII and controls as `\\xHH`. */
function quoted(text: string): string {
  const inner = Array.from(utf8Bytes(text), (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
    const isPlain = byte >= 0x20 && byte < 0x80
    return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`
  })
  return `"${inner.join("")}"`
}

/** `time.ParseDuration` in nanoseconds; a text with the reason where it fails. */
export function parseGoDuration(text: string): bigint | string {
  const invalid = `time: invalid duration ${quoted(text)}`
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
    if (name === "") return `time: missing unit in duration ${quoted(text)}`
    const unit = units.get(name)
    if (unit === undefined) {
      return `time: unknown unit ${quoted(name)} in duration ${quoted(text)}`
    }
    rest = rest.slice(name.length)
    total += BigInt(whole === "" ? "0" : whole) * unit
    if (fraction !== "") total += BigInt(Math.floor(Number(`0.${fraction}`) * Number(unit)))
    if (total > limit) return invalid
  }
  if (isNegative) return -total
  return total === limit ? invalid : total
}
