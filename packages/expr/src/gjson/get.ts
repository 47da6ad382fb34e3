import { Fault } from "../issue.js"
import { applyModifier } from "./modifiers.js"
import { endOfBrackets, firstStep, wildcard } from "./path.js"
import { parseQuery, queryHolds } from "./query.js"
import { type GjsonResult, nothing, parsed, resultOf } from "./result.js"
import { itemsOf, membersOf, skipBlanks } from "./scan.js"

const maxDepth = 200

/** Finds a path in a JSON text. What is not there is a result that does not exist; nothing is ever thrown for data. */
export function gjsonGet(json: string, path: string, depth = 0): GjsonResult {
  if (depth > maxDepth) throw new Fault("the path is nested too deeply", -1, "budget")
  if (path.startsWith("..")) {
    const lines = json
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
    return gjsonGet(`[${lines.join(",")}]`, path.slice(path[2] === "." ? 3 : 2), depth + 1)
  }
  const start = json.slice(skipBlanks(json, 0))
  if (path.startsWith("@")) return modified(start, path, depth)
  const raw = start.trimEnd()
  if (path.startsWith("!")) return literal(path, depth)
  if (path.startsWith("[") || path.startsWith("{")) {
    const end = endOfBrackets(path, 0)
    if (end > 0)
      return follow(
        multi(raw, path.slice(1, end - 1), path.startsWith("{"), depth),
        path.slice(end),
        depth,
      )
  }
  if (raw.startsWith("{")) return inObject(raw, path, depth)
  if (raw.startsWith("[")) return inArray(raw, path, depth)
  return nothing
}

/** Goes on from a value with what remains of a path after a separator. */
function follow(raw: string, rest: string, depth: number): GjsonResult {
  if (rest === "") return resultOf(raw)
  if (rest.startsWith(".") || rest.startsWith("|")) return gjsonGet(raw, rest.slice(1), depth + 1)
  return nothing
}

function modified(raw: string, path: string, depth: number): GjsonResult {
  const name = (/^@[^.|:]*/.exec(path) as RegExpExecArray)[0]
  let end = name.length
  let argument = ""
  if (path[end] === ":") {
    const start = end + 1
    const first = path[start] ?? ""
    if ('{["('.includes(first) && first !== "") {
      end = first === '"' ? closingQuote(path, start) : endOfBrackets(path, start)
      if (end < 0) end = path.length
    } else {
      end = start
      while (end < path.length && path[end] !== "." && path[end] !== "|") end++
    }
    argument = path.slice(start, end)
  }
  const value = applyModifier(name.slice(1), raw, argument)
  if (value === undefined) return raw.startsWith("{") ? inObject(raw, path, depth) : nothing
  return end >= path.length ? parsed(value) : follow(value, path.slice(end), depth)
}

function closingQuote(path: string, at: number): number {
  for (let index = at + 1; index < path.length; index++) {
    if (path[index] === "\\") index++
    else if (path[index] === '"') return index + 1
  }
  return path.length
}

function literal(path: string, depth: number): GjsonResult {
  const body = path.slice(1)
  const bracketed = /^[[{]/.test(body)
    ? endOfBrackets(body, 0)
    : body.startsWith('"')
      ? closingQuote(body, 0)
      : -1
  const end = bracketed > 0 ? bracketed : (/^[^.|]*/.exec(body) as RegExpExecArray)[0].length
  return follow(body.slice(0, end), body.slice(end), depth)
}

function multi(raw: string, body: string, isObject: boolean, depth: number): string {
  const parts: string[] = []
  for (const part of splitParts(body)) {
    const [name, path] = isObject ? namedPart(part) : ["", part]
    const found = gjsonGet(raw, path, depth + 1)
    if (!found.exists) continue
    parts.push(
      isObject ? `${JSON.stringify(name === "" ? lastKey(path) : name)}:${found.raw}` : found.raw,
    )
  }
  return isObject ? `{${parts.join(",")}}` : `[${parts.join(",")}]`
}

function splitParts(body: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < body.length; at++) {
    const char = body[at] as string
    if (char === "\\") at++
    else if (char === '"') at = closingQuote(body, at) - 1
    else if ("([{".includes(char)) at = Math.max(at, endOfBrackets(body, at) - 1)
    else if (char === ",") {
      parts.push(body.slice(start, at))
      start = at + 1
    }
  }
  parts.push(body.slice(start))
  return parts.filter((part) => part !== "")
}

function namedPart(part: string): readonly [string, string] {
  const quoted = /^"((?:[^"\\]|\\.)*)":/.exec(part)
  if (quoted !== null)
    return [JSON.parse(`"${quoted[1] ?? ""}"`) as string, part.slice(quoted[0].length)]
  const plain = /^([^":.|#@()[\]{}]*):/.exec(part)
  return plain === null ? ["", part] : [plain[1] ?? "", part.slice(plain[0].length)]
}

function lastKey(path: string): string {
  const key = path.slice(Math.max(path.lastIndexOf("."), path.lastIndexOf("|")) + 1)
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : "_"
}

function inObject(raw: string, path: string, depth: number): GjsonResult {
  const step = firstStep(path)
  for (const member of membersOf(raw)) {
    const isMatch = step.isPattern ? wildcard(member.key, step.text) : member.key === step.key
    if (!isMatch) continue
    return step.separator === "" ? resultOf(member.raw) : gjsonGet(member.raw, step.rest, depth + 1)
  }
  return nothing
}

function inArray(raw: string, path: string, depth: number): GjsonResult {
  if (path.startsWith("#")) return acrossArray(raw, path, depth)
  const step = firstStep(path)
  if (!/^\d+$/.test(step.text)) return nothing
  const item = itemsOf(raw)[Number(step.text)]
  if (item === undefined) return nothing
  return step.separator === "" ? resultOf(item) : gjsonGet(item, step.rest, depth + 1)
}

function acrossArray(raw: string, path: string, depth: number): GjsonResult {
  const items = itemsOf(raw)
  if (path[1] === "(" || path[1] === "[") return queried(items, path, depth)
  const separator = path[1]
  if (separator === undefined) return resultOf(String(items.length))
  if (separator === "|") return gjsonGet(String(items.length), path.slice(2), depth + 1)
  if (separator !== ".") return nothing
  return eachItem(items, path.slice(2), depth)
}

/** The rest of a path over each item; a `|` outside brackets ends what runs per item. */
function eachItem(items: readonly string[], path: string, depth: number): GjsonResult {
  const pipe = pipeIn(path)
  const perItem = pipe < 0 ? path : path.slice(0, pipe)
  const found = items
    .map((item) => gjsonGet(item, perItem, depth + 1))
    .filter((result) => result.exists)
  const collected = `[${found.map((result) => result.raw).join(",")}]`
  return pipe < 0 ? resultOf(collected) : gjsonGet(collected, path.slice(pipe + 1), depth + 1)
}

function pipeIn(path: string): number {
  for (let at = 0; at < path.length; at++) {
    const char = path[at] as string
    if (char === "\\") at++
    else if (char === '"') at = closingQuote(path, at) - 1
    else if ("([{".includes(char)) at = Math.max(at, endOfBrackets(path, at) - 1)
    else if (char === "|") return at
  }
  return -1
}

function queried(items: readonly string[], path: string, depth: number): GjsonResult {
  const end = endOfBrackets(path, 1)
  if (end < 0) return nothing
  const query = parseQuery(path.slice(2, end - 1))
  const isAll = path[end] === "#"
  const rest = path.slice(isAll ? end + 1 : end)
  const get = (item: string, inner: string): GjsonResult => gjsonGet(item, inner, depth + 1)
  if (isAll) {
    const kept = items.filter((item) => queryHolds(item, query, get))
    if (rest === "") return resultOf(`[${kept.join(",")}]`)
    if (rest.startsWith("|")) return gjsonGet(`[${kept.join(",")}]`, rest.slice(1), depth + 1)
    return rest.startsWith(".") ? eachItem(kept, rest.slice(1), depth) : nothing
  }
  const first = items.find((item) => queryHolds(item, query, get))
  return first === undefined ? nothing : follow(first, rest, depth)
}
