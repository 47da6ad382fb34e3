import { gjsonGet } from "./get.js"
import { endOfBrackets, firstStep, wildcard } from "./path.js"
import { parseQuery, queryHolds } from "./query.js"
import { membersOf, placedItemsOf, skipBlanks } from "./scan.js"

/** A value's place in a text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Where the values of a path lie that has wildcards, queries or `#`: one for a path that finds one value, several for
 * `#.rest`. What no longer is a part of the text (`|`, modifiers, all matches of a query, counts) lies nowhere.
 */
export function locate(text: string, path: string, depth = 0): readonly Span[] {
  const base = skipBlanks(text, 0)
  const container = text.slice(base).trimEnd()
  if (depth > 200) return []
  if (container.startsWith("{")) return inObject(container, path, { base, depth })
  if (!container.startsWith("[")) return []
  return inList(container, path, { base, depth })
}

interface At {
  readonly base: number
  readonly depth: number
}

/** The value itself at the end of a path, or what the rest of it finds in the value. */
function follow(raw: string, rest: string | undefined, { base, depth }: At): readonly Span[] {
  if (rest === undefined) return [{ start: base, end: base + raw.length }]
  return locate(raw, rest, depth + 1).map(({ start, end }) => ({
    start: base + start,
    end: base + end,
  }))
}

function restOf({ separator, rest }: ReturnType<typeof firstStep>): string | undefined {
  return separator === "" ? undefined : rest
}

function inObject(raw: string, path: string, { base, depth }: At): readonly Span[] {
  const step = firstStep(path)
  if (step.separator === "|" || /^[@![{]/.test(path)) return []
  const member = membersOf(raw).find(({ key }) =>
    step.isPattern ? wildcard(key, step.text) : key === step.key,
  )
  if (member === undefined) return []
  return follow(member.raw, restOf(step), { base: base + member.at, depth })
}

function inList(raw: string, path: string, { base, depth }: At): readonly Span[] {
  const items = placedItemsOf(raw)
  if (path.startsWith("#.")) {
    const rest = path.slice(2)
    return items.flatMap((item) =>
      follow(item.raw, rest, { base: base + item.at, depth }).slice(0, 1),
    )
  }
  if (path.startsWith("#(") || path.startsWith("#[")) {
    const end = endOfBrackets(path, 1)
    if (end < 0 || path[end] === "#" || path[end] === "|") return []
    const query = parseQuery(path.slice(2, end - 1))
    const item = items.find((each) =>
      queryHolds(each.raw, query, (inner, of) => gjsonGet(inner, of, depth + 1)),
    )
    const rest = path[end] === "." ? path.slice(end + 1) : undefined
    return item === undefined ? [] : follow(item.raw, rest, { base: base + item.at, depth })
  }
  const step = firstStep(path)
  const item = /^\d+$/.test(step.text) ? items[Number(step.text)] : undefined
  if (item === undefined || step.separator === "|") return []
  return follow(item.raw, restOf(step), { base: base + item.at, depth })
}
