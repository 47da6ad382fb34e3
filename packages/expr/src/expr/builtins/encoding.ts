import { base64, parseBase64 } from "../../go/base64.js"
import { parseDate } from "../../go/date.js"
import { parseGoDuration } from "../../go/duration.js"
import { goJsonIndented } from "../../go/json.js"
import { utc } from "../../go/time.js"
import { Fault, type Zone } from "../../issue.js"
import { durationOf, locationOf, timeOf } from "../../values/time-types.js"
import { GoLocation, type Value } from "../../values/value.js"
import { textOf } from "../access.js"
import type { Frame } from "../frame.js"
import { failAt, stringBytes } from "../operators.js"
import { type Builtin, notAssertable } from "./builtin.js"
import { textArgument } from "./strings.js"

/** Parses JSON as Go does: strict, numbers float64. Throws a `Fault`. */
export function parseGoJson(text: string, at: number): Value {
  try {
    return JSON.parse(text, (_key, value: unknown) => {
      if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("number")
      if (typeof value === "string") return wellFormed(value)
      return value
    }) as Value
  } catch {
    return failAt("invalid JSON", at)
  }
}

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

function wellFormed(text: string): string {
  return text.replace(loneSurrogate, "\ufffd")
}

function zoneArgument(value: Value, frame: Frame, at: number): Zone {
  if (value instanceof GoLocation) return value.zone
  if (typeof value !== "string") return notAssertable(value, "string", at)
  return findZone(value, frame, at)
}

function findZone(name: string, frame: Frame, at: number): Zone {
  if (name === "" || name === "UTC") return utc
  if (name === "Local") return { ...utc, name: "Local" }
  const zone = name.includes("..") || name.startsWith("/") ? undefined : frame.zones(name)
  return zone ?? failAt(`unknown time zone ${name}`, at)
}

function date(args: readonly Value[], frame: Frame, at: number): Value {
  const first = args[0]
  if (args.length === 0)
    return failAt("invalid number of arguments (expected at least 1, got 0)", at)
  let zone = utc
  let rest = args
  if (first instanceof GoLocation) {
    zone = first.zone
    rest = args.slice(1)
  }
  const text = textArgument(rest, 0, at)
  const layout = rest.length > 1 ? textArgument(rest, 1, at) : undefined
  if (rest.length > 2) zone = zoneArgument(rest[2] as Value, frame, at)
  const parsed = parseDate(text, layout, zone)
  return typeof parsed === "string" ? failAt(parsed, at) : timeOf(parsed.ns, parsed.zone)
}

/** The built-ins about JSON, base64 and time. */
export const encodingBuiltins: readonly (readonly [string, Builtin])[] = [
  [
    "toJSON",
    (args, _frame, at) => {
      try {
        return goJsonIndented(args[0] ?? null)
      } catch (thrown) {
        throw thrown instanceof Fault ? new Fault(thrown.message, at) : thrown
      }
    },
  ],
  ["fromJSON", (args, _frame, at) => parseGoJson(textArgument(args, 0, at), at)],
  [
    "toBase64",
    (args, _frame, at) => {
      const value = args[0] ?? null
      const bytes = stringBytes(value)
      return bytes === undefined ? notAssertable(value, "string", at) : base64(bytes)
    },
  ],
  [
    "fromBase64",
    (args, _frame, at) => {
      const bytes = parseBase64(textArgument(args, 0, at))
      return typeof bytes === "number"
        ? failAt(`illegal base64 data at input byte ${bytes}`, at)
        : textOf(bytes)
    },
  ],
  [
    "now",
    (args, frame, at) => {
      if (frame.now === undefined) return failAt("now() needs a clock", at)
      const zone = args.length > 0 ? zoneArgument(args[0] as Value, frame, at) : utc
      return timeOf(BigInt(Math.floor(frame.now * 1000)) * 1000n, zone)
    },
  ],
  [
    "duration",
    (args, _frame, at) => {
      const parsed = parseGoDuration(textArgument(args, 0, at))
      return typeof parsed === "string" ? failAt(parsed, at) : durationOf(parsed)
    },
  ],
  ["date", date],
  ["timezone", (args, frame, at) => locationOf(findZone(textArgument(args, 0, at), frame, at))],
]
