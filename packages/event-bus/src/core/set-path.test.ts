import type { JsonValue } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { setPath } from "./set-path.js"

function set(document: JsonValue, path: string, value: JsonValue = "v"): string {
  const result = setPath(document, path, value)
  return result.ok ? JSON.stringify(result.value) : result.issues.map((i) => i.message).join("; ")
}

describe("setPath", () => {
  test.each<[JsonValue, string, string]>([
    [{}, "a.b", '{"a":{"b":"v"}}'],
    [{}, "a.2", '{"a":[null,null,"v"]}'],
    [{ a: [1, 2] }, "a.0", '{"a":["v",2]}'],
    [{ a: [1] }, "a.-1", '{"a":[1,"v"]}'],
    [{ a: [1] }, "a.3", '{"a":[1,null,null,"v"]}'],
    [{ a: { 0: 1 } }, "a.0", '{"a":{"0":"v"}}'],
    [{}, "a.:0", '{"a":{"0":"v"}}'],
    [{}, "a\\.b", '{"a.b":"v"}'],
    [{ a: 1 }, "a.b", '{"a":{"b":"v"}}'],
    [{ a: [{ b: 1 }] }, "a.#.b", '{"a":[{"b":1}]}'],
    [{ a: 1 }, "*", '{"a":1}'],
    [{}, "", "expected a path to write to, found an empty one"],
    [{ a: [1] }, "a.b", '"a.b" names "b" in a list, where an index is expected'],
    [{}, "a.99999999", '"a.99999999" names index 99999999; at most 10000 is allowed'],
  ])("%j at %s gives %s", (document, path, expected) => {
    expect(set(document, path)).toBe(expected)
  })

  test("leaves the document alone, and takes __proto__ for a key", () => {
    const document = Object.freeze({ a: Object.freeze({ b: 1 }) })
    expect(set(document, "a.__proto__.c")).toBe('{"a":{"b":1,"__proto__":{"c":"v"}}}')
    expect(JSON.stringify(document)).toBe('{"a":{"b":1}}')
    expect(({} as { c?: string }).c).toBeUndefined()
  })
})
