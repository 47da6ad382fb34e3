import {
  formatGoDuration,
  formatGoFloat,
  formatLayout,
  goJson,
  goJsonIndented,
  goJsonString,
  goQuote,
  goQuoteAscii,
  goSprintf,
  goUnquote,
  parseGoBool,
  parseGoDuration,
  parseGoFloat,
  parseGoInt,
  parseGoIntBase0,
  parseTime,
  strftime,
  utc,
} from "@argo-ts/expr/go"
import {
  encodeValue as encode,
  formatGoTime,
  formatRfc3339Nano,
  timeOf,
} from "@argo-ts/expr/testing"
import { systemZones } from "@argo-ts/expr/zones"

const rfc3339 = "2006-01-02T15:04:05.999999999Z07:00"

function timeIn(text, zone) {
  // Go's own layouts read four digits of a year; the rows have one of five.
  const [, tens = "", rest = text] = /^(\d)(\d{4}-.*)$/.exec(text) ?? []
  const parsed = parseTime(rest, rfc3339, utc)
  const ns = parsed.ns + BigInt(tens || 0) * 10_000n * 31_556_952n * 1_000_000_000n
  return timeOf(ns, zone === undefined || zone === "UTC" ? utc : systemZones(zone))
}

/** What each row's fields would be; a field that is `undefined` here must be missing there. */
const answers = {
  quote: ({ in: text }) => {
    const unquoted = goUnquote(text)
    return {
      json: goJsonString(text),
      quote: goQuote(text),
      quoteToASCII: goQuoteAscii(text),
      unquote: typeof unquoted === "string" ? unquoted : undefined,
      unquoteError: unquoted === undefined ? "invalid syntax" : undefined,
    }
  },
  duration: ({ in: text }) => {
    const ns = parseGoDuration(text)
    if (typeof ns === "string") return { ok: false, error: ns }
    return { ok: true, value: String(ns), string: formatGoDuration(ns) }
  },
  number: ({ in: text }) => {
    const float = parseGoFloat(text)
    const isFine = float !== undefined && (Number.isFinite(float) || /inf|nan/i.test(text))
    return {
      atoi: parseGoInt(text)?.toString(),
      parseInt0: parseGoIntBase0(text)?.toString(),
      parseFloat: isFine ? encode(float) : undefined,
      fmtV: isFine ? formatGoFloat(float) : undefined,
      parseBool: parseGoBool(text),
    }
  },
  format: ({ time, zone, layout }) => ({ value: formatLayout(timeIn(time, zone), layout) }),
  parse: ({ in: text, layout }) => {
    const parsed = parseTime(text, layout, utc)
    if (typeof parsed === "string") return { ok: false, error: parsed }
    const time = timeOf(parsed.ns, parsed.zone)
    return { ok: true, value: formatRfc3339Nano(time), string: formatGoTime(time) }
  },
  strftime: ({ time, format }) => ({ value: strftime(timeIn(time), format) }),
  fmt: ({ json }) => {
    const value = JSON.parse(json)
    const printed = (format) => goSprintf(format, [value])
    return {
      d: printed("%d"),
      gov: printed("%#v"),
      pv: printed("%+v"),
      q: printed("%q"),
      s: printed("%s"),
      v: printed("%v"),
      marshal: goJson(value),
      indent2: goJsonIndented(value),
    }
  },
}

export function runPrimitives(row, tally) {
  const answer = answers[row.op](row)
  const wrong = Object.keys(answer).find(
    (key) => JSON.stringify(answer[key]) !== JSON.stringify(row[key]),
  )
  if (wrong === undefined) return tally.equal()
  const want = JSON.stringify(row[wrong])
  const { op, in: text, layout, format, time, zone } = row
  const label = JSON.stringify({ op, text, layout, format, time, zone })
  return tally.differ(row, wrong, `${label} want ${want} got ${JSON.stringify(answer[wrong])}`)
}
