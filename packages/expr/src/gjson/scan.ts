/** Kinds of JSON values as gjson names them. */
export type JsonType = "Null" | "False" | "True" | "Number" | "String" | "JSON"

/** Index of the first character at or after `at` that is not a blank. */
export function skipBlanks(text: string, at: number): number {
  let index = at
  while (index < text.length && text.charCodeAt(index) <= 32) index++
  return index
}

/** End of the string that starts at `at` with a quote: past its closing quote. */
export function endOfString(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index++) {
    const char = text[index]
    if (char === "\\") index++
    else if (char === '"') return index + 1
  }
  return text.length
}

/** End of the value that starts at `at`. Lenient: garbage ends at the next delimiter. */
export function endOfValue(text: string, at: number): number {
  const char = text[at]
  if (char === '"') return endOfString(text, at)
  if (char === "{" || char === "[") return endOfNested(text, at)
  let index = at
  while (index < text.length && !/[,\]}\s]/.test(text[index] as string)) index++
  return index
}

function endOfNested(text: string, at: number): number {
  let depth = 0
  for (let index = at; index < text.length; index++) {
    const char = text[index]
    if (char === '"') index = endOfString(text, index) - 1
    else if (char === "{" || char === "[") depth++
    else if (char === "}" || char === "]") {
      depth--
      if (depth === 0) return index + 1
    }
  }
  return text.length
}

/** The text a JSON string stands for; escapes that are none are kept out. */
export function unquote(raw: string): string {
  const body = raw.endsWith('"') && raw.length > 1 ? raw.slice(1, -1) : raw.slice(1)
  if (!body.includes("\\")) return body
  try {
    return (JSON.parse(`"${body}"`) as string).replace(/\p{Cs}/gu, "\ufffd")
  } catch {
    return body.replace(/\\(.)/g, "$1")
  }
}

/** A member of an object: its key and the raw text of its value. */
export interface Member {
  readonly key: string
  readonly raw: string
  readonly rawKey: string
}

/** The members of an object, in order, duplicates included. */
export function membersOf(raw: string): readonly Member[] {
  const members: Member[] = []
  let at = skipBlanks(raw, 1)
  while (at < raw.length && raw[at] !== "}") {
    if (raw[at] !== '"') {
      at++
      continue
    }
    const keyEnd = endOfString(raw, at)
    const rawKey = raw.slice(at, keyEnd)
    let start = skipBlanks(raw, keyEnd)
    if (raw[start] === ":") start = skipBlanks(raw, start + 1)
    const end = endOfValue(raw, start)
    members.push({ key: unquote(rawKey), rawKey, raw: raw.slice(start, end) })
    at = skipBlanks(raw, Math.max(end, start + (end === start ? 1 : 0)))
    if (raw[at] === ",") at = skipBlanks(raw, at + 1)
  }
  return members
}

/** The raw texts of an array's items. */
export function itemsOf(raw: string): readonly string[] {
  const items: string[] = []
  let at = skipBlanks(raw, 1)
  while (at < raw.length && raw[at] !== "]") {
    const end = endOfValue(raw, at)
    if (end > at) items.push(raw.slice(at, end))
    at = skipBlanks(raw, end === at ? at + 1 : end)
    if (raw[at] === ",") at = skipBlanks(raw, at + 1)
  }
  return items
}

/** The kind of a raw value. */
export function typeOfRaw(raw: string): JsonType {
  switch (raw[0]) {
    case "{":
    case "[":
      return "JSON"
    case '"':
      return "String"
    case "t":
      return "True"
    case "f":
      return "False"
    case "n":
      return raw.length > 1 && raw[1] !== "u" ? "Number" : "Null"
    case undefined:
      return "Null"
    default:
      return "Number"
  }
}
