import { expect, test } from "vitest"
import { gjsonGet, sjsonDelete, sjsonSet } from "./index.js"

const document = JSON.stringify({
  name: { first: "Tom" },
  "a.b": 1,
  friends: [
    { first: "Dale", age: 44 },
    { first: "Roger", age: 68 },
    { first: "Jane", age: 47 },
  ],
})

test.each([
  ["name.first", "Tom"],
  ["friends.#", 3],
  ["friends.1.first", "Roger"],
  ["friends.#.first", ["Dale", "Roger", "Jane"]],
  ['friends.#(first="Jane").age', 47],
  ["friends.#(age>45)#.first", ["Roger", "Jane"]],
  ["a\\.b", 1],
  ["na*.fi?st", "Tom"],
  ["friends.#.age|#", 3],
  ["{name.first,n:friends.#}", { first: "Tom", n: 3 }],
])("%s", (path, value) => {
  expect(gjsonGet(document, path)).toMatchObject({ exists: true, value })
})

test("what is not there does not exist", () => {
  expect(gjsonGet(document, "name.last")).toMatchObject({ exists: false, value: null, string: "" })
  expect(gjsonGet(document, "constructor")).toMatchObject({ exists: false })
})

test("sjson sets and deletes", () => {
  expect(sjsonSet('{"a":{"b":1}}', "a.c.1", "x")).toEqual({
    ok: true,
    value: '{"a":{"b":1,"c":[null,"x"]}}',
  })
  expect(sjsonDelete('{"a":{"b":1}}', "a.b")).toEqual({ ok: true, value: '{"a":{}}' })
  expect(sjsonSet("{}", "", 1).ok).toBe(false)
})
