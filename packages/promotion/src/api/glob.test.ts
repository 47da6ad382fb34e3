import { existsSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { fc, test as property } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { compileGlob, compileMarked } from "./glob.js"

const rows: readonly (readonly [glob: string, yes: readonly string[], no: readonly string[]])[] = [
  ["*.yaml", ["a.yaml", ".yaml"], ["a/b.yaml", "a.yml"]],
  ["**/*.yaml", ["a.yaml", "a/b/c.yaml"], ["a.yml"]],
  ["a/**", ["a", "a/b", "a/b/c"], ["ab", "b/a"]],
  ["a/**/c", ["a/c", "a/b/c", "a/b/b/c"], ["ac", "a/bc"]],
  ["a**c", ["ac", "abc"], ["a/c"]],
  ["a/***", ["a/b"], ["a", "a/b/c"]],
  ["{a,b/**}/c", ["a/c", "b/c", "b/x/c"], ["c"]],
  ["*.{yaml,y{,a}ml}", ["a.yaml", "a.yml"], ["a.ym"]],
  ["?", ["a", "é"], ["", "/", "ab"]],
  ["[a-c]x", ["ax", "cx"], ["dx", "-x"]],
  ["[!a-c]", ["d", "/"], ["a"]],
  ["[^\\]]", ["a"], ["]"]],
  ["a\\*", ["a*"], ["ab"]],
  ["a.b", ["a.b"], ["axb"]],
  ["a,b", ["a,b"], ["a"]],
  ["", [""], ["a"]],
]

test.each(rows)("%s", (glob, yes, no) => {
  const pattern = compileGlob(glob)
  for (const text of yes) expect([text, pattern?.test(text)]).toEqual([text, true])
  for (const text of no) expect([text, pattern?.test(text)]).toEqual([text, false])
})

test.each(["[a", "[]a]", "{a", "a}", "a\\", "[a-"])("%s is malformed", (glob) => {
  expect(compileGlob(glob)).toBeUndefined()
})

test("the prefix tells which pattern it is", () => {
  expect(compileMarked("glob:a*")?.pattern?.test("ab")).toBe(true)
  expect(compileMarked("regex:a.$")?.pattern?.test("xab")).toBe(true)
  expect(compileMarked("regexp:(")).toEqual({ pattern: undefined })
  expect(compileMarked("a*")).toBeUndefined()
})

property.prop([fc.string(), fc.string()])("any glob has an answer for any text", (glob, text) => {
  const pattern = compileGlob(glob)
  if (pattern !== undefined) expect(typeof pattern.test(text)).toBe("boolean")
})

property.prop([fc.string({ unit: fc.constantFrom("a", "b", "/", "é", ".", "+", "(") })])(
  "a text without special letters matches itself alone",
  (text) => {
    expect(compileGlob(text)?.test(text)).toBe(true)
    expect(compileGlob(text)?.test(`${text}a`)).toBe(false)
  },
)

const slips = new Set(["/**/", "***"])

interface Row {
  readonly op: string
  readonly pattern: string
  readonly valid: boolean
  readonly value?: readonly string[]
}
const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..")
const goldens = join(repository, "../shared/goldens/languages/globs.ndjson.gz")

test.skipIf(!existsSync(goldens))("answers as upstream's library (needs ../shared/goldens)", () => {
  const lines = gunzipSync(readFileSync(goldens)).toString("utf8").trim().split("\n")
  // Slips that no manifest can mean: `/**/` takes the empty text there, and `***` refuses it.
  const rows = lines
    .map((line) => JSON.parse(line) as Row)
    .filter(({ op, pattern }) => op === "doublestar" && !slips.has(pattern))
  const texts = [...new Set(rows.flatMap(({ value = [] }) => value))]
  const wrong = rows.flatMap(({ pattern, valid, value = [] }) => {
    const compiled = compileGlob(pattern)
    if ((compiled !== undefined) !== valid) return [`${pattern}: ${valid}`]
    return texts
      .filter((text) => (compiled?.test(text) ?? false) !== value.includes(text))
      .map((text) => `${pattern} ${text}`)
  })
  expect(wrong).toEqual([])
})
