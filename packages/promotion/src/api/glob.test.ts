import { expect, test } from "vitest"
import { compileGlob, compileMarked } from "./glob.js"

test("globs are doublestar's", () => {
  expect(compileGlob("a/**/c")?.test("a/b/b/c")).toBe(true)
  expect(compileGlob("*")?.test("a/b")).toBe(false)
  expect(compileGlob("{a")).toBeUndefined()
})

test("the prefix tells which pattern it is", () => {
  expect(compileMarked("glob:a*")?.pattern?.test("ab")).toBe(true)
  expect(compileMarked("regex:a.$")?.pattern?.test("xab")).toBe(true)
  expect(compileMarked("regexp:(")).toEqual({ pattern: undefined })
  expect(compileMarked("a*")).toBeUndefined()
})
