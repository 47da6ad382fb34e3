import { sha1, sha256, utf8Bytes } from "@argo-ts/kernel"
import { base64, parseBase64 } from "../go/base64.js"
import { goJson, goJsonIndented } from "../go/json.js"
import { decodeLossy } from "../go/text.js"
import { type CallContext, mapValue, type Value } from "../values/value.js"
import { base32, parseBase32 } from "./base32.js"
import { aliases, define, type FunctionTable, refuse, textOf } from "./define.js"
import { changeable } from "./owned.js"
import { sha512 } from "./sha512.js"

/** Decoding that fails gives the reason as its value. */
function decoded(bytes: Uint8Array | number, name: string): string {
  return typeof bytes === "number"
    ? `illegal ${name} data at input byte ${bytes}`
    : decodeLossy(bytes)
}

function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0]
  for (const byte of bytes) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return high * 65_536 + low
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["\\u003c", "<"],
  ["\\u003e", ">"],
  ["\\u0026", "&"],
])

/** JSON without the escapes that make it safe within HTML. */
function rawJson(value: Value): string {
  return goJson(value).replace(
    /\\\\|\\u003[ce]|\\u0026/g,
    (escape) => escapes.get(escape) ?? escape,
  )
}

/** What JSON.parse gives, as maps that a template may change; nothing of it reaches a prototype. */
export function ownJson(value: unknown): Value {
  if (Array.isArray(value)) return value.map(ownJson)
  if (typeof value === "object" && value !== null) {
    return changeable(
      mapValue(Object.entries(value).map(([key, item]) => [key, ownJson(item)] as const)),
    )
  }
  return value as Value
}

function parsed(text: string, context: CallContext): Value {
  context.charge(text.length)
  try {
    return ownJson(JSON.parse(text))
  } catch {
    const first = text.trim()[0]
    return refuse(
      first === undefined
        ? "unexpected end of JSON input"
        : `invalid character '${first}' looking for beginning of value`,
    )
  }
}

const plain: FunctionTable = {
  adler32sum: define("s", ([value]) => String(adler32(utf8Bytes(textOf(value))))),
  b32dec: define("s", ([value]) => decoded(parseBase32(textOf(value)), "base32")),
  b32enc: define("s", ([value]) => base32(utf8Bytes(textOf(value)))),
  b64dec: define("s", ([value]) => decoded(parseBase64(textOf(value)), "base64")),
  b64enc: define("s", ([value]) => base64(utf8Bytes(textOf(value)))),
  fromJson: define("s", ([value], context) => {
    try {
      return parsed(textOf(value), context)
    } catch {
      return null
    }
  }),
  mustFromJson: define("s", ([value], context) => parsed(textOf(value), context)),
  sha1sum: define("s", ([value]) => sha1(textOf(value))),
  sha256sum: define("s", ([value]) => sha256(textOf(value))),
  sha512sum: define("s", ([value]) => sha512(utf8Bytes(textOf(value)))),
  toJson: define("a", ([value = null]) => goJson(value)),
  toPrettyJson: define("a", ([value = null]) => goJsonIndented(value)),
  toRawJson: define("a", ([value = null]) => rawJson(value)),
}

/** Encodings and checksums. */
export const encodingFunctions: FunctionTable = {
  ...plain,
  ...aliases(plain, {
    mustToJson: "toJson",
    mustToPrettyJson: "toPrettyJson",
    mustToRawJson: "toRawJson",
  }),
}
