import { existsSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { fc, test as prop } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { matchesGlob } from "./glob.js"

describe("globs", () => {
  const rows: readonly (readonly [string, string, string | undefined, boolean])[] = [
    ["*", "a/b", undefined, true],
    ["*", "a/b", "/", false],
    ["**", "a/b", "/", true],
    ["*.{yaml,yml}", "web.yml", undefined, true],
    ["*.{yaml,yml}", "web.json", undefined, false],
    ["{a,{b,c}}d", "cd", undefined, true],
    ["[!a-c]x", "dx", undefined, true],
    ["[!a-c]x", "bx", undefined, false],
    ["a\\*", "a*", undefined, true],
    ["a\\*", "ab", undefined, false],
    ["[a", "[a", undefined, false],
    ["https://git.example.com/*", "https://git.example.com/a/b", "/", false],
    ["https://git.example.com/**", "https://git.example.com/a/b", "/", true],
  ]
  test.each(rows)("%s and %s (separator %s): %s", (pattern, text, separator, isMatch) => {
    expect(matchesGlob(pattern, text, separator)).toBe(isMatch)
  })
  test("no pattern makes it slow", () => {
    expect(matchesGlob(`${"*a".repeat(200)}b`, "a".repeat(2000))).toBe(false)
  })
})

prop.prop([fc.string(), fc.string()])("any pattern and text have an answer", (pattern, text) => {
  expect(typeof matchesGlob(pattern, text, "/")).toBe("boolean")
})
prop.prop([fc.string({ unit: fc.constantFrom("a", "b", "/", "é") })])(
  "a text matches itself",
  (text) => {
    expect(matchesGlob(text, text)).toBe(true)
  },
)

interface Row {
  readonly op: string
  readonly pattern: string
  readonly ok: boolean
  readonly value?: readonly string[]
}
const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..")
const file = join(repository, "../shared/goldens/languages/globs.ndjson.gz")

/** Slips of upstream's matcher that no manifest can mean: one character of nothing, bytes for characters. */
const slips = new Set(["?", "[!a]", "[!a-c]", "?ni", "***", "a***c"])

test.skipIf(!existsSync(file))("answers as upstream's matcher (needs ../shared/goldens)", () => {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n")
  const rows = lines
    .map((line) => JSON.parse(line) as Row)
    .filter(({ op, pattern }) => op.startsWith("gobwas") && !slips.has(pattern))
  const texts = [...new Set(rows.flatMap(({ value = [] }) => value))]
  const wrong = rows.flatMap(({ op, pattern, value = [] }) => {
    const separator = op.slice("gobwas".length) || undefined
    return texts
      .filter((text) => matchesGlob(pattern, text, separator) !== value.includes(text))
      .map((text) => `${op} ${pattern} ${text}`)
  })
  expect(wrong).toEqual([])
})
