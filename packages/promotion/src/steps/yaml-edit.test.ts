import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { splitKey, updateYaml } from "./yaml-edit.js"

const edited = (text: string, key: string, value: string | number | boolean): string => {
  const result = updateYaml(text, key, value)
  if (!result.ok) throw new Error(result.issues[0]?.message)
  return result.value
}

describe("changes one scalar and no other byte", () => {
  const rows = [
    ["a: 1 # why\nb:   2\n", "a", 7, "a: 7 # why\nb:   2\n"],
    ["a:\r\n  - x: old\r\n  - y\r\n", "a.0.x", "new", "a:\r\n  - x: new\r\n  - y\r\n"],
    ["{a: 1, b: [1, 2]}\n", "b.1", 3, "{a: 1, b: [1, 3]}\n"],
    ["{a: x}", "a", "p, q", '{a: "p, q"}'],
    ["image: 'shop:1' # tag\n", "image", "shop:2", "image: 'shop:2' # tag\n"],
    ["tag: old\n", "tag", "1.27", 'tag: "1.27"\n'],
    ["tag: old\n", "tag", "true", 'tag: "true"\n'],
    ["a: x\n", "a", "b: c", 'a: "b: c"\n'],
    ["a: é # ü\nb: 1\n", "b", 2, "a: é # ü\nb: 2\n"],
    ["a.b: 1\n", "a\\.b", 2, "a.b: 2\n"],
    ["a: |\n  one\n  two\nb: 1\n", "a", "three", "a: three\nb: 1\n"],
    ["a:\nb: 1\n", "a", "x", "a: x\nb: 1\n"],
    ["a: 1\n---\na: 2\n", "a", 3, "a: 3\n---\na: 2\n"],
  ] as const
  test.each(rows)("%j %s=%j", (text, key, value, expected) => {
    expect(edited(text, key, value)).toBe(expected)
  })
})

test("a missing key, a mapping and a broken file are told apart", () => {
  const why = (text: string, key: string): string => {
    const result = updateYaml(text, key, 1)
    return result.ok ? "" : (result.issues[0]?.message ?? "")
  }
  expect(why("a: 1\n", "b")).toBe("key path not found: b")
  expect(why("a:\n  b: 1\n", "a")).toBe("key path not found: a")
  expect(why("a: [1\n", "a")).toContain("not YAML")
  expect(why("a: [1]\n", "a.-1")).toBe("key path not found: a.-1")
})

test.each([
  ["a.b\\.c.:0", ["a", "b.c", "0"]],
  [" a ", ["a"]],
  ["a\\:b", ["a:b"]],
  ["é.ü", ["é", "ü"]],
])("key path %j", (key, parts) => {
  expect(splitKey(key)).toEqual({ ok: true, value: parts })
})

test.each([
  ["", "has an empty part"],
  ["a..b", "has an empty part"],
  ["a.", "has an empty part"],
  [":", "has an empty part"],
  ["a:b", "has a colon inside a part"],
  ["::a", "has a colon inside a part"],
  ["a\\b", "escapes what needs no escape"],
  ["a\\", "escapes what needs no escape"],
])("key path %j is none", (key, expected) => {
  const result = splitKey(key)
  expect(result.ok ? "" : result.issues[0]?.message).toContain(expected)
  expect(updateYaml("a: 1", key, 2)).toEqual(result)
})

property.prop([
  fc.string(),
  fc.constantFrom("v: old # c\n", "v: 'old'\nw: 1\n", '{v: "old", w: 2}\n'),
])("whatever is written is read back as the same text", (value, text) => {
  const after = edited(text, "v", value)
  expect((parse(after) as { v: unknown }).v).toBe(value)
})
