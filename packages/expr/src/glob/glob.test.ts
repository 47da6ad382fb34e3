import { fc, test as prop } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { compileGlob, type GlobFlavor, matchesGlob } from "./index.js"

describe("gobwas", () => {
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
    expect(
      matchesGlob(pattern, text, {
        flavor: "gobwas",
        separators: separator === undefined ? [] : [separator],
      }),
    ).toBe(isMatch)
  })

  test.each([
    ["?", "", true],
    ["[!a]", "", true],
    ["***", "", false],
    ["ab**b", "ab", true],
    ["?ni", "üni", false],
    ["argocd-?", "argocd-é", true],
  ])("slips as upstream does: %s and %j: %s", (pattern, text, isMatch) => {
    expect(matchesGlob(pattern, text, { flavor: "gobwas", separators: ["/"] })).toBe(isMatch)
  })

  test.each([
    ["[a", "unexpected end of input"],
    ["[]", "could not parse range"],
    ["[z-a]", "hi character 'a' should be greater than lo 'z'"],
    ["[a-cx]", "expected close range character"],
  ])("%s is refused: %s", (pattern, message) => {
    const compiled = compileGlob(pattern, { flavor: "gobwas" })
    expect(compiled.ok ? "" : compiled.issues[0]?.message).toBe(message)
  })
})

describe("doublestar", () => {
  const rows: readonly (readonly [glob: string, yes: readonly string[], no: readonly string[]])[] =
    [
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
    const fits = (text: string): boolean => matchesGlob(glob, text, { flavor: "doublestar" })
    for (const text of yes) expect([text, fits(text)]).toEqual([text, true])
    for (const text of no) expect([text, fits(text)]).toEqual([text, false])
  })

  test.each(["[a", "[]a]", "{a", "a}", "a\\", "[a-"])("%s is malformed", (glob) => {
    expect(compileGlob(glob, { flavor: "doublestar" }).ok).toBe(false)
  })
})

describe("path.Match", () => {
  test.each([
    ["*", "a", true],
    ["*", "a/b", false],
    ["a/*/c", "a/b/c", true],
    ["**", "a/b", false],
    ["[^a]", "b", true],
    ["[!a]", "a", true],
    ["{a,b}", "a", false],
    ["\\*", "*", true],
  ])("%s and %s: %s", (pattern, text, isMatch) => {
    expect(matchesGlob(pattern, text, { flavor: "path" })).toBe(isMatch)
  })
  test.each(["[a", "[]a]", "[-a]", "[a-]", "a\\"])("%s is malformed", (pattern) => {
    expect(compileGlob(pattern, { flavor: "path" }).ok).toBe(false)
  })
})

const flavors = ["gobwas", "doublestar", "path"] as const
const flavor = fc.constantFrom<GlobFlavor>(...flavors)

test.each(flavors)("no pattern makes %s slow, no length makes it fail", (each) => {
  const hostile = `${"*a".repeat(200)}b`
  expect(matchesGlob(hostile, "a".repeat(2000), { flavor: each })).toBe(false)
  const nested = compileGlob("{".repeat(9_000), { flavor: each })
  expect(typeof nested.ok).toBe("boolean")
  const long = compileGlob("a".repeat(20_000), { flavor: each })
  expect(long.ok ? "" : long.issues[0]?.phase).toBe("budget")
})

prop.prop([fc.string(), fc.string(), flavor])(
  "any pattern has an answer for any text",
  (pattern, text, each) => {
    const options = { flavor: each, separators: ["/"] }
    expect(typeof matchesGlob(pattern, text, options)).toBe("boolean")
  },
)

prop.prop([fc.string({ unit: fc.constantFrom("a", "b", "/", "é", ".", "+", "(") }), flavor])(
  "a text without special characters fits itself alone",
  (text, each) => {
    expect(matchesGlob(text, text, { flavor: each })).toBe(true)
    expect(matchesGlob(text, `${text}a`, { flavor: each })).toBe(false)
  },
)
