import { utf8Bytes } from "@argo-ts/kernel"
import { goSprintf } from "../go/printf.js"
import { compareUtf8, decodeLossy, goQuote } from "../go/text.js"
import { type CallContext, mapValue, type Value } from "../values/value.js"
import {
  aliases,
  define,
  type FunctionTable,
  int,
  refuse,
  text,
  textList,
  textOf,
  texts,
} from "./define.js"
import { joinWords, pascalCase, titleCase, wrapWords } from "./words.js"

function cutBytes(whole: string, from: number, to?: number): string {
  return decodeLossy(utf8Bytes(whole).subarray(from, to))
}

/** The characters of `set` are taken off both ends. */
function trimSet(whole: string, set: string): string {
  const chars = Array.from(whole)
  const members = new Set(set)
  let [from, to] = [0, chars.length]
  while (from < to && members.has(chars[from] as string)) from++
  while (to > from && members.has(chars[to - 1] as string)) to--
  return chars.slice(from, to).join("")
}

function substring(args: readonly Value[]): Value {
  const [from, to, whole] = [int(args, 0), int(args, 1), text(args, 2)]
  const { length } = utf8Bytes(whole)
  if (from < 0) return to < 0 || to > length ? outside(to, length) : cutBytes(whole, 0, to)
  if (from > length) return outside(from, length)
  if (to < 0 || to > length) return cutBytes(whole, from)
  return from > to ? outside(from, to) : cutBytes(whole, from, to)
}

function outside(index: number, length: number): never {
  return refuse(`runtime error: slice bounds out of range [:${index}] with length ${length}`)
}

function truncated(args: readonly Value[]): Value {
  const [count, whole] = [int(args, 0), text(args, 1)]
  const { length } = utf8Bytes(whole)
  if (count < 0 && length + count > 0) return cutBytes(whole, length + count)
  return count >= 0 && length > count ? cutBytes(whole, 0, count) : whole
}

function abbreviated(whole: string, width: number): string {
  return whole.length <= width ? whole : `${whole.slice(0, width - 3)}...`
}

function abbreviatedBoth(args: readonly Value[]): Value {
  const [left, width, whole] = [int(args, 0), int(args, 1), text(args, 2)]
  if (width < 4 || (left > 0 && width < 7)) return whole
  if (whole.length <= width) return whole
  const offset = Math.min(left, whole.length, whole.length - (width - 3))
  if (offset <= 4) return `${whole.slice(0, width - 3)}...`
  return offset + width - 3 < whole.length
    ? `...${abbreviated(whole.slice(offset), width - 3)}`
    : `...${whole.slice(whole.length - (width - 3))}`
}

function indented(args: readonly Value[], context: CallContext): string {
  const pad = repeated(" ", int(args, 0), context)
  const body = text(args, 1)
  context.charge(pad.length * body.split("\n").length)
  return pad + body.replaceAll("\n", `\n${pad}`)
}

function repeated(piece: string, count: number, context: CallContext): string {
  if (count < 0) return refuse("strings: negative Repeat count")
  context.charge(count * Math.max(piece.length, 1))
  return piece.repeat(count)
}

function numbered(pieces: readonly string[]): Value {
  return mapValue(pieces.map((piece, index) => [`_${index}`, piece] as const))
}

/** At most `count` pieces, the last with all the rest; all where it is negative. */
function splitAtMost(whole: string, separator: string, count: number): readonly string[] {
  if (count === 0) return []
  const pieces = separator === "" ? Array.from(whole) : whole.split(separator)
  if (count < 0 || pieces.length <= count) return pieces
  return [...pieces.slice(0, count - 1), pieces.slice(count - 1).join(separator)]
}

function present(args: readonly Value[]): readonly Value[] {
  return args.filter((value) => value !== null)
}

function swapCase(whole: string): string {
  return Array.from(whole, (char) => {
    const upper = char.toUpperCase()
    return char === upper ? char.toLowerCase() : upper
  }).join("")
}

const plain: FunctionTable = {
  abbrev: define("is", (args) =>
    int(args, 0) < 4 ? text(args, 1) : abbreviated(text(args, 1), int(args, 0)),
  ),
  abbrevboth: define("iis", abbreviatedBoth),
  camelcase: define("s", ([value]) => pascalCase(textOf(value))),
  cat: define("a*", (args) =>
    present(args)
      .map((value) => goSprintf("%v", [value]))
      .join(" "),
  ),
  contains: define("ss", (args) => text(args, 1).includes(text(args, 0))),
  hasPrefix: define("ss", (args) => text(args, 1).startsWith(text(args, 0))),
  hasSuffix: define("ss", (args) => text(args, 1).endsWith(text(args, 0))),
  hello: define("", () => "Hello!"),
  indent: define("is", indented),
  initials: define("s", ([value]) =>
    textOf(value)
      .split(/\s+/u)
      .map((word) => Array.from(word)[0] ?? "")
      .join(""),
  ),
  join: define("sa", (args) => texts(args[1]).join(text(args, 0))),
  kebabcase: define("s", ([value]) => joinWords(textOf(value), "-")),
  lower: define("s", ([value]) => textOf(value).toLowerCase()),
  nindent: define("is", (args, context) => `\n${indented(args, context)}`),
  nospace: define("s", ([value]) => textOf(value).replace(/\s/gu, "")),
  plural: define("ssi", (args) => (int(args, 2) === 1 ? text(args, 0) : text(args, 1))),
  quote: define("a*", (args) =>
    present(args)
      .map((value) => goQuote(textOf(value)))
      .join(" "),
  ),
  repeat: define("is", (args, context) => repeated(text(args, 1), int(args, 0), context)),
  replace: define("sss", (args) => text(args, 2).replaceAll(text(args, 0), () => text(args, 1))),
  snakecase: define("s", ([value]) => joinWords(textOf(value), "_")),
  sortAlpha: define("a", ([value]) => textList(texts(value).toSorted(compareUtf8))),
  split: define("ss", (args) => numbered(splitAtMost(text(args, 1), text(args, 0), -1))),
  splitList: define("ss", (args) => textList(splitAtMost(text(args, 1), text(args, 0), -1))),
  splitn: define("sis", (args) =>
    numbered(splitAtMost(text(args, 2), text(args, 0), int(args, 1))),
  ),
  squote: define("a*", (args) =>
    present(args)
      .map((value) => `'${textOf(value)}'`)
      .join(" "),
  ),
  substr: define("iis", substring),
  swapcase: define("s", ([value]) => swapCase(textOf(value))),
  title: define("s", ([value]) => titleCase(textOf(value))),
  toString: define("a", ([value]) => textOf(value)),
  toStrings: define("a", ([value]) => textList(texts(value))),
  trim: define("s", ([value]) => textOf(value).trim()),
  trimAll: define("ss", (args) => trimSet(text(args, 1), text(args, 0))),
  trimPrefix: define("ss", (args) =>
    text(args, 1).startsWith(text(args, 0))
      ? text(args, 1).slice(text(args, 0).length)
      : text(args, 1),
  ),
  trimSuffix: define("ss", (args) => {
    const [suffix, whole] = [text(args, 0), text(args, 1)]
    return whole.endsWith(suffix) ? whole.slice(0, whole.length - suffix.length) : whole
  }),
  trunc: define("is", truncated),
  untitle: define("s", ([value]) =>
    textOf(value).replace(
      /(^|\s)(\p{L})/gu,
      (_, before: string, letter: string) => before + letter.toLowerCase(),
    ),
  ),
  upper: define("s", ([value]) => textOf(value).toUpperCase()),
  wrap: define("is", (args) =>
    wrapWords(text(args, 1), { width: int(args, 0), joint: "\n", cutsWords: false }),
  ),
  wrapWith: define("iss", (args) =>
    wrapWords(text(args, 2), { width: int(args, 0), joint: text(args, 1), cutsWords: true }),
  ),
}

/** Texts. */
export const stringFunctions: FunctionTable = {
  ...plain,
  ...aliases(plain, { trimall: "trimAll" }),
}
