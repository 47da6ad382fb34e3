import { describe, expect, test } from "vitest"
import { fuzz, problemOf } from "./fuzz/fuzz.mjs"
import { languages } from "./fuzz/languages.mjs"

describe("mutated sources (`pnpm fuzz` runs many more)", () => {
  test.each(Object.entries(languages))("%s", (name, language) => {
    expect(fuzz({ name, language, count: 400, seed: 7 }).problems).toEqual([])
  })
})

/** What attackers write, in the words of several languages at once. */
const hostile: readonly string[] = [
  "__proto__",
  "constructor.constructor('return 1')()",
  "a.__proto__.polluted",
  "{{=__proto__.x}}",
  "${{ constructor }}",
  "{{ .__proto__.p }}",
  "^(a+)+$",
  "(a*)*b",
  "(?:a|a?)+$",
  "(".repeat(5000),
  "[".repeat(5000),
  "{{".repeat(5000),
  "!".repeat(5000),
  "-".repeat(5000),
  "not ".repeat(3000),
  `${"a.".repeat(5000)}a`,
  `${"(".repeat(3000)}1${")".repeat(3000)}`,
  "1..1000000000",
  "map(1..1000000, map(1..1000000, #))",
  "repeat('a', 1000000000)",
  "[range(1e9)]",
  "def f: f; f",
  "{{ range $i := until 1000000000 }}x{{ end }}",
  '{{ define "x" }}{{ template "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
  '{{ repeat 1000000000 "a" }}',
  "while true do end",
  "local s = 'x' while true do s = s .. s end",
  "@pretty|".repeat(2000),
  "#.".repeat(3000),
  "{a,b,".repeat(500),
  "* ".repeat(2000),
  "9999999999999999999999999999999",
  "1e400 == NaN",
  "\ud83d\ud83d\udc00",
  "\u0000\u0001",
  "{NaN: 1}[NaN]",
  `a${"*".repeat(5000)}b`,
  `{${"a,".repeat(5000)}b}`,
  `a{1000}{1000}{1000}`,
]

describe("hostile sources", () => {
  test.each(Object.entries(languages))(
    "%s gives results, and nothing of the host",
    (_name, { run }) => {
      const before = Object.keys(Object.prototype).length
      for (const source of hostile) expect(problemOf(run, source)).toBeUndefined()
      expect(Object.keys(Object.prototype)).toHaveLength(before)
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    },
  )
})
