import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from "js-yaml"
import { readNumber, resolvePlainScalar } from "./scalar.js"

/** A scalar's value, or why it has none. */
export type ScalarReading =
  | {
      readonly ok: true
      readonly value: null | boolean | number | string
      readonly isMerge: boolean
    }
  | { readonly ok: false; readonly finding: string }

/** Where a node starts. Closing events have no place of their own. */
export function offsetOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart >= 0
        ? event.valueStart - (isQuoted(event) ? 1 : 0)
        : Math.max(event.tagStart, event.anchorStart, 0)
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start
    case EVENT_ID.ALIAS:
      return event.anchorStart
    default:
      return 0
  }
}

/** What is quoted begins with its quote. */
function isQuoted({ style }: ScalarEvent): boolean {
  return style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED
}

/** The scalar an event stands for. Only the tags of YAML's core mean something; others make text, as in Go. */
export function readScalar(text: string, event: ScalarEvent): ScalarReading {
  const source = getScalarValue(text, event)
  const tag = coreTag(text.slice(Math.max(0, event.tagStart), Math.max(0, event.tagEnd)))
  if (tag === undefined && event.style === SCALAR_STYLE.PLAIN) {
    if (source === "<<") return { ok: true, value: source, isMerge: true }
    const plain = resolvePlainScalar(source)
    return plain.ok
      ? { ok: true, value: plain.value, isMerge: false }
      : { ok: false, finding: `expected a value that JSON can hold, found ${source}` }
  }
  return readTagged(tag ?? "str", source)
}

/** `str` of `!!str` or `!<tag:yaml.org,2002:str>`; `custom` for any other tag; undefined for none. */
function coreTag(tag: string): string | undefined {
  if (tag === "") return undefined
  const match = /^(?:!!|!<tag:yaml\.org,2002:)(\w+)>?$/.exec(tag)
  return match === null ? "custom" : match[1]
}

function readTagged(tag: string, source: string): ScalarReading {
  const plain = resolvePlainScalar(source)
  const value = plain.ok ? plain.value : undefined
  const wrong = {
    ok: false as const,
    finding: `expected !!${tag}, found ${JSON.stringify(source)}`,
  }
  switch (tag) {
    case "null":
      return value === null ? { ok: true, value, isMerge: false } : wrong
    case "bool":
      return typeof value === "boolean" ? { ok: true, value, isMerge: false } : wrong
    case "int":
    case "float": {
      const number = readNumber(source)
      const isFit = number !== undefined && (tag === "float" || Number.isInteger(number))
      return isFit ? { ok: true, value: number, isMerge: false } : wrong
    }
    case "binary":
      return { ok: false, finding: "!!binary is not supported: write the base64 text itself" }
    default:
      return { ok: true, value: source, isMerge: false }
  }
}

/** A scalar as a mapping key: Go turns booleans and numbers into text and refuses null. */
export function keyText(value: null | boolean | number | string): string | undefined {
  return value === null ? undefined : String(value)
}
