import { failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import { goJson } from "../go/json.js"
import { goJsonString } from "../go/text.js"
import { type ExprIssue, Fault, issueOf, issueOfThrown } from "../issue.js"
import type { Value } from "../values/value.js"
import { locate, type Span } from "./locate.js"
import { type Item, itemsOf, membersOf, placedItemsOf, skipBlanks } from "./scan.js"

interface Part {
  readonly key: string
  /** Written with a leading `:`: a key of an object even where it is a number. */
  readonly isForced: boolean
}

/** Reads a sjson path: dots separate, `\` escapes, a leading `:` forces a key. Undefined where it is not a plain path. */
function parsePath(path: string): readonly Part[] | undefined {
  const parts: Part[] = []
  let key = ""
  let isForced = false
  let isStart = true
  for (let at = 0; at < path.length; at++) {
    const char = path[at] as string
    if (char === "\\") {
      at++
      key += path[at] ?? ""
    } else if (char === ".") {
      parts.push({ key, isForced })
      key = ""
      isForced = false
      isStart = true
      continue
    } else if (isStart && char === ":") isForced = true
    else if ("*?|#@".includes(char)) return undefined
    else key += char
    isStart = false
  }
  parts.push({ key, isForced })
  return parts
}

/** Sets a path of a JSON text to a value and gives the new text; what it does not touch keeps its bytes. */
export function sjsonSet(json: string, path: string, value: JsonValue): Result<string, ExprIssue> {
  const raw = typeof value === "string" ? quoted(value) : goJson(value as Value)
  return sjsonSetRaw(json, path, raw)
}

/** Sets a path of a JSON text to a raw JSON text. */
export function sjsonSetRaw(json: string, path: string, raw: string): Result<string, ExprIssue> {
  return edit(json, path, raw)
}

/** Deletes a path of a JSON text; what is not there stays so. */
export function sjsonDelete(json: string, path: string): Result<string, ExprIssue> {
  return edit(json, path, undefined)
}

function edit(json: string, path: string, raw: string | undefined): Result<string, ExprIssue> {
  if (path === "") return failed([issueOf(new Fault("path cannot be empty", 0), path)])
  const parts = parsePath(path)
  if (parts === undefined) {
    if (raw !== undefined) return ok(replaced(json, locate(json, path), raw))
    return failed([issueOf(new Fault("cannot delete value from a complex path", 0), path)])
  }
  try {
    return ok(raw === undefined ? removed(json, parts) : placed(json, parts, raw))
  } catch (thrown) {
    return failed([issueOfThrown(thrown, path)])
  }
}

/** A text with its spans replaced, the last first. */
function replaced(text: string, spans: readonly Span[], raw: string): string {
  let written = text
  for (const { start, end } of spans.toReversed()) {
    written = written.slice(0, start) + raw + written.slice(end)
  }
  return written
}

const needsEscapes = /[^ -~]|["\\]/

/** A text as JSON: written as it is where nothing in it must be escaped, else as Go escapes, `<` and `&` included. */
function quoted(text: string): string {
  return needsEscapes.test(text) ? goJsonString(text) : `"${text}"`
}

const digits = /^[0-9]*$/
const indexMax = 100_000

/** The index that a part of a path is where a list is made; an empty part is 0. */
function indexOf({ key, isForced }: Part): number | undefined {
  if (isForced || !digits.test(key)) return undefined
  const index = Number(key)
  if (index > indexMax) throw new Fault(`index ${key} is too large`, -1, "budget")
  return index
}

function appends({ key, isForced }: Part): boolean {
  return key === "-1" && !isForced
}

/** Where the value of a part lies in a container; in a list an empty part finds nothing. */
function find(text: string, { key }: Part): Span | undefined {
  const base = skipBlanks(text, 0)
  const container = text.slice(base)
  if (container.startsWith("{")) {
    const member = membersOf(container).find((each) => each.key === key)
    if (member === undefined) return undefined
    const start = base + member.at
    return { start, end: start + member.raw.length }
  }
  if (!container.startsWith("[") || key === "" || !digits.test(key)) return undefined
  return spanOf(placedItemsOf(container)[Number(key)], base)
}

function spanOf(item: Item | undefined, base: number): Span | undefined {
  if (item === undefined) return undefined
  return { start: base + item.at, end: base + item.at + item.raw.length }
}

/** The value that a new path leads to, with everything around it. `isItem`: in a list the first part is no key. */
function fresh(parts: readonly Part[], raw: string, isItem: boolean): string {
  let text = raw
  for (let at = parts.length - 1; at > 0; at--) {
    const part = parts[at] as Part
    const index = appends(part) ? 0 : indexOf(part)
    text =
      index === undefined ? `{${quoted(part.key)}:${text}}` : `[${"null,".repeat(index)}${text}]`
  }
  return isItem ? text : `${quoted((parts[0] as Part).key)}:${text}`
}

function placed(text: string, parts: readonly Part[], raw: string): string {
  const [part, ...rest] = parts
  if (part === undefined) return raw
  const span = find(text, part)
  if (span !== undefined) {
    const inner = placed(text.slice(span.start, span.end), rest, raw)
    return text.slice(0, span.start) + inner + text.slice(span.end)
  }
  const index = indexOf(part)
  const container = text.slice(skipBlanks(text, 0))
  if (container.startsWith("{")) return withMember(container, fresh(parts, raw, false))
  if (container.startsWith("[")) return withItem(container, part, fresh(parts, raw, true))
  if (index === undefined) return `{${fresh(parts, raw, false)}}`
  return `[${"null,".repeat(index)}${fresh(parts, raw, true)}]`
}

/** True where a container holds anything. */
function isFilled(container: string): boolean {
  const first = container[skipBlanks(container, 1)]
  return first !== undefined && first !== "}" && first !== "]"
}

function withMember(container: string, member: string): string {
  const end = Math.max(0, container.lastIndexOf("}"))
  return `${container.slice(0, end)}${isFilled(container) ? "," : ""}${member}}`
}

function withItem(container: string, part: Part, item: string): string {
  const comma = isFilled(container) ? "," : ""
  if (appends(part)) return container.trimEnd().replace(/\]$/, "") + comma + item + "]"
  const index = indexOf(part)
  if (index === undefined) {
    throw new Fault(`cannot set array element for non-numeric key '${part.key}'`)
  }
  const items = itemsOf(container)
  const gap = Math.max(0, index - items.length)
  if (items.length === 0) return `[${"null,".repeat(gap)}${item}]`
  return `[${items.join(",")}${",null".repeat(gap)}${comma}${item}]`
}

/** The text without the path; itself where there is nothing to delete. */
function removed(text: string, parts: readonly Part[]): string {
  const [part, ...rest] = parts
  if (part === undefined) return text
  const span = lastOf(text, part) ?? find(text, part)
  if (span === undefined) return text
  if (rest.length > 0) {
    const inner = text.slice(span.start, span.end)
    return text.slice(0, span.start) + removed(inner, rest) + text.slice(span.end)
  }
  return cut(text, span)
}

/** Where `-1` leads when it is deleted: to the last item. */
function lastOf(text: string, part: Part): Span | undefined {
  const base = skipBlanks(text, 0)
  if (!appends(part) || text[base] !== "[") return undefined
  return spanOf(placedItemsOf(text.slice(base)).at(-1), base)
}

/** Takes a member or an item out: with the comma before it, or, where it is the first, with the one after it. */
function cut(text: string, { start, end }: Span): string {
  const before = text.slice(0, start).trimEnd()
  const isMember = before.endsWith(":")
  const head = isMember ? beforeKey(before) : text.slice(0, start)
  const trimmed = head.trimEnd()
  if (trimmed.endsWith(",")) return trimmed.slice(0, -1) + text.slice(end)
  const next = skipBlanks(text, end)
  return (isMember ? trimmed : head) + text.slice(text[next] === "," ? next + 1 : end)
}

/** A text that ends with `"key" :` without that key. */
function beforeKey(text: string): string {
  const key = text.slice(0, -1).trimEnd()
  let at = key.length - 2
  while (at > 0 && (key[at] !== '"' || key[at - 1] === "\\")) at--
  return key.slice(0, Math.max(0, at))
}
