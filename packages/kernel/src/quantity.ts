import { failed, ok, type Result } from "./issue.js"

const decimalPower: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
])
const binaryPower: ReadonlyMap<string, number> = new Map([
  ["Ki", 10],
  ["Mi", 20],
  ["Gi", 30],
  ["Ti", 40],
  ["Pi", 50],
  ["Ei", 60],
])
const form =
  /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d{1,3})|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?$/

/** A Kubernetes quantity (`500m`, `1.5Gi`, `2e3`) in billionths, exactly; finer fractions are rounded up. */
export function parseQuantity(text: string): Result<bigint> {
  const match = form.exec(text)
  if (match === null) {
    const message = `expected a quantity like 500m, 2 or 1Gi, found ${JSON.stringify(text)}`
    return failed([{ code: "InvalidValue", path: [], message }])
  }
  const [, sign, digits, exponent, suffix = ""] = match as unknown as [
    string,
    string,
    string,
    string | undefined,
    string | undefined,
  ]
  const [whole = "", fraction = ""] = digits.split(".")
  const significand = BigInt(`${whole}${fraction}` || "0")
  const binary = binaryPower.get(suffix)
  const tens =
    9 -
    fraction.length +
    (exponent === undefined ? (decimalPower.get(suffix) ?? 0) : Number(exponent.slice(1)))
  const scaled = scale(binary === undefined ? significand : significand << BigInt(binary), tens)
  return ok(sign === "-" ? -scaled : scaled)
}

function scale(value: bigint, tens: number): bigint {
  if (tens >= 0) return value * 10n ** BigInt(tens)
  const divisor = 10n ** BigInt(-tens)
  return (value + divisor - 1n) / divisor
}

/** Compares two quantities by amount; texts that are no quantity count as zero. */
export function compareQuantities(left: string, right: string): number {
  const [a, b] = [parseQuantity(left), parseQuantity(right)].map((r) => (r.ok ? r.value : 0n)) as [
    bigint,
    bigint,
  ]
  return a < b ? -1 : a > b ? 1 : 0
}
