import { failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import { goJson } from "../go/json.js"
import { goJsonString } from "../go/text.js"
import { type ExprIssue, Fault, issueOf, issueOfThrown } from "../issue.js"
import type { Value } from "../values/value.js"
import { itemsOf, membersOf } from "./scan.js"

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

/** Sets a path of a JSON text to a value and gives the new text; what it does not touch keeps its bytes' meaning. */
export function sjsonSet(json: string, path: string, value: JsonValue): Result<string, ExprIssue> {
  return sjsonSetRaw(json, path, goJson(value as Value))
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
    if (raw !== undefined) return ok(json)
    return failed([issueOf(new Fault("cannot delete value from a complex path", 0), path)])
  }
  try {
    const text = json.trim()
    const written = raw === undefined ? removed(text, parts, 0) : placed(text, parts, 0, raw)
    return ok(written ?? json)
  } catch (thrown) {
    return failed([issueOfThrown(thrown, path)])
  }
}

function isIndex(part: Part): boolean {
  return !part.isForced && /^\d+$/.test(part.key)
}

function fresh(parts: readonly Part[], at: number, raw: string): string {
  let text = raw
  for (let index = parts.length - 1; index >= at; index--) {
    const part = parts[index] as Part
    if (isIndex(part)) {
      const size = Number(part.key)
      if (size > 100_000) throw new Fault(`index ${size} is too large`, -1, "budget")
      text = `[${"null,".repeat(size)}${text}]`
    } else if (part.key === "-1" && !part.isForced && index > 0) text = `[${text}]`
    else text = `{${goJsonString(part.key)}:${text}}`
  }
  return text
}

function placed(text: string, parts: readonly Part[], at: number, raw: string): string {
  const part = parts[at]
  if (part === undefined) return raw
  if (text.startsWith("{")) return placedInObject(text, parts, at, raw)
  if (text.startsWith("[")) return placedInArray(text, parts, at, raw)
  return fresh(parts, at, raw)
}

function placedInObject(text: string, parts: readonly Part[], at: number, raw: string): string {
  const { key } = parts[at] as Part
  const members = membersOf(text)
  const found = members.findIndex((member) => member.key === key)
  const written = members.map(
    ({ rawKey, raw: value }, index) =>
      `${rawKey}:${index === found ? placed(value, parts, at + 1, raw) : value}`,
  )
  if (found < 0) written.push(`${goJsonString(key)}:${fresh(parts, at + 1, raw)}`)
  return `{${written.join(",")}}`
}

function placedInArray(text: string, parts: readonly Part[], at: number, raw: string): string {
  const part = parts[at] as Part
  const items = [...itemsOf(text)]
  if (part.key === "-1" && !part.isForced)
    return `[${[...items, fresh(parts, at + 1, raw)].join(",")}]`
  if (!/^\d+$/.test(part.key))
    throw new Fault(`cannot set array element for non-numeric key '${part.key}'`)
  const index = Number(part.key)
  if (index - items.length > 100_000) throw new Fault(`index ${index} is too large`, -1, "budget")
  while (items.length < index) items.push("null")
  const before = items[index]
  items[index] =
    before === undefined ? fresh(parts, at + 1, raw) : placed(before, parts, at + 1, raw)
  return `[${items.join(",")}]`
}

/** The text without the path; undefined where there is nothing to delete. */
function removed(text: string, parts: readonly Part[], at: number): string | undefined {
  const part = parts[at]
  if (part === undefined) return undefined
  const isLast = at === parts.length - 1
  if (text.startsWith("{")) {
    const members = membersOf(text)
    const found = members.findIndex((member) => member.key === part.key)
    const member = members[found]
    if (member === undefined) return undefined
    const inner = isLast ? "" : removed(member.raw, parts, at + 1)
    if (inner === undefined) return undefined
    const kept = members.flatMap(({ rawKey, raw }, index) =>
      index !== found ? [`${rawKey}:${raw}`] : isLast ? [] : [`${rawKey}:${inner}`],
    )
    return `{${kept.join(",")}}`
  }
  if (!text.startsWith("[")) return undefined
  const items = itemsOf(text)
  const index =
    part.key === "-1" ? items.length - 1 : /^\d+$/.test(part.key) ? Number(part.key) : -1
  const item = items[index]
  if (item === undefined) return undefined
  const inner = isLast ? "" : removed(item, parts, at + 1)
  if (inner === undefined) return undefined
  const kept = items.flatMap((value, position) =>
    position !== index ? [value] : isLast ? [] : [inner],
  )
  return `[${kept.join(",")}]`
}
