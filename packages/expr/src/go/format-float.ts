import { fixedDigits, significantDigits } from "./decimal.js"
import { formatGoFloat } from "./number.js"

function exponentText(power: number): string {
  return `e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`
}

function scientific(value: number, precision: number): string {
  const [digits, power] =
    value === 0 ? ["0".repeat(precision + 1), 0] : significantDigits(value, precision + 1)
  const tail = precision === 0 ? "" : `.${digits.slice(1)}`
  return `${digits.slice(0, 1)}${tail}${exponentText(power)}`
}

/** `%e` with the shortest digits that read back as the same number. */
function shortestScientific(value: number): string {
  const [digits = "", power = "0"] = value.toExponential().split("e")
  return `${digits}${exponentText(Number(power))}`
}

function shortestFixed(value: number): string {
  const [digits = "", power = "0"] = value.toExponential().split("e")
  const plain = digits.replace(".", "")
  const places = plain.length - 1 - Number(power)
  if (places <= 0) return plain + "0".repeat(-places)
  const padded = plain.padStart(places + 1, "0")
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`
}

/** `%g` with a precision: that many significant digits, trailing zeros dropped. */
function general(value: number, precision: number): string {
  const count = precision === 0 ? 1 : precision
  if (value === 0) return "0"
  const [digits, power] = significantDigits(value, count)
  const shown = digits.replace(/0+$/, "")
  // As long as all digits lie before the point, fewer of them do not bring the exponent on.
  const from = count > shown.length && shown.length >= power + 1 ? shown.length : count
  if (power < -4 || power >= Math.max(from, 1)) {
    const tail = shown.length > 1 ? `.${shown.slice(1)}` : ""
    return `${shown.slice(0, 1)}${tail}${exponentText(power)}`
  }
  if (power < 0) return `0.${"0".repeat(-power - 1)}${shown}`
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0")
  const fraction = digits.slice(power + 1).replace(/0+$/, "")
  return fraction === "" ? whole : `${whole}.${fraction}`
}

/**
 * `strconv.FormatFloat` of a number, without its sign: verbs `e`, `f` and `g`; precision `undefined` takes the shortest
 * digits that read back as the same number.
 */
export function formatFloat(value: number, verb: string, precision: number | undefined): string {
  const size = Math.abs(value)
  if (Number.isNaN(size)) return "NaN"
  if (size === Infinity) return "Inf"
  switch (verb) {
    case "e":
      return precision === undefined ? shortestScientific(size) : scientific(size, precision)
    case "f":
      return precision === undefined ? shortestFixed(size) : fixedDigits(size, precision)
    default:
      return precision === undefined ? formatGoFloat(size) : general(size, precision)
  }
}
