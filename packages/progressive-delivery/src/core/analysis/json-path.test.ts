import { expect, test } from "vitest"
import { firstAtPath } from "./json-path.js"

const document = { a: { b: [{ c: 1 }, { c: 2 }] }, "x.y": true, z: { q: "text" }, n: null }

test.each([
  ["{$}", document],
  ["{$.a.b[0].c}", 1],
  ["{.a.b[-1].c}", 2],
  ["{$.a.b[*].c}", 1],
  ["{$['z']['q']}", "text"],
  ["{$.x\\.y}", true],
  ["{$['x\\.y']}", true],
  ["{$['z.q']}", "text"],
  ["{$.n}", null],
])("%s", (path, expected) => {
  expect(firstAtPath(document, path)).toEqual({ ok: true, value: expected })
})

test.each([
  ["$.a", "has to stand in braces"],
  ["{$.nope}", "nope is not found"],
  ["{$.a.b[7]}", "array index out of bounds"],
  ["{$.a.b[?(@.c==1)]}", "cannot be read"],
  ["{$..c}", "cannot be read"],
  ["{$.a.b[*].d}", "d is not found"],
])("%s is refused: %s", (path, message) => {
  const result = firstAtPath(document, path)
  expect(result.ok ? "" : result.issues[0]?.message).toContain(message)
})
