import { Fault } from "../issue.js"
import { typeOf, type Value } from "../values/value.js"
import { type Directive, printValue } from "./printf-value.js"

/** Widths and precisions beyond this are refused, as in Go. */
const sizeMax = 1_000_000
const outputMax = 10_000_000

/** Where a format stands while it is printed. */
interface Printer {
  readonly format: string
  readonly values: readonly Value[]
  at: number
  next: number
  /** An index was written: values that nobody asked for are no mistake then. */
  isReordered: boolean
  isGoodIndex: boolean
}

/** Go's `fmt.Sprintf`; what does not fit is written into the text, as Go does (`%!d(string=x)`). Throws a `Fault` for a spent budget. */
export function goSprintf(format: string, values: readonly Value[]): string {
  const printer: Printer = { format, values, at: 0, next: 0, isReordered: false, isGoodIndex: true }
  const parts: string[] = []
  let size = 0
  while (printer.at < format.length) {
    const percent = format.indexOf("%", printer.at)
    const end = percent < 0 ? format.length : percent
    const text = format.slice(printer.at, end)
    printer.at = end
    const part = percent < 0 ? "" : directive(printer)
    parts.push(text, part)
    size += text.length + part.length
    if (size > outputMax) throw new Fault("the text is too long", -1, "budget")
  }
  return parts.join("") + extra(printer)
}

function extra({ isReordered, next, values }: Printer): string {
  if (isReordered || next >= values.length) return ""
  const rest = values
    .slice(next)
    .map((value) =>
      value === null ? "<nil>" : `${typeOf(value).name}=${printValue(value, plain)}`,
    )
  return `%!(EXTRA ${rest.join(", ")})`
}

const plain: Directive = { verb: "v", flags: new Set() }

function directive(printer: Printer): string {
  const { format } = printer
  printer.at++
  const flags = readFlags(printer)
  readIndex(printer)
  const width = readSize(printer, "BADWIDTH")
  const precision = format[printer.at] === "." ? readPrecision(printer) : { note: "" }
  readIndex(printer)
  if (printer.at >= format.length) return `${width.note}${precision.note}%!(NOVERB)`
  const verb = String.fromCodePoint(format.codePointAt(printer.at) ?? 0)
  printer.at += verb.length
  const notes = width.note + precision.note
  if (verb === "%") return `${notes}%`
  if (!printer.isGoodIndex) {
    printer.isGoodIndex = true
    return `${notes}%!${verb}(BADINDEX)`
  }
  const value = printer.values[printer.next]
  if (value === undefined) return `${notes}%!${verb}(MISSING)`
  printer.next++
  const shape = { verb, flags, ...sizes(width.size, precision.size, flags) }
  return notes + printValue(value, shape)
}

function sizes(
  width: number | undefined,
  precision: number | undefined,
  flags: Set<string>,
): { readonly width?: number; readonly precision?: number } {
  // A negative width is one to the left.
  if (width !== undefined && width < 0) flags.add("-")
  return {
    ...(width === undefined ? {} : { width: Math.abs(width) }),
    ...(precision === undefined ? {} : { precision }),
  }
}

function readFlags(printer: Printer): Set<string> {
  const flags = new Set<string>()
  for (let char = printer.format[printer.at]; char !== undefined && "+-# 0".includes(char); ) {
    flags.add(char)
    printer.at++
    char = printer.format[printer.at]
  }
  return flags
}

/** `[3]` before a verb or a star says which value is next. */
function readIndex(printer: Printer): void {
  if (printer.format[printer.at] !== "[") return
  printer.isReordered = true
  const found = /^\[(\d{1,7})\]/.exec(printer.format.slice(printer.at, printer.at + 9))
  const close = printer.format.indexOf("]", printer.at)
  printer.at = close < 0 ? printer.at + 1 : close + 1
  const index = Number(found?.[1] ?? 0)
  printer.isGoodIndex = index >= 1 && index <= printer.values.length
  if (printer.isGoodIndex) printer.next = index - 1
}

interface Size {
  readonly size?: number
  /** What Go writes into the text where the size makes no sense. */
  readonly note: string
}

function readSize(printer: Printer, problem: string): Size {
  if (printer.format[printer.at] === "*") {
    printer.at++
    const value = printer.values[printer.next]
    printer.next++
    const size = typeof value === "bigint" ? Number(value) : undefined
    const isFine = size !== undefined && Math.abs(size) <= sizeMax
    return isFine ? { size, note: "" } : { note: `%!(${problem})` }
  }
  const digits = /^\d*/.exec(printer.format.slice(printer.at, printer.at + 20))?.[0] ?? ""
  printer.at += digits.length
  if (digits === "") return { note: "" }
  const size = Number(digits)
  return size <= sizeMax ? { size, note: "" } : { note: `%!(${problem})` }
}

function readPrecision(printer: Printer): Size {
  printer.at++
  readIndex(printer)
  const isStar = printer.format[printer.at] === "*"
  const { size, note } = readSize(printer, "BADPREC")
  if (size !== undefined && size < 0) return { note: isStar ? "%!(BADPREC)" : "" }
  return note === "" ? { size: size ?? 0, note } : { note }
}
