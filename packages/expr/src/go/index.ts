/**
 * The primitives of Go that manifests show: how numbers, durations and times are read and written, `printf`, quoting.
 *
 * @packageDocumentation
 */
export { type ParsedTime, parseTime } from "./date.js"
export { formatGoDuration, parseGoDuration } from "./duration.js"
export { goJson, goJsonIndented } from "./json.js"
export { formatLayout } from "./layout.js"
export {
  formatGoFloat,
  parseGoBool,
  parseGoFloat,
  parseGoInt,
  parseGoIntBase0,
} from "./number.js"
export { goSprintf } from "./printf.js"
export { goQuoteAscii } from "./printf-value.js"
export { sprint } from "./sprint.js"
export { goTime, strftime, strftimeLetters } from "./strftime.js"
export { goJsonString, goQuote } from "./text.js"
export { fixedZone, utc } from "./time.js"
export { goUnquote } from "./unquote.js"
