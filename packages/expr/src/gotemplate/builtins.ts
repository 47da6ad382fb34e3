import { utf8Bytes } from "@argo-ts/kernel"
import { goSprintf } from "../go/printf.js"
import { byteLength, decodeLossy } from "../go/text.js"
import { Fault } from "../issue.js"
import { define, type FunctionTable, refuse, textOf } from "../sprig/define.js"
import {
  type CallContext,
  GoFunc,
  isList,
  isPlainMap,
  SizedNumber,
  typeOf,
  type Value,
} from "../values/value.js"
import { isEqual, isLess } from "./compare.js"

/** True for what `if` takes: not nil, false, zero, and nothing that is empty. */
export function isTrue(value: Value): boolean {
  if (value === null || value === false || value === "") return false
  if (typeof value === "number" || typeof value === "bigint") return Number(value) !== 0
  if (value instanceof SizedNumber) return Number(value.value) !== 0
  if (isList(value)) return value.length > 0
  return isPlainMap(value) ? Object.keys(value).length > 0 : true
}

function length(value: Value): Value {
  if (typeof value === "string") return BigInt(byteLength(value))
  if (isList(value) || value instanceof Uint8Array) return BigInt(value.length)
  if (value !== null && isPlainMap(value)) return BigInt(Object.keys(value).length)
  return refuse(value === null ? "len of nil pointer" : `len of type ${typeOf(value).name}`)
}

function position(key: Value, size: number, isEnd = false): number {
  const wanted = key instanceof SizedNumber ? key.value : key
  if (wanted === null) return refuse("cannot index slice/array with nil")
  if (typeof wanted !== "bigint") {
    return refuse(`cannot index slice/array with type ${typeOf(key).name}`)
  }
  const at = Number(wanted)
  const isInside = at >= 0 && (isEnd ? at <= size : at < size)
  return isInside ? at : refuse(`index out of range: ${at}`)
}

function index(args: readonly Value[]): Value {
  let [current = null] = args
  for (const key of args.slice(1)) {
    if (current === null) return refuse("index of untyped nil")
    if (isList(current)) current = current[position(key, current.length)] ?? null
    else if (typeof current === "string") {
      const bytes = utf8Bytes(current)
      current = BigInt(bytes[position(key, bytes.length)] ?? 0)
    } else if (isPlainMap(current)) current = entry(current, key)
    else return refuse(`can't index item of type ${typeOf(current).name}`)
  }
  return current
}

function entry(map: { readonly [key: string]: Value }, key: Value): Value {
  if (key === null) return refuse("value is nil; should be of type string")
  if (typeof key !== "string") {
    return refuse(`value has type ${typeOf(key).name}; should be string`)
  }
  return Object.hasOwn(map, key) ? (map[key] as Value) : null
}

function slice(args: readonly Value[]): Value {
  const [value = null, ...bounds] = args
  if (value === null) return refuse("slice of untyped nil")
  if (bounds.length > 3) return refuse(`too many slice indexes: ${bounds.length}`)
  const isText = typeof value === "string"
  if (!isText && !isList(value)) return refuse(`can't slice item of type ${typeOf(value).name}`)
  if (isText && bounds.length === 3) return refuse("cannot 3-index slice a string")
  const bytes = isText ? utf8Bytes(value) : undefined
  const size = bytes?.length ?? (value as readonly Value[]).length
  const [from = 0, to = size] = bounds.map((bound) => position(bound, size, true))
  if (from > to) return refuse(`invalid slice index: ${from} > ${to}`)
  return bytes === undefined
    ? (value as readonly Value[]).slice(from, to)
    : decodeLossy(bytes.subarray(from, to))
}

const htmlEscapes: ReadonlyMap<string, string> = new Map([
  ["\0", "\ufffd"],
  ['"', "&#34;"],
  ["'", "&#39;"],
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
])
const scriptEscapes: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["'", "\\'"],
  ['"', '\\"'],
  ["<", "\\u003C"],
  [">", "\\u003E"],
  ["&", "\\u0026"],
  ["=", "\\u003D"],
])

function printed(args: readonly Value[]): string {
  const [only] = args
  return args.length === 1 && typeof only === "string" ? only : print(args)
}

/** `fmt.Sprint`: a blank between two operands of which neither is a text. */
function print(args: readonly Value[]): string {
  let text = ""
  for (const [at, value] of args.entries()) {
    const isParted = at > 0 && typeof value !== "string" && typeof args[at - 1] !== "string"
    text += (isParted ? " " : "") + goSprintf("%v", [value])
  }
  return text
}

function escapeScript(text: string): string {
  return text.replace(/[\\'"<>&=]|\p{Cc}/gu, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")
    return scriptEscapes.get(char) ?? `\\u${code}`
  })
}

function escapeQuery(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, "\ufffd"))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+")
}

function call(args: readonly Value[], context: CallContext): Value {
  const [callee = null, ...rest] = args
  if (callee === null) return refuse("call of nil")
  if (!(callee instanceof GoFunc)) return refuse(`non-function of type ${typeOf(callee).name}`)
  const { params = [], variadic = false } = callee.type
  const isFew = rest.length < params.length - (variadic ? 1 : 0)
  if (isFew || (!variadic && rest.length > params.length)) {
    throw new Fault(`wrong number of args: got ${rest.length} want ${params.length}`)
  }
  return callee.call(rest, context)
}

/** What every Go template can call, but for `and` and `or`, which look at their operands one by one. */
export const builtinFunctions: FunctionTable = {
  call: define("a*", call),
  eq: define("aa*", ([left = null, ...others]) =>
    others.length === 0
      ? refuse("missing argument for comparison")
      : others.some((right) => isEqual(left, right)),
  ),
  ge: define("aa", ([left = null, right = null]) => !isLess(left, right)),
  gt: define("aa", ([left = null, right = null]) => !isLess(left, right) && !isEqual(left, right)),
  html: define("a*", (args) =>
    printed(args).replace(/[\0"'&<>]/g, (char) => htmlEscapes.get(char) ?? char),
  ),
  index: define("aa*", index),
  js: define("a*", (args) => escapeScript(printed(args))),
  le: define("aa", ([left = null, right = null]) => isLess(left, right) || isEqual(left, right)),
  len: define("a", ([value = null]) => length(value)),
  lt: define("aa", ([left = null, right = null]) => isLess(left, right)),
  ne: define("aa", ([left = null, right = null]) => !isEqual(left, right)),
  not: define("a", ([value = null]) => !isTrue(value)),
  print: define("a*", (args) => print(args)),
  printf: define("sa*", ([format, ...values]) => goSprintf(textOf(format), values)),
  println: define("a*", (args) => `${args.map((value) => goSprintf("%v", [value])).join(" ")}\n`),
  slice: define("aa*", slice),
  urlquery: define("a*", (args) => escapeQuery(printed(args))),
}
