import { goJsonString } from "../go/text.js"
import { resultOf } from "./result.js"
import { isClosed, itemsOf, membersOf, typeOfRaw, unquote } from "./scan.js"

type Modifier = (raw: string, argument: string) => string

/** Without the blanks outside texts, whatever else is there. */
function ugly(raw: string): string {
  return raw.replace(/"(?:[^"\\]|\\[^])*(?:"|$)|[\0- ]+/g, (found) =>
    found.startsWith('"') ? found : "",
  )
}

function flag(argument: string, name: string): boolean {
  return membersOf(argument.startsWith("{") ? argument : "{}").some(
    ({ key, raw }) => key === name && raw === "true",
  )
}

function pretty(raw: string, indent: string, newline: string, isSorted: boolean): string {
  const inner = newline + indent
  if (raw.startsWith("{")) {
    const members = membersOf(raw)
    const ordered = isSorted ? members.toSorted((a, b) => (a.key < b.key ? -1 : 1)) : members
    if (members.length === 0) return "{}"
    const lines = ordered.map(
      (member) => `${inner}${member.rawKey}: ${pretty(member.raw, indent, inner, isSorted)}`,
    )
    return `{${lines.join(",")}${isClosed(raw) ? `${newline}}` : ""}`
  }
  if (!raw.startsWith("[")) return raw
  const items = itemsOf(raw)
  if (items.length === 0) return "[]"
  const isShort = items.every((item) => typeOfRaw(item) !== "JSON")
  const oneLine = `[${items.join(", ")}]`
  if (isShort && oneLine.length + newline.length <= 80) return oneLine
  return `[${items.map((item) => inner + pretty(item, indent, inner, isSorted)).join(",")}${isClosed(raw) ? `${newline}]` : ""}`
}

function prettyWith(raw: string, argument: string): string {
  const options = membersOf(argument.startsWith("{") ? argument : "{}")
  const text = (name: string, otherwise: string): string => {
    const found = options.find(({ key }) => key === name)
    return found === undefined ? otherwise : resultOf(found.raw).string
  }
  const prefix = text("prefix", "")
  return `${prefix}${pretty(raw, text("indent", "  "), `\n${prefix}`, flag(argument, "sortKeys"))}\n`
}

function flatten(raw: string, isDeep: boolean): readonly string[] {
  return itemsOf(raw).flatMap((item) => {
    if (!item.startsWith("[")) return [item]
    return isDeep ? flatten(item, true) : itemsOf(item)
  })
}

function join(raw: string, argument: string): string {
  if (!raw.startsWith("[")) return raw
  const members = itemsOf(raw)
    .filter((item) => item.startsWith("{"))
    .flatMap(membersOf)
  if (flag(argument, "preserve"))
    return `{${members.map((member) => `${member.rawKey}:${member.raw}`).join(",")}}`
  const last = new Map<string, string>()
  for (const { rawKey, raw: value, key } of members) last.set(key, `${rawKey}:${value}`)
  return `{${[...last.values()].join(",")}}`
}

function group(raw: string): string {
  if (!raw.startsWith("{")) return ""
  const rows: string[][] = []
  for (const { rawKey, raw: list } of membersOf(raw)) {
    if (!list.startsWith("[")) continue
    for (const [index, item] of itemsOf(list).entries())
      (rows[index] ??= []).push(`${rawKey}:${item}`)
  }
  return `[${rows.map((row) => `{${row.join(",")}}`).join(",")}]`
}

function dig(raw: string, key: string, found: string[], depth: number): void {
  if (depth > 200) return
  if (raw.startsWith("{")) {
    for (const member of membersOf(raw)) {
      if (member.key === key) found.push(member.raw)
      dig(member.raw, key, found, depth + 1)
    }
  } else if (raw.startsWith("[")) for (const item of itemsOf(raw)) dig(item, key, found, depth + 1)
}

function isValid(raw: string): boolean {
  try {
    JSON.parse(raw)
    return true
  } catch {
    return false
  }
}

const modifiers: ReadonlyMap<string, Modifier> = new Map<string, Modifier>([
  ["this", (raw) => raw],
  ["ugly", ugly],
  ["pretty", prettyWith],
  [
    "reverse",
    (raw) => {
      if (raw.startsWith("[")) return `[${itemsOf(raw).toReversed().join(",")}]`
      if (!raw.startsWith("{")) return raw
      return `{${membersOf(raw)
        .toReversed()
        .map((member) => `${member.rawKey}:${member.raw}`)
        .join(",")}}`
    },
  ],
  [
    "flatten",
    (raw, argument) =>
      raw.startsWith("[") ? `[${flatten(raw, flag(argument, "deep")).join(",")}]` : raw,
  ],
  ["join", join],
  [
    "keys",
    (raw) => {
      if (raw.startsWith("{"))
        return `[${membersOf(raw)
          .map((member) => member.rawKey)
          .join(",")}]`
      return raw.startsWith("[")
        ? `[${itemsOf(raw)
            .map(() => "null")
            .join(",")}]`
        : raw === ""
          ? "[]"
          : "[]"
    },
  ],
  [
    "values",
    (raw) => {
      if (raw.startsWith("{"))
        return `[${membersOf(raw)
          .map((member) => member.raw)
          .join(",")}]`
      return raw.startsWith("[") ? raw : raw === "" ? "[]" : `[${raw}]`
    },
  ],
  ["valid", (raw) => (isValid(raw) ? raw : "")],
  [
    "tostr",
    (raw) =>
      goJsonString(raw)
        .replace(/\\u003c/g, "<")
        .replace(/\\u003e/g, ">")
        .replace(/\\u0026/g, "&"),
  ],
  ["fromstr", (raw) => (isValid(raw) && raw.startsWith('"') ? unquote(raw) : "")],
  ["group", group],
  [
    "dig",
    (raw, argument) => {
      const found: string[] = []
      dig(raw, argument, found, 0)
      return `[${found.join(",")}]`
    },
  ],
])

/** Applies `@name:argument`; undefined for a modifier that does not exist. */
export function applyModifier(name: string, raw: string, argument: string): string | undefined {
  return modifiers.get(name)?.(raw, argument)
}
