import { parseManifests, resolvePlainScalar } from "@argo-ts/kernel/yaml"
import { goJson, goJsonFloat } from "../go/json.js"
import { compareUtf8, goQuote } from "../go/text.js"
import { isList, isPlainMap, type Value } from "../values/value.js"
import { refuse } from "./define.js"
import { ownJson } from "./encoding.js"

/** Reads one document of YAML as Go does; an empty one is an empty map or list. */
export function parseYaml(text: string, wanted: "map" | "list"): Value {
  const parsed = parseManifests(text)
  if (!parsed.ok) return refuse(parsed.issues[0]?.message ?? "invalid YAML")
  const value = ownJson(parsed.value[0]?.value ?? (wanted === "map" ? {} : []))
  const found = isList(value) ? "list" : value !== null && isPlainMap(value) ? "map" : "scalar"
  if (found === wanted) return value
  const names = { map: "map[string]interface {}", list: "[]interface {}" }
  const found2 = found === "list" ? "array" : found === "map" ? "object" : typeof value
  return refuse(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found2} into Go value of type ${names[wanted]}`,
  )
}

/** What a plain scalar may not begin with, hold or end with. */
const indicators = /^[-?:,[\]{}#&*!|>'"%@`]|: |:$| #|^\s|\s$|^$|^[-=.]{1,3}$/
const safeStart = /^[-?:](?=[^\s])/
const unprintable = /[\p{Cc}\u2028\u2029\ufeff]/u

function scalar(text: string, indent: string): string {
  if (text.includes("\n") && !/^\s|[^\n\P{Cc}]|[\u2028\u2029]/u.test(text)) {
    return block(text, indent)
  }
  if (unprintable.test(text)) return goQuote(text)
  const resolved = resolvePlainScalar(text)
  const isAmbiguous = (resolved.ok && typeof resolved.value !== "string") || isOldBoolean(text)
  if (isAmbiguous) return `"${text}"`
  const isPlain = !indicators.test(text) || (safeStart.test(text) && !/: | #|:$|\s$/.test(text))
  return isPlain ? text : `'${text.replaceAll("'", "''")}'`
}

function isOldBoolean(text: string): boolean {
  return /^(?:y|n|yes|no|on|off|true|false|null|~)$/i.test(text) || /^\d{4}-\d\d?-\d\d?/.test(text)
}

/** A text of several lines as `|`, with `-` where it does not end in one and `+` where it ends in more. */
function block(text: string, indent: string): string {
  const keep = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-"
  const body = text.replace(/\n$/, "")
  const lines = body.split("\n").map((line) => (line === "" ? "" : `${indent}  ${line}`))
  return `|${keep}\n${lines.join("\n")}`
}

/** The lines of a value behind its key or dash; what holds others begins on a line of its own. */
function write(value: Value, indent: string): string {
  if (value === null) return "null"
  if (typeof value === "string") return scalar(value, indent.slice(2))
  if (typeof value === "number") return goJsonFloat(value)
  if (isList(value)) return value.length === 0 ? "[]" : items(value, indent)
  if (isPlainMap(value)) return Object.keys(value).length === 0 ? "{}" : entries(value, indent)
  return goJson(value)
}

function holds(value: Value): boolean {
  return value !== null && (isList(value) || isPlainMap(value))
}

function items(list: readonly Value[], indent: string): string {
  return list
    .map((item) => `${indent}- ${write(item, `${indent}  `).replace(/^ +/, "")}`)
    .join("\n")
}

function entries(map: { readonly [key: string]: Value }, indent: string): string {
  return Object.keys(map)
    .toSorted(compareUtf8)
    .map((key) => {
      const value = map[key] as Value
      const inner = isList(value) ? indent : `${indent}  `
      const text = write(value, inner)
      const isBelow = holds(value) && text !== "[]" && text !== "{}"
      return `${indent}${scalar(key, indent)}:${isBelow ? "\n" : " "}${text}`
    })
    .join("\n")
}

/** YAML as Argo CD writes it: sorted keys, lists not indented, what YAML 1.1 would misread in quotes, no last newline. */
export function formatYaml(value: Value): string {
  return write(value, "")
}
