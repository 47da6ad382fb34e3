/** `strconv.ParseFloat`: undefined for invalid syntax, ±Infinity also where the text is out of range. */
export function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?(inf|infinity)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  if (/^[+-]?0[xX]/.test(text)) return parseHexFloat(text)
  if (!underscoresFit(text)) return undefined
  const plain = text.replaceAll("_", "")
  if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(plain)) return undefined
  return Number(plain)
}

/** True where a text spells an infinity, rather than overflowing into one. */
export function isInfinityText(text: string): boolean {
  return /^[+-]?(inf|infinity)$/i.test(text)
}

function parseHexFloat(text: string): number | undefined {
  if (!underscoresFit(text)) return undefined
  const match = /^([+-]?)0[xX]([0-9A-Fa-f]*)\.?([0-9A-Fa-f]*)[pP]([+-]?[0-9]+)$/.exec(
    text.replaceAll("_", ""),
  )
  if (match === null) return undefined
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match
  if (whole === "" && fraction === "") return undefined
  const mantissa = BigInt(`0x${whole}${fraction}`)
  const power = Number(exponent) - 4 * fraction.length
  return (sign === "-" ? -1 : 1) * scaled(mantissa, power)
}

/** mantissa × 2^power, rounded once. */
function scaled(mantissa: bigint, power: number): number {
  if (mantissa === 0n) return 0
  const bits = mantissa.toString(2).length
  if (bits + power > 1025) return Infinity
  if (bits + power < -1080) return 0
  if (power >= 0) return Number(mantissa << BigInt(power))
  const lowest = Math.max(power, -1074)
  const keep = Math.max(bits + power - lowest, 0)
  if (keep > 53 || power < -1074) return roundBits(mantissa, power)
  return Number(mantissa) * 2 ** Math.max(power, -1000) * 2 ** Math.min(0, power + 1000)
}

function roundBits(mantissa: bigint, power: number): number {
  const bits = mantissa.toString(2).length
  const drop = Math.max(bits - 53, -1074 - power, 0)
  if (drop === 0) return Number(mantissa) * 2 ** power
  const unit = 1n << BigInt(drop)
  const rest = mantissa & (unit - 1n)
  let kept = mantissa >> BigInt(drop)
  const half = unit >> 1n
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n
  const shift = power + drop
  return Number(kept) * 2 ** Math.max(shift, -1000) * 2 ** Math.min(0, shift + 1000)
}

/** True where each `_` stands between digits (or after a base prefix). */
function underscoresFit(text: string): boolean {
  if (!text.includes("_")) return true
  const body = text.replace(/^[+-]/, "").replace(/^0[xXoObB]/, "0")
  return !/__|_$|^_|_[^0-9A-Fa-f]|[^0-9A-Fa-f]_/.test(body)
}

const minInt = -(2n ** 63n)
const maxInt = 2n ** 63n - 1n

/** `strconv.Atoi`: an optional sign and decimal digits that fit 64 bits. */
export function parseGoInt(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined
  const value = BigInt(text.replace(/^\+/, ""))
  return value < minInt || value > maxInt ? undefined : value
}

/** `strconv.ParseInt(text, 0, 64)`: base prefixes, octal with a leading 0, and underscores. */
export function parseGoIntBase0(text: string): bigint | undefined {
  if (!underscoresFit(text)) return undefined
  const match = /^([+-]?)(0[xX][0-9A-Fa-f_]+|0[oO][0-7_]+|0[bB][01_]+|0[0-7_]*|[1-9][0-9_]*)$/.exec(
    text,
  )
  if (match === null) return undefined
  const digits = (match[2] as string).replaceAll("_", "")
  const magnitude = /^0[0-7]/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits)
  const value = match[1] === "-" ? -magnitude : magnitude
  return value < minInt || value > maxInt ? undefined : value
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ["1", true],
  ["t", true],
  ["T", true],
  ["TRUE", true],
  ["true", true],
  ["True", true],
  ["0", false],
  ["f", false],
  ["F", false],
  ["FALSE", false],
  ["false", false],
  ["False", false],
])

/** `strconv.ParseBool`. */
export function parseGoBool(text: string): boolean | undefined {
  return booleans.get(text)
}

/** A float as Go's `%v` writes it: exponent form below 1e-4 and from 1e6, unless `exponentFrom` says otherwise. */
export function formatGoFloat(value: number, exponentFrom = 6): string {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
  if (value === 0) return Object.is(value, -0) ? "-0" : "0"
  return withDigits(value.toExponential(), exponentFrom)
}

/** A float32 as Go writes it: the shortest digits that read back as the same float32. */
export function formatGoFloat32(value: number, exponentFrom = 6): string {
  if (!Number.isFinite(value) || value === 0) return formatGoFloat(value)
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return withDigits(text, exponentFrom)
  }
  return withDigits(value.toExponential(), exponentFrom)
}

function withDigits(scientific: string, exponentFrom: number): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(scientific)
  if (match === null) return scientific
  const [, sign = "", first = "", more = "", power = "0"] = match
  const fraction = more.replace(/0+$/, "")
  const exponent = Number(power)
  if (exponent < -4 || exponent >= exponentFrom) {
    const tail = fraction === "" ? "" : `.${fraction}`
    const size = String(Math.abs(exponent)).padStart(2, "0")
    return `${sign}${first}${tail}e${exponent < 0 ? "-" : "+"}${size}`
  }
  const digits = first + fraction
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0")
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}
