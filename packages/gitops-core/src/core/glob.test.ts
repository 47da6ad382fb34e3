import { expect, test } from "vitest"
import { matchesGlob } from "./glob.js"

test.each([
  ["*", "a/b", undefined, true],
  ["*", "a/b", "/", false],
  ["https://git.example.com/**", "https://git.example.com/a/b", "/", true],
  ["[a", "[a", undefined, false],
])("%s and %s (separator %s): %s", (pattern, text, separator, isMatch) => {
  expect(matchesGlob(pattern, text, separator)).toBe(isMatch)
})
