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

/** True where the object or list that a text begins with is closed in it. */
export function isClosed(text: string): boolean {
  const end = endOfNested(text, 0)
  const open = endOfNested(`${text} `, 0)
  return end === open
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["/", "/"],
  ["\\", "\\"],
  ['"', '"'],
])

/** The text a JSON string stands for; an escape or a control character that has no place there ends it. */
export function unquote(raw: string): string {
  const body = raw.endsWith('"') && raw.length > 1 ? raw.slice(1, -1) : raw.slice(1)
  if (!body.includes("\\")) return body
  const parts: string[] = []
  for (let at = 0; at < body.length; at++) {
    const char = body[at] as string
    if (char < " ") break
    if (char !== "\\") {
      parts.push(char)
      continue
    }
    const letter = body[++at] ?? ""
    const hex = letter === "u" ? body.slice(at + 1, at + 5) : undefined
    const plain = hex === undefined ? escapes.get(letter) : unicode(hex)
    if (plain === undefined || (hex !== undefined && hex.length < 4)) break
    parts.push(plain)
    if (hex !== undefined) at += 4
  }
  return parts.join("").replace(/\p{Cs}/gu, "\ufffd")
}

/** A UTF-16 unit by its four digits; what are none count as 0. */
function unicode(hex: string): string {
  return String.fromCharCode(/^[0-9a-fA-F]{4}$/.test(hex) ? Number.parseInt(hex, 16) : 0)
}

/** A member of an object: its key and the raw text of its value. */
export interface Member {
  readonly key: string
  readonly raw: string
  readonly rawKey: string
  /** Where the value starts in the text of the object. */
  readonly at: number
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
    members.push({ key: unquote(rawKey), rawKey, raw: raw.slice(start, end), at: start })
    at = skipBlanks(raw, Math.max(end, start + (end === start ? 1 : 0)))
    if (raw[at] === ",") at = skipBlanks(raw, at + 1)
  }
  return members
}

/** An item of an array: its raw text, and where it starts in the text of the array. */
export interface Item {
  readonly raw: string
  readonly at: number
}

/** The raw texts of an array's items. */
export function itemsOf(raw: string): readonly string[] {
  return placedItemsOf(raw).map((item) => item.raw)
}

/** The items of an array with their places. */
export function placedItemsOf(raw: string): readonly Item[] {
  const items: Item[] = []
  let at = skipBlanks(raw, 1)
  while (at < raw.length && raw[at] !== "]") {
    const end = endOfValue(raw, at)
    if (end > at) items.push({ raw: raw.slice(at, end), at })
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
