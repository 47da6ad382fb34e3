import { utf8Bytes } from "@argo-ts/kernel"
import {
  GoMap,
  isList,
  isPlainMap,
  NamedInteger,
  RawString,
  SizedNumber,
  Special,
  typeOf,
  type Value,
} from "../values/value.js"
import { formatFloat } from "./format-float.js"
import { compareKeys, sprint } from "./sprint.js"
import { compareUtf8, countPoints, decodeLossy, goQuote, isAscii } from "./text.js"

/** One `%…` of a format. */
export interface Directive {
  readonly verb: string
  readonly flags: ReadonlySet<string>
  readonly width?: number
  readonly precision?: number
}

/** Prints one value by a directive. */
export function printValue(value: Value, directive: Directive): string {
  const { verb, flags } = directive
  if (verb === "T") return padded(value === null ? "<nil>" : typeOf(value).name, directive)
  if (value === null) return verb === "v" ? padded("<nil>", directive) : bad(value, directive)
  if (verb === "v" && flags.has("#")) return goSyntax(value)
  // With `v` the plus asks for field names, not for signs.
  return nested(value, verb === "v" ? { ...directive, flags: without(flags, "+") } : directive)
}

/** A value as it stands within another: null is `<nil>` for every verb there. */
function nested(value: Value, directive: Directive): string {
  if (value === null) return padded("<nil>", directive)
  if (typeof value === "boolean") return printBool(value, directive)
  if (typeof value === "number") return printFloat(value, directive)
  if (typeof value === "bigint") return printInteger(value, value, directive)
  if (typeof value === "string") return printText(value, utf8Bytes(value), directive)
  if (value instanceof Uint8Array) return printBytes(value, directive)
  if (isList(value)) return `[${value.map((item) => nested(item, directive)).join(" ")}]`
  if (value instanceof Special) return printSpecial(value, directive)
  return isPlainMap(value) ? printEntries(Object.entries(value), directive) : bad(value, directive)
}

function printSpecial(value: Special, directive: Directive): string {
  if (value instanceof SizedNumber) {
    return typeof value.value === "number"
      ? printFloat(value.value, directive)
      : printInteger(value.value, value, directive)
  }
  if (value instanceof RawString) return printText(sprint(value), value.bytes, directive)
  if (value instanceof NamedInteger && !"vsxXq".includes(directive.verb)) {
    return printInteger(value.value, value, directive)
  }
  if (value instanceof GoMap && directive.verb !== "v") {
    const entries = [...value.entries].toSorted(([a], [b]) => compareKeys(a, b))
    return `map[${entries.map(([key, item]) => `${nested(key, directive)}:${nested(item, directive)}`).join(" ")}]`
  }
  const text = sprint(value)
  return printText(text, utf8Bytes(text), directive)
}

function printEntries(
  entries: readonly (readonly [string, Value])[],
  directive: Directive,
): string {
  const sorted = entries.toSorted(([a], [b]) => compareUtf8(a, b))
  const inner = sorted.map(([key, item]) => `${nested(key, directive)}:${nested(item, directive)}`)
  return `map[${inner.join(" ")}]`
}

function bad(value: Value, { verb }: Directive): string {
  const inner = value === null ? "<nil>" : `${typeOf(value).name}=${sprint(value)}`
  return `%!${verb}(${inner})`
}

function padded(text: string, { flags, width = 0 }: Directive): string {
  const missing = width - countPoints(text)
  if (missing <= 0) return text
  if (flags.has("-")) return text + " ".repeat(missing)
  return (flags.has("0") ? "0" : " ").repeat(missing) + text
}

/** Zeros go between the sign and the digits. */
function paddedNumber(sign: string, digits: string, directive: Directive): string {
  const { flags, width = 0 } = directive
  const isZeroed = flags.has("0") && !flags.has("-")
  if (!isZeroed) return padded(sign + digits, { ...directive, flags: without(flags, "0") })
  return sign + digits.padStart(Math.max(width - sign.length, 0), "0")
}

function without(flags: ReadonlySet<string>, flag: string): ReadonlySet<string> {
  return new Set([...flags].filter((each) => each !== flag))
}

function printBool(value: boolean, directive: Directive): string {
  const { verb } = directive
  return verb === "v" || verb === "t" ? padded(String(value), directive) : bad(value, directive)
}

function signOf(isNegative: boolean, flags: ReadonlySet<string>): string {
  return isNegative ? "-" : flags.has("+") ? "+" : flags.has(" ") ? " " : ""
}

const bases: ReadonlyMap<string, readonly [base: number, prefix: string]> = new Map([
  ["v", [10, ""]],
  ["d", [10, ""]],
  ["b", [2, "0b"]],
  ["o", [8, "0"]],
  ["O", [8, "0o"]],
  ["x", [16, "0x"]],
  ["X", [16, "0X"]],
])

function printInteger(value: bigint, whole: Value, directive: Directive): string {
  const { verb, flags, precision } = directive
  if (verb === "c" || verb === "q" || verb === "U") return printPoint(value, directive)
  const found = bases.get(verb)
  if (found === undefined) return bad(whole, directive)
  const [base, prefix] = found
  const size = value < 0n ? -value : value
  let digits = precision === 0 && size === 0n ? "" : size.toString(base)
  if (verb === "X") digits = digits.toUpperCase()
  if (precision !== undefined) digits = digits.padStart(precision, "0")
  const isPrefixed = verb === "O" || (flags.has("#") && verb !== "v")
  const sign = signOf(value < 0n, flags) + (isPrefixed ? prefix : "")
  const shape = precision === undefined ? directive : { ...directive, flags: without(flags, "0") }
  return paddedNumber(sign, digits, shape)
}

function printPoint(value: bigint, directive: Directive): string {
  const { verb, flags } = directive
  const isValid = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn)
  const char = String.fromCodePoint(isValid ? Number(value) : 0xfffd)
  if (verb === "c") return padded(char, directive)
  if (verb === "q") return padded(quotedPoint(char), directive)
  const code = `U+${value.toString(16).toUpperCase().padStart(4, "0")}`
  return padded(flags.has("#") ? `${code} '${char}'` : code, {
    ...directive,
    flags: without(flags, "0"),
  })
}

function quotedPoint(char: string): string {
  if (char === "'") return "'\\''"
  return char === '"' ? `'"'` : `'${goQuote(char).slice(1, -1)}'`
}

const floatVerbs: ReadonlyMap<string, readonly [verb: string, precision: number | undefined]> =
  new Map([
    ["v", ["g", undefined]],
    ["g", ["g", undefined]],
    ["G", ["g", undefined]],
    ["e", ["e", 6]],
    ["E", ["e", 6]],
    ["f", ["f", 6]],
    ["F", ["f", 6]],
  ])

function printFloat(value: number, directive: Directive): string {
  const { verb, flags, precision } = directive
  const found = floatVerbs.get(verb)
  if (found === undefined) return bad(value, directive)
  const text = formatFloat(value, found[0], precision ?? found[1])
  const digits = verb === "E" || verb === "G" ? text.toUpperCase() : text
  const isNegative = value < 0 || Object.is(value, -0)
  if (Number.isFinite(value)) return paddedNumber(signOf(isNegative, flags), digits, directive)
  // Zeros before an infinity would read as a number.
  const sign = Number.isNaN(value) ? signOf(false, flags) : isNegative ? "-" : "+"
  return padded(sign + text, { ...directive, flags: without(flags, "0") })
}

function printText(text: string, bytes: Uint8Array, directive: Directive): string {
  const { verb, flags, precision } = directive
  switch (verb) {
    case "v":
    case "s":
      return padded(cut(text, precision), directive)
    case "q":
      return padded(quoted(cut(text, precision), flags), directive)
    case "x":
    case "X":
      return padded(hex(bytes, directive), directive)
    default:
      return bad(text, directive)
  }
}

function printBytes(bytes: Uint8Array, directive: Directive): string {
  if ("sqxX".includes(directive.verb)) {
    return printText(decodeLossy(bytes), bytes, directive)
  }
  return `[${Array.from(bytes, (byte) => nested(BigInt(byte), directive)).join(" ")}]`
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : Array.from(text).slice(0, precision).join("")
}

function quoted(text: string, flags: ReadonlySet<string>): string {
  if (flags.has("#") && !/[`\p{Cc}\u007f\ufeff]/u.test(text)) return `\`${text}\``
  const simple = goQuote(text)
  return flags.has("+") && !isAscii(simple) ? goQuoteAscii(text) : simple
}

/** `strconv.QuoteToASCII`. */
export function goQuoteAscii(text: string): string {
  return Array.from(goQuote(text), (char) => {
    const point = char.codePointAt(0) ?? 0
    if (point < 0x80) return char
    return point < 0x10000
      ? `\\u${point.toString(16).padStart(4, "0")}`
      : `\\U${point.toString(16).padStart(8, "0")}`
  }).join("")
}

function hex(bytes: Uint8Array, { verb, flags, precision }: Directive): string {
  const shown = precision === undefined ? bytes : bytes.subarray(0, precision)
  const pairs = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0"))
  const prefix = flags.has("#") && pairs.length > 0 ? "0x" : ""
  const text = flags.has(" ")
    ? pairs.map((pair) => prefix + pair).join(" ")
    : prefix + pairs.join("")
  return verb === "X" ? text.toUpperCase() : text
}

/** `%#v`. */
function goSyntax(value: Value): string {
  if (value === null) return "interface {}(nil)"
  if (typeof value === "string") return goQuote(value)
  if (isList(value)) return `${typeOf(value).name}{${value.map(goSyntax).join(", ")}}`
  if (isPlainMap(value)) {
    const entries = Object.entries(value).toSorted(([a], [b]) => compareUtf8(a, b))
    const inner = entries.map(([key, item]) => `${goQuote(key)}:${goSyntax(item)}`)
    return `${typeOf(value).name}{${inner.join(", ")}}`
  }
  return sprint(value)
}
