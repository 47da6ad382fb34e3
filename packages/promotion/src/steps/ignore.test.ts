import { expect, test } from "vitest"
import { ignoreRules } from "./ignore.js"

const rows: readonly (readonly [
  rules: string,
  path: string,
  isDirectory: boolean,
  expected: boolean,
])[] = [
  ["*.tmp", "a.tmp", false, true],
  ["*.tmp", "a/b.tmp", false, true],
  ["*.tmp\n!b.tmp", "a/b.tmp", false, false],
  ["!b.tmp\n*.tmp", "a/b.tmp", false, true],
  ["/a", "a", false, true],
  ["/a", "b/a", false, false],
  ["a/b", "a/b", false, true],
  ["a/b", "x/a/b", false, false],
  ["a/", "a", true, true],
  ["a/", "x/a", true, true],
  ["a/", "a", false, false],
  ["a/**", "a/b/c", false, true],
  ["# a", "# a", false, false],
  ["\\# a", "# a", false, true],
  ["a  ", "a", false, true],
  ["", "a", false, false],
  ["[", "[", false, false],
  ["\r\na\r\n", "a", false, true],
]
test.each(rows)("%j on %s (directory: %s): %s", (rules, path, isDirectory, expected) => {
  expect(ignoreRules(rules)(path, isDirectory)).toBe(expected)
})
