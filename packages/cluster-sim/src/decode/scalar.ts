import { formatInstant, formatMicroInstant, type JsonValue, parseInstant } from "@argo-ts/kernel"
import { canonicalQuantity } from "@argo-ts/kernel/schemas"
import type { Field, ValueType } from "./message.js"

/** A document that is no object of its kind; the message says why in the words of the server's decoder. */
export class DecodeError extends Error {
  override readonly name = "DecodeError"
}

/** The field that is being read. */
export interface Spot {
  /** `Container` */
  readonly message: string
  readonly path: readonly (string | number)[]
  readonly field: Field
}

const wholeTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
/** A `MicroTime` has six digits, no more and no fewer. */
const sixDigits = /\.\d{6}(?:Z|[+-]\d\d:\d\d)$/
const base64 = /^[A-Za-z0-9+/]*={0,2}$/
const quantityRule = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
const quantityForm = new RegExp(quantityRule)
const int32Max = 2_147_483_647

function nameOf(value: JsonValue): string {
  if (Array.isArray(value)) return "array"
  return typeof value === "boolean" ? "bool" : typeof value
}

/** `json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string` */
export function misfit(
  value: JsonValue,
  spot: Spot,
  goType: string = spot.field.goType,
): DecodeError {
  const isCut = typeof value === "number" && goType.startsWith("int")
  const what = isCut ? `number ${value}` : nameOf(value)
  const place = spot.path.filter((step) => typeof step === "string").join(".")
  return new DecodeError(
    `json: cannot unmarshal ${what} into Go struct field ${spot.message}.${place} of type ${goType}`,
  )
}

function decodeInt(value: JsonValue, spot: Spot): JsonValue {
  if (typeof value !== "number" || !Number.isInteger(value)) throw misfit(value, spot)
  const isWide = spot.field.goType === "int64"
  if (!isWide && (value > int32Max || value < -int32Max - 1)) throw misfit(value, spot)
  return value
}

function decodeQuantity(value: JsonValue, spot: Spot): JsonValue {
  if (typeof value !== "string" && typeof value !== "number") throw misfit(value, spot)
  const canonical = canonicalQuantity(value, spot.field.shape === "map" ? "milli" : "nano")
  if (canonical !== undefined) return canonical
  if (quantityForm.test(`${value}`)) throw new DecodeError("unable to parse quantity's suffix")
  throw new DecodeError(`quantities must match the regular expression '${quantityRule}'`)
}

/** A time in another form than its field has; `stuck` is where reading stops, and what should stand there. */
function untimely(value: string, isMicro: boolean, stuck: readonly [string, string]): DecodeError {
  const layout = isMicro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00"
  const [found, expected] = stuck.map((text) => JSON.stringify(text))
  return new DecodeError(
    `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${found} as ${expected}`,
  )
}

function decodeTime(value: JsonValue, spot: Spot, isMicro: boolean): JsonValue {
  if (typeof value !== "string") throw misfit(value, spot, "string")
  if ((isMicro ? microTime : wholeTime).test(value)) return value
  const parsed = parseInstant(value)
  if (!parsed.ok) throw untimely(value, isMicro, [value, "2006"])
  if (isMicro && !sixDigits.test(value))
    throw untimely(value, isMicro, [value.slice(19), ".000000"])
  return isMicro ? formatMicroInstant(parsed.value) : formatInstant(parsed.value)
}

function decodeBytes(value: JsonValue, spot: Spot): JsonValue {
  if (typeof value !== "string") throw misfit(value, spot)
  const text = /[\r\n]/.test(value) ? value.replaceAll(/[\r\n]/g, "") : value
  if (text.length % 4 === 0 && base64.test(text)) return text
  const at = /[^A-Za-z0-9+/]/.exec(text)?.index ?? text.length - (text.length % 4)
  throw new DecodeError(`illegal base64 data at input byte ${at}`)
}

/** One value of a field that is no message, in the spelling that the server answers. */
export function decodeScalar(type: ValueType, value: JsonValue, spot: Spot): JsonValue {
  switch (type) {
    case "string":
    case "bool":
      if (typeof value === (type === "bool" ? "boolean" : "string")) return value
      throw misfit(value, spot)
    case "int":
      return decodeInt(value, spot)
    case "quantity":
      return decodeQuantity(value, spot)
    case "intOrString":
      if (typeof value === "string") return value
      if (typeof value === "number" && Number.isInteger(value)) return value
      throw misfit(value, spot, typeof value === "number" ? "int32" : "string")
    case "time":
    case "microTime":
      return decodeTime(value, spot, type === "microTime")
    case "bytes":
      return decodeBytes(value, spot)
    default:
      return value
  }
}

const zeros: { readonly [type: string]: JsonValue } = {
  string: "",
  bytes: "",
  bool: false,
  int: 0,
  quantity: "0",
  intOrString: 0,
  message: {},
}

/** What `null` stands for in a list or a map. */
export function zeroOf(type: ValueType): JsonValue {
  return zeros[type] ?? null
}

/** True for values that the server does not write where a field may be absent. */
export function isZero(value: JsonValue): boolean {
  return value === "" || value === 0 || value === false
}
