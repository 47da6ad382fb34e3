import { wellFormed } from "./encode.js"
import { parseNumber } from "./numbers.js"
import { type JqValue, openObject } from "./value.js"

const depthMax = 10_000
const blank = /[ \t\r\n]*/y
const plain = /(?:[^"\\\p{Cc}]|[\x7f-\x9f])*/uy
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

/** What is wrong with a JSON text, in the words of Go's decoder. */
export class JsonFault {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** The reason given where a text goes on behind its value. */
export const trailing = "unexpected text behind the value"

interface Reader {
  readonly text: string
  at: number
  depth: number
}

/** Reads a JSON text with its integers exact. Throws a `JsonFault`. */
export function decodeJson(text: string): JqValue {
  const reader: Reader = { text, at: 0, depth: 0 }
  if (peek(reader) === "") throw new JsonFault("EOF")
  const value = readValue(reader)
  if (peek(reader) !== "") throw new JsonFault(trailing)
  return value
}

function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)?.[0] ?? ""
  reader.at += found.length
  return found
}

/** The next character that is not blank; empty at the end. */
function peek(reader: Reader): string {
  take(reader, blank)
  return reader.text[reader.at] ?? ""
}

function wrong(reader: Reader, where: string): JsonFault {
  const point = reader.text.codePointAt(reader.at)
  if (point === undefined) return new JsonFault("unexpected EOF")
  const character = String.fromCodePoint(point)
  const shown =
    character === "'" ? "\\'" : character === '"' ? '"' : JSON.stringify(character).slice(1, -1)
  return new JsonFault(`invalid character '${shown}' ${where}`)
}

function readValue(reader: Reader): JqValue {
  const first = peek(reader)
  switch (first) {
    case "[":
      return nested(reader, readArray)
    case "{":
      return nested(reader, readObject)
    case '"':
      return readText(reader)
    case "t":
      return readWord(reader, "true", true)
    case "f":
      return readWord(reader, "false", false)
    case "n":
      return readWord(reader, "null", null)
    default:
      if (first === "-" || (first >= "0" && first <= "9")) return readNumber(reader)
      throw wrong(reader, "looking for beginning of value")
  }
}

function nested(reader: Reader, read: (reader: Reader) => JqValue): JqValue {
  reader.depth++
  if (reader.depth > depthMax) throw new JsonFault("exceeded max depth")
  reader.at++
  const value = read(reader)
  reader.depth--
  return value
}

function readArray(reader: Reader): JqValue {
  const items: JqValue[] = []
  if (peek(reader) === "]") {
    reader.at++
    return items
  }
  for (;;) {
    items.push(readValue(reader))
    const next = peek(reader)
    if (next !== "," && next !== "]") throw wrong(reader, "after array element")
    reader.at++
    if (next === "]") return items
  }
}

function readObject(reader: Reader): JqValue {
  const object = openObject()
  if (peek(reader) === "}") {
    reader.at++
    return object
  }
  for (;;) {
    if (peek(reader) !== '"') throw wrong(reader, "looking for beginning of object key string")
    const key = readText(reader)
    if (peek(reader) !== ":") throw wrong(reader, "after object key")
    reader.at++
    object[key] = readValue(reader)
    const next = peek(reader)
    if (next !== "," && next !== "}") throw wrong(reader, "after object key:value pair")
    reader.at++
    if (next === "}") return object
  }
}

function readWord(reader: Reader, word: string, value: JqValue): JqValue {
  for (let index = 0; index < word.length; index++) {
    if (reader.text[reader.at] !== word[index]) {
      throw wrong(reader, `in literal ${word} (expecting '${word[index]}')`)
    }
    reader.at++
  }
  return value
}

function readNumber(reader: Reader): JqValue {
  const start = reader.at
  const text = take(reader, number)
  const next = reader.text[reader.at] ?? ""
  if (text === "") {
    reader.at = start + 1
    throw wrong(reader, "in numeric literal")
  }
  if (next === "." && !/[.eE]/.test(text)) {
    reader.at++
    throw wrong(reader, "after decimal point in numeric literal")
  }
  if ((next === "e" || next === "E") && !/[eE]/.test(text)) {
    reader.at += /^[+-]/.test(reader.text[reader.at + 1] ?? "") ? 2 : 1
    throw wrong(reader, "in exponent of numeric literal")
  }
  return parseNumber(text)
}

/** What the letter of an escape of JSON stands for. */
export const jsonEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
])

function readText(reader: Reader): string {
  reader.at++
  let text = ""
  let isEscaped = false
  for (;;) {
    text += take(reader, plain)
    const next = reader.text[reader.at]
    if (next === '"') {
      reader.at++
      return isEscaped ? wellFormed(text) : text
    }
    if (next !== "\\") throw wrong(reader, "in string literal")
    isEscaped = true
    reader.at++
    text += readEscape(reader)
  }
}

function readEscape(reader: Reader): string {
  const letter = reader.text[reader.at] ?? ""
  const known = jsonEscapes.get(letter)
  if (known === undefined && letter !== "u") throw wrong(reader, "in string escape code")
  reader.at++
  if (known !== undefined) return known
  for (let index = 0; index < 4; index++) {
    if (!/^[0-9A-Fa-f]$/.test(reader.text[reader.at + index] ?? "")) {
      reader.at += index
      throw wrong(reader, "in \\u hexadecimal character escape")
    }
  }
  const unit = Number.parseInt(reader.text.slice(reader.at, reader.at + 4), 16)
  reader.at += 4
  return String.fromCharCode(unit)
}
