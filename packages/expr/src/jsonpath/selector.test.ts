import { describe, expect, test } from "vitest"
import { compileSelector, fromValue } from "../index.js"
import { compileTags } from "../tags/index.js"

const store = {
  books: [
    { title: "Sayings", price: 8.95, kind: "quotes" },
    { title: "Sword", price: 12.99, isbn: "1", kind: "fiction" },
  ],
  "k8s/app": null,
}

function select(path: string, document: unknown = store): unknown {
  const compiled = compileSelector(path)
  const result = compiled.ok ? compiled.value.evaluate(document as never) : compiled
  return result.ok
    ? fromValue(result.value)
    : `${result.issues[0]?.phase}: ${result.issues[0]?.message}`
}

test.each([
  ["$.books[0].title", "Sayings"],
  ["$['books'][-1]['title']", "Sword"],
  ["$.books[*].title", ["Sayings", "Sword"]],
  ["$.books[*].isbn", ["1"]],
  ["$.books[0,1,7].price", [8.95, 12.99]],
  ["$.books[::-1].title", ["Sword", "Sayings"]],
  ["$.books.length", 2],
  ["$.books[(@.length-1)].title", "Sword"],
  ["$.books[?(@.price > 10)].title", ["Sword"]],
  ["$.books[?(@.price > 10)][0].title", "Sword"],
  ["$.books[?(@.price * 2 > 20 && !(@.title == 'x'))].title", ["Sword"]],
  ["$.books[?(@.title =~ 'Sa.*s$')].title", ["Sayings"]],
  ["$.books[?(@.title in ['Sword', 'Axe'])].price", [12.99]],
  ["$.books[?(@.price < $.books[1].price)].title", ["Sayings"]],
  ["$..price", [8.95, 12.99]],
  ["$.k8s/app", null],
])("%s is %j", (path, value) => {
  expect(select(path)).toEqual(value)
})

test("an operator is found within a name, as upstream finds it", () => {
  expect(select("$.books[?(@.kind == 'fiction')].title")).toEqual([])
})

test.each([
  ["$.nope", "run: key: invalid token key 'nope' not found"],
  ["$.books[9]", "run: index: invalid token out of range"],
  ["$.books.title", "run: key: invalid token target. expected [map] got [slice]"],
  ["books", "parse: invalid JSONPath selector 'books' unexpected token 'b' at index 0"],
  [
    "$.books[a]",
    "parse: invalid JSONPath selector '$.books[a]' invalid token. '[a]' does not match any token format",
  ],
])("%s is refused: %s", (path, message) => {
  expect(select(path)).toBe(message)
})

test("Workflows' function jsonpath reads a text", () => {
  const compiled = compileTags('{{=jsonpath(inputs.parameters.doc, "$.a[0].b")}}', {})
  const scope = { "inputs.parameters.doc": '{"a":[{"b":"yes"}]}' }
  expect(compiled.ok && compiled.value.evaluate(scope)).toEqual({ ok: true, value: "yes" })
})

describe("hostile input", () => {
  test("names of prototypes are data", () => {
    expect(select("$.__proto__", {})).toBe("run: key: invalid token key '__proto__' not found")
    expect(select("$['constructor']", {})).toMatch(/not found$/)
  })

  test.each([
    `$${"..a".repeat(5000)}`,
    `$[?(${"(".repeat(20_000)}1${")".repeat(20_000)})]`,
    `$[?(${"!".repeat(50_000)}@)]`,
    `$[?(${"1+".repeat(30_000)}1)]`,
    `$${"[*]".repeat(30_000)}`,
  ])("answers %#", (path) => {
    const deep = JSON.parse(`${"[".repeat(3000)}1${"]".repeat(3000)}`) as unknown
    expect(["string", "object"]).toContain(typeof select(path, deep))
  })
})
