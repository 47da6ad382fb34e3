import { utf8Bytes } from "@argo-ts/kernel"
import { base64, parseBase64 } from "../go/base64.js"
import { decodeLossy } from "../go/text.js"
import { encodeJson, encodeNumber, textOf, typePreview } from "./encode.js"
import { failedOn, inapplicable, JqError } from "./fault.js"
import { isArray, isNumber, type JqValue } from "./value.js"

type Format = (value: JqValue) => string

const htmlEscapes: ReadonlyMap<string, string> = new Map([
  ["<", "&lt;"],
  [">", "&gt;"],
  ["&", "&amp;"],
  ["'", "&apos;"],
  ['"', "&quot;"],
])

function html(value: JqValue): string {
  return textOf(value).replace(/[<>&'"]/g, (character) => htmlEscapes.get(character) ?? character)
}

function uri(value: JqValue): string {
  return Array.from(utf8Bytes(textOf(value)), (byte) => {
    const character = String.fromCharCode(byte)
    if (/[A-Za-z0-9\-_.~]/.test(character)) return character
    return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
  }).join("")
}

function uriDecoded(value: JqValue): string {
  const text = textOf(value)
  const bytes: number[] = []
  for (const [part] of text.matchAll(/%[0-9A-Fa-f]{2}|[^%]+|%/g)) {
    if (part === "%") throw failedOn("@urid", value, [], "invalid percent-encoding")
    if (part.startsWith("%")) bytes.push(Number.parseInt(part.slice(1), 16))
    else bytes.push(...utf8Bytes(part))
  }
  return decodeLossy(Uint8Array.from(bytes))
}

/** Joins the cells of an array. */
function row(name: string, separator: string, cell: (text: string) => string): Format {
  return (value) => {
    if (!isArray(value)) throw inapplicable(name, value)
    return value.map((item) => cellText(name, item, cell)).join(separator)
  }
}

function cellText(name: string, value: JqValue, quote: (text: string) => string): string {
  if (value === null) return ""
  if (typeof value === "string") return quote(value)
  if (typeof value === "boolean") return String(value)
  if (isNumber(value)) return encodeNumber(value)
  throw new JqError(`${name} cannot format an array including: ${typePreview(value)}`)
}

const tabEscapes: ReadonlyMap<string, string> = new Map([
  ["\t", "\\t"],
  ["\r", "\\r"],
  ["\n", "\\n"],
  ["\\", "\\\\"],
])

function shell(value: JqValue): string {
  const cells = isArray(value) ? value : [value]
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
  return cells.map((cell) => (cell === null ? "null" : cellText("@sh", cell, quote))).join(" ")
}

function base64Decoded(value: JqValue): string {
  const text = textOf(value).replace(/[\r\n]/g, "")
  const bare = text.replace(/=+$/, "")
  const bytes = parseBase64(bare.padEnd(Math.ceil(bare.length / 4) * 4, "="))
  if (typeof bytes === "number") {
    throw failedOn("@base64d", value, [], `illegal base64 data at input byte ${bytes}`)
  }
  return decodeLossy(bytes)
}

/** The formats by name, with their `@`. */
export const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["@text", textOf],
  ["@json", encodeJson],
  ["@html", html],
  ["@uri", uri],
  ["@urid", uriDecoded],
  ["@csv", row("@csv", ",", (text) => `"${text.replaceAll('"', '""')}"`)],
  [
    "@tsv",
    row("@tsv", "\t", (text) =>
      text.replace(/[\t\r\n\\]/g, (character) => tabEscapes.get(character) ?? character),
    ),
  ],
  ["@sh", shell],
  ["@base64", (value) => base64(utf8Bytes(textOf(value)))],
  ["@base64d", base64Decoded],
])
