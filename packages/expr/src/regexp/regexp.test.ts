import { fc, test as prop } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { compilePattern } from "./index.js"

test.each([
  ["a(b)?", "<$1>", "abac", "<b><>c"],
  ["(?P<x>a)(b)", "${x}$2$$", "ab", "ab$"],
  ["a*", "-", "baac", "-b-c-"],
  ["plain", "x", "plain text", "x text"],
])("%s replaced by %s in %s gives %s", (source, template, text, result) => {
  expect(compilePattern(source).replace(text, template)).toBe(result)
})

test("a literal replacement has no references", () => {
  expect(compilePattern("a").replace("banana", "$0", true)).toBe("b$0n$0n$0")
})

test.each([
  ["a", -1, "banana", ["b", "n", "n", ""]],
  ["a", 2, "banana", ["b", "nana"]],
  ["a", 0, "banana", []],
  ["", -1, "abc", ["a", "b", "c"]],
])("%j splits into %d pieces at most", (source, limit, text, pieces) => {
  expect(compilePattern(source).split(text, limit)).toEqual(pieces)
})

test("matches carry their groups and places", () => {
  const pattern = compilePattern("(?P<key>\\w+)=(\\d+)?")
  expect(pattern.matches("a=1, b=")).toEqual([
    { start: 0, end: 3, groups: ["a=1", "a", "1"] },
    { start: 5, end: 7, groups: ["b=", "b", undefined] },
  ])
  expect(pattern.groups).toEqual(["key", ""])
})

test("what RE2 refuses is refused", () => {
  for (const source of ["(?=a)", "\\1", "(a", "a{1001}"]) {
    expect(() => compilePattern(source)).toThrow()
  }
})

test("nothing backtracks", () => {
  expect(compilePattern("(a+)+$").test(`${"a".repeat(50_000)}b`)).toBe(false)
})

prop.prop([fc.string({ unit: fc.constantFrom("a", "b", "😀") })])(
  "pieces and matches together are the text",
  (text) => {
    const pattern = compilePattern("a+")
    const pieces = pattern.split(text)
    const found = pattern.matches(text).map(({ groups }) => groups[0])
    if (text === "") return
    expect(pieces.map((piece, index) => piece + (found[index] ?? "")).join("")).toBe(text)
  },
)
