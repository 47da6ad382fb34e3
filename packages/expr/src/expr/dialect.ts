/** The versions of the language that the projects run: 1.17.8, and 1.15.5 for Events. */
export type Dialect = "1.17" | "1.15"

/** Binary operators: precedence, and whether they group to the right. */
export const binaryOperators: ReadonlyMap<string, readonly [precedence: number, right: boolean]> =
  new Map([
    ["|", [0, false]],
    ["or", [10, false]],
    ["||", [10, false]],
    ["and", [15, false]],
    ["&&", [15, false]],
    ["==", [20, false]],
    ["!=", [20, false]],
    ["<", [20, false]],
    [">", [20, false]],
    [">=", [20, false]],
    ["<=", [20, false]],
    ["in", [20, false]],
    ["matches", [20, false]],
    ["contains", [20, false]],
    ["startsWith", [20, false]],
    ["endsWith", [20, false]],
    ["..", [25, false]],
    ["+", [30, false]],
    ["-", [30, false]],
    ["*", [60, false]],
    ["/", [60, false]],
    ["%", [60, false]],
    ["**", [100, true]],
    ["^", [100, true]],
    ["??", [500, false]],
  ])

/** Prefix operators with the precedence of what they take. */
export const unaryOperators: ReadonlyMap<string, number> = new Map([
  ["not", 50],
  ["!", 50],
  ["-", 90],
  ["+", 90],
])

/** Which arguments of a built-in are predicates, and how many must be there. */
export const predicateBuiltins: ReadonlyMap<
  string,
  { readonly predicates: readonly boolean[]; readonly required: number }
> = new Map([
  ["all", { predicates: [false, true], required: 2 }],
  ["none", { predicates: [false, true], required: 2 }],
  ["any", { predicates: [false, true], required: 2 }],
  ["one", { predicates: [false, true], required: 2 }],
  ["filter", { predicates: [false, true], required: 2 }],
  ["map", { predicates: [false, true], required: 2 }],
  ["count", { predicates: [false, true], required: 1 }],
  ["sum", { predicates: [false, true], required: 1 }],
  ["find", { predicates: [false, true], required: 2 }],
  ["findIndex", { predicates: [false, true], required: 2 }],
  ["findLast", { predicates: [false, true], required: 2 }],
  ["findLastIndex", { predicates: [false, true], required: 2 }],
  ["groupBy", { predicates: [false, true], required: 2 }],
  ["sortBy", { predicates: [false, true, false], required: 2 }],
  ["reduce", { predicates: [false, true, false], required: 2 }],
])

/** Built-ins that take no predicate, in no order. */
export const plainBuiltins: ReadonlySet<string> = new Set([
  "len",
  "type",
  "abs",
  "ceil",
  "floor",
  "round",
  "int",
  "float",
  "string",
  "trim",
  "trimPrefix",
  "trimSuffix",
  "upper",
  "lower",
  "split",
  "splitAfter",
  "replace",
  "repeat",
  "join",
  "indexOf",
  "lastIndexOf",
  "hasPrefix",
  "hasSuffix",
  "max",
  "min",
  "mean",
  "median",
  "toJSON",
  "fromJSON",
  "toBase64",
  "fromBase64",
  "now",
  "duration",
  "date",
  "timezone",
  "first",
  "last",
  "get",
  "take",
  "keys",
  "values",
  "toPairs",
  "fromPairs",
  "reverse",
  "uniq",
  "concat",
  "flatten",
  "sort",
  "bitand",
  "bitor",
  "bitxor",
  "bitnand",
  "bitnot",
  "bitshl",
  "bitshr",
  "bitushr",
])

const missingIn115 = new Set([
  "reverse",
  "uniq",
  "concat",
  "flatten",
  "timezone",
  "bitand",
  "bitor",
  "bitxor",
  "bitnand",
  "bitnot",
  "bitshl",
  "bitshr",
  "bitushr",
])
const plainIn115 = new Set(["sum", "sortBy"])

/** What a name followed by `(` means in a dialect. */
export function builtinKind(name: string, dialect: Dialect): "predicate" | "plain" | undefined {
  if (dialect === "1.15") {
    if (missingIn115.has(name)) return undefined
    if (plainIn115.has(name)) return "plain"
  }
  if (predicateBuiltins.has(name)) return "predicate"
  return plainBuiltins.has(name) ? "plain" : undefined
}
