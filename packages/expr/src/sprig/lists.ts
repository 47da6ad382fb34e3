import type { Value } from "../values/value.js"
import { aliases, define, type FunctionTable, int, isEmpty, listOf, refuse } from "./define.js"
import { equalValues, isValueIn } from "./equal.js"

function sliced(args: readonly Value[]): Value {
  const list = listOf(args[0], "slice")
  if (list.length === 0) return null
  const [from = 0, to = list.length] = args.slice(1).map((_, index) => int(args, index + 1))
  const isInside = from >= 0 && from <= to && to <= list.length
  return isInside ? list.slice(from, to) : refuse("reflect.Value.Slice: slice index out of bounds")
}

function chunked(args: readonly Value[]): Value {
  const size = int(args, 0)
  const list = listOf(args[1], "chunk")
  if (size <= 0) return refuse("runtime error: integer divide by zero")
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}

function unique(list: readonly Value[]): Value {
  const found: Value[] = []
  for (const value of list) if (!isValueIn(value, found)) found.push(value)
  return found
}

const plain: FunctionTable = {
  append: define("aa", ([list, value = null]) => [...listOf(list, "push"), value]),
  chunk: define("ia", chunked),
  compact: define("a", ([list]) => listOf(list, "compact").filter((value) => !isEmpty(value))),
  concat: define("a*", (args) => args.flatMap((list) => listOf(list, "concat"))),
  first: define("a", ([list]) => listOf(list, "find first")[0] ?? null),
  has: define("aa", ([value = null, list = null]) =>
    list === null ? false : isValueIn(value, listOf(list, "find has")),
  ),
  initial: define("a", ([list]) => {
    const values = listOf(list, "find initial")
    return values.length === 0 ? null : values.slice(0, -1)
  }),
  last: define("a", ([list]) => listOf(list, "find last").at(-1) ?? null),
  list: define("a*", (args) => [...args]),
  prepend: define("aa", ([list, value = null]) => [value, ...listOf(list, "prepend")]),
  rest: define("a", ([list]) => {
    const values = listOf(list, "find rest")
    return values.length === 0 ? null : values.slice(1)
  }),
  reverse: define("a", ([list]) => listOf(list, "find reverse").toReversed()),
  slice: define("aa*", sliced),
  uniq: define("a", ([list]) => unique(listOf(list, "find uniq"))),
  without: define("aa*", ([list, ...omitted]) =>
    listOf(list, "find without").filter(
      (value) => !omitted.some((other) => equalValues(value, other)),
    ),
  ),
}

/** Lists; what fails fails the template, with `must` before its name or without. */
export const listFunctions: FunctionTable = {
  ...plain,
  ...aliases(plain, {
    push: "append",
    tuple: "list",
    mustAppend: "append",
    mustPush: "append",
    mustChunk: "chunk",
    mustCompact: "compact",
    mustFirst: "first",
    mustHas: "has",
    mustInitial: "initial",
    mustLast: "last",
    mustPrepend: "prepend",
    mustRest: "rest",
    mustReverse: "reverse",
    mustSlice: "slice",
    mustUniq: "uniq",
    mustWithout: "without",
  }),
}
