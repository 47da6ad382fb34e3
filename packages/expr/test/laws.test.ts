import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { Node } from "../src/expr/ast.js"
import { parseTree } from "../src/expr/parser.js"
import { compileExpr, compileLabels, compileSemver, parseVersion } from "../src/index.js"
import { formatVersion } from "../src/semver/index.js"
import { printExpr } from "./print-expr.js"

const options = {
  dialect: "1.17",
  isOverridden: () => false,
  maxLength: 100_000,
  maxNodes: 10_000,
  maxDepth: 400,
} as const

/** The tree of a source without its places; undefined where it is none. */
function treeOf(source: string): unknown {
  let node: Node
  try {
    node = parseTree(source, options).node
  } catch {
    return undefined
  }
  return node
}

function withoutPlaces(node: unknown): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (key === "at" || key === "type") return undefined
    return typeof value === "bigint" ? `${value}n` : value
  })
}

/** Trees that a person might write, small ones more often. */
const atoms = fc.constantFrom(
  ..."a b.c 1 2.5 0x1f 1e3 true nil 'x' \"y\\n\" [] {} [1,2][0] a?.b.c a[1:2] a[:2] #".split(" "),
)
const sources = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    atoms,
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom(
          ..."+ - * / % ** == != < >= && || ?? in matches contains .. | or not_in".split(" "),
        ),
        tie("expression"),
      )
      .map(([left, op, right]) =>
        op === "|" ? `(${left}) | len()` : `(${left}) ${op.replace("_", " ")} (${right})`,
      ),
    fc
      .tuple(fc.constantFrom("-", "!", "not "), tie("expression"))
      .map(([op, inner]) => `${op}(${inner})`),
    fc
      .tuple(tie("expression"), tie("expression"), tie("expression"))
      .map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    fc
      .tuple(tie("expression"), tie("expression"))
      .map(([a, b]) => `if ${a} == 1 {${b}} else if true {1} else {${a}}`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(let v = ${a}; v; ${b})`),
    fc
      .tuple(
        fc.constantFrom("map", "filter", "all", "sortBy", "groupBy", "count"),
        tie("expression"),
        tie("expression"),
      )
      .map(([name, items, test]) => `${name}([${items}], ${test})`),
    fc
      .tuple(tie("expression"), tie("expression"))
      .map(([a, b]) => `{k: ${a}, "l": [${b}], (a): f(${a}, ${b}).g(1)}`),
    fc
      .tuple(tie("expression"), tie("expression"))
      .map(([a, b]) => `reduce([${a}], #acc + ${b}, 0) ?: 1 < 2 < 3`),
  ),
}))

describe("reading, writing and reading again", () => {
  property.prop([sources.expression], { numRuns: 2000 })("gives the same tree", (source) => {
    const tree = treeOf(source)
    if (tree === undefined) return
    const printed = printExpr(tree as Node)
    expect(withoutPlaces(treeOf(printed))).toBe(withoutPlaces(tree))
  })

  const goldens = fileURLToPath(
    new URL("../../../../shared/goldens/languages/expr.ndjson.gz", import.meta.url),
  )
  test.skipIf(!existsSync(goldens))("of recorded sources too (needs ../shared/goldens)", () => {
    const lines = gunzipSync(readFileSync(goldens)).toString("utf8").trim().split("\n")
    let same = 0
    for (const [index, line] of lines.entries()) {
      if (index % 7 !== 0) continue
      const { expr } = JSON.parse(line) as { expr: string }
      const tree = treeOf(expr)
      if (tree === undefined || /[\ud800-\udfff]/.test(expr)) continue
      expect(withoutPlaces(treeOf(printExpr(tree as Node)))).toBe(withoutPlaces(tree))
      same++
    }
    expect(same).toBeGreaterThan(1000)
  })

  const label = fc.constantFrom(
    "a",
    "b/c",
    "x in (p, q)",
    "y notin (z)",
    "!gone",
    "k=v",
    "k!=v",
    "n>1",
    "m<2",
    "here",
  )
  property.prop([fc.array(label, { maxLength: 5 })])(
    "a selector's canonical form is its own",
    (parts) => {
      const compiled = compileLabels(parts.join(","))
      if (!compiled.ok) return
      const again = compileLabels(compiled.value.canonical)
      expect(again.ok && again.value.canonical).toBe(compiled.value.canonical)
    },
  )

  const part = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  property.prop([part, part, part, fc.constantFrom("", "-rc.1", "-a+b", "+x")])(
    "a version's too",
    (major, minor, patch, rest) => {
      const text = `${major}.${minor}.${patch}${rest}`
      const version = parseVersion(`v${text}`)
      expect(version && formatVersion(version)).toBe(text)
      expect(compileSemver(`=${text}`).ok).toBe(true)
    },
  )
})

/** A tree of a small part of the language, and what it means, computed without the compiler. */
type Meaning = { readonly source: string; readonly value: number | boolean | string }

const numbers = fc.letrec<{ number: Meaning; truth: Meaning }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.integer({ min: -50, max: 50 }).map((n) => ({
      source: `(${n}.5)`.replace("(-0.5)", "(-0.5)"),
      value: n < 0 ? n - 0.5 : n + 0.5,
    })),
    fc.constantFrom(
      { source: "x", value: 7.25 },
      { source: "o.y", value: -2 },
      { source: "l[1]", value: 11 },
    ),
    fc.tuple(tie("number"), fc.constantFrom("+", "-", "*"), tie("number")).map(([a, op, b]) => ({
      source: `(${a.source} ${op} ${b.source})`,
      value:
        op === "+"
          ? Number(a.value) + Number(b.value)
          : op === "-"
            ? Number(a.value) - Number(b.value)
            : Number(a.value) * Number(b.value),
    })),
    fc.tuple(tie("truth"), tie("number"), tie("number")).map(([c, a, b]) => ({
      source: `(${c.source} ? ${a.source} : ${b.source})`,
      value: c.value === true ? a.value : b.value,
    })),
    fc.array(tie("number"), { minLength: 1, maxLength: 4 }).map((items) => ({
      source: `sum([${items.map(({ source }) => source).join(", ")}], # * 1.0)`,
      value: items.reduce((total, item) => total + Number(item.value), 0),
    })),
    tie("number").map((a) => ({ source: `(let v = ${a.source}; v)`, value: a.value })),
    tie("number").map((a) => ({ source: `(o?.missing?.deep ?? ${a.source})`, value: a.value })),
  ),
  truth: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.boolean().map((value) => ({ source: String(value), value })),
    fc
      .tuple(tie("number"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("number"))
      .map(([a, op, b]) => {
        const [x, y] = [Number(a.value), Number(b.value)]
        const results: { readonly [op: string]: boolean } = {
          "<": x < y,
          "<=": x <= y,
          ">": x > y,
          ">=": x >= y,
          "==": x === y,
          "!=": x !== y,
        }
        return { source: `(${a.source} ${op} ${b.source})`, value: results[op] === true }
      }),
    fc
      .tuple(tie("truth"), fc.constantFrom("&&", "||", "and", "or"), tie("truth"))
      .map(([a, op, b]) => ({
        source: `(${a.source} ${op} ${b.source})`,
        value:
          op === "&&" || op === "and"
            ? a.value === true && b.value === true
            : a.value === true || b.value === true,
      })),
    tie("truth").map((a) => ({ source: `!${a.source}`, value: a.value !== true })),
    fc.tuple(tie("number"), fc.array(tie("number"), { maxLength: 3 })).map(([a, items]) => ({
      source: `(${a.source} in [${items.map(({ source }) => source).join(", ")}])`,
      value: items.some((item) => item.value === a.value),
    })),
    fc.array(tie("number"), { maxLength: 4 }).map((items) => ({
      source: `any([${items.map(({ source }) => source).join(", ")}], # > 3.0)`,
      value: items.some((item) => Number(item.value) > 3),
    })),
  ),
}))

describe("what is compiled", () => {
  const env = { x: 7.25, o: { y: -2 }, l: [10, 11, 12] }
  property.prop([fc.oneof(numbers.number, numbers.truth)], { numRuns: 1500 })(
    "computes what the tree says, in every mode and dialect",
    ({ source, value }) => {
      for (const mode of ["env", "noenv", "eval"] as const) {
        const compiled = compileExpr(source, { mode, ...(mode === "env" && { env }) })
        const result = compiled.ok ? compiled.value.evaluate(env) : compiled
        expect(result.ok ? result.value : result.issues[0]?.message).toEqual(value)
      }
    },
  )
  property.prop([sources.expression], { numRuns: 1000 })(
    "does the same as its printed form",
    (source) => {
      const tree = treeOf(source)
      if (tree === undefined) return
      const outcome = (text: string): unknown => {
        const compiled = compileExpr(text)
        const result = compiled.ok ? compiled.value.evaluate({ a: [1, { b: 2 }], v: 1 }) : compiled
        return result.ok ? { value: result.value } : { phase: result.issues[0]?.phase }
      }
      expect(outcome(printExpr(tree as Node))).toEqual(outcome(source))
    },
  )
})
