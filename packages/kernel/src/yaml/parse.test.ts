import { fc, test as prop } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { JsonValue } from "../json.js"
import { formatManifests, type ParseManifestsOptions, parseManifests } from "./index.js"

function values(text: string, options?: ParseManifestsOptions): JsonValue[] {
  const result = parseManifests(text, options)
  if (!result.ok) throw new Error(result.issues[0]?.message)
  return result.value.map((document) => document.value)
}
function issue(text: string, options?: ParseManifestsOptions): string {
  const result = parseManifests(text, options)
  return result.ok ? "no issue" : (result.issues[0]?.message ?? "")
}

describe("inside brackets and quotes indentation means nothing, as in Go", () => {
  test.each<[string, JsonValue]>([
    ['a:\n    b: ["\n  cd x &&\n  go\n"]\n    c: 1\n', { a: { b: [" cd x && go "], c: 1 } }],
    ["a:\n  b: [\n  x,\n z\n]\n", { a: { b: ["x", "z"] } }],
    ["a:\n  b: {x: 1,\nz: 2\n}\n", { a: { b: { x: 1, z: 2 } } }],
    ["a:\n  b: 'one\n\ntwo'\n", { a: { b: "one\ntwo" } }],
  ])("%j", (text, value) => {
    expect(values(text)).toEqual([value])
  })

  test("places are those of the text as it was given", () => {
    const text = "a:\n    b: [\n  x,\n  y]\n    c: 1\n"
    const parsed = parseManifests(text)
    const document = parsed.ok ? parsed.value[0] : undefined
    expect(document?.locate(["a", "c"])).toEqual({ line: 5, column: 5 })
    expect(issue("a:\n    b: [\n  x: : y]\n")).toContain("3:")
  })

  test("what is quoted stands where its quote does, in JSON as in YAML", () => {
    const text = `{ "a": [ "x",\n  "y" ] }\n---\n'b': 'c'\nd:\n  - "e"\n`
    const parsed = parseManifests(text)
    const [json, yaml] = parsed.ok ? parsed.value : []
    expect(json?.locate(["a"])).toEqual({ line: 1, column: 3 })
    expect(json?.locate(["a", 0])).toEqual({ line: 1, column: 10 })
    expect(json?.locate(["a", 1])).toEqual({ line: 2, column: 3 })
    expect(yaml?.locate(["b"])).toEqual({ line: 4, column: 1 })
    expect(yaml?.locate(["d", 0])).toEqual({ line: 6, column: 5 })
  })

  test("block structure still counts, and a document marker is no text", () => {
    expect(issue("a:\n    b: 1\n  c: 2\n")).not.toBe("no issue")
    expect(issue('a:\n  b: "x\n--- y"\n')).not.toBe("no issue")
  })

  test("a text of nothing but short lines is refused or read in bounded work", () => {
    const text = `a:\n  b: [\n${"x,\n".repeat(3000)}]\n`
    expect(issue(text)).toContain("deficient indentation")
  })
})

describe("scalars as Go reads them", () => {
  const rows: readonly (readonly [string, JsonValue])[] = [
    ["yes", true],
    ["Off", false],
    ["y", true],
    ["n", false],
    ["0644", 420],
    ["0o17", 15],
    ["08", 8],
    ["1_000", 1000],
    ["0x1F", 31],
    ["0b101", 5],
    ["-0", 0],
    ["+12", 12],
    ["1e3", 1000],
    [".5", 0.5],
    ["1.", 1],
    ["1:30", "1:30"],
    ["2026-01-31", "2026-01-31"],
    ["~", null],
    ['"yes"', "yes"],
    ["'0644'", "0644"],
    ["!!str 12", "12"],
    ["!!int '12'", 12],
    ["!custom 12", "12"],
    ["-", "-"],
    ["1.2.3", "1.2.3"],
    ["1e999", "1e999"],
  ]
  test.each(rows)("%s", (source, value) => {
    const text = source === "-" ? 'v: "-"' : `v: ${source}`
    expect(values(text)).toEqual([{ v: value }])
  })
  test("keys become text", () => {
    expect(values("n: 1\n2: 2\n1.5: 3")).toEqual([{ false: 1, "2": 2, "1.5": 3 }])
  })
  test("infinity and null keys are refused with their place", () => {
    expect(issue("a: 1\nb: .inf", { file: "x.yaml" })).toBe(
      "x.yaml:2:4: expected a value that JSON can hold, found .inf",
    )
    expect(issue("~: 1")).toContain("expected a text, number or boolean as key")
  })
})

describe("documents", () => {
  test("several, with empty ones left out and lines counted", () => {
    const result = parseManifests("# top\n---\na: 1\n---\n# nothing\n---\n\nb: 2\n")
    if (!result.ok) throw new Error("expected documents")
    expect(result.value.map(({ value, line }) => ({ value, line }))).toEqual([
      { value: { a: 1 }, line: 3 },
      { value: { b: 2 }, line: 8 },
    ])
  })
  test("JSON is YAML", () => {
    expect(values('{"a": [1, {"b": null}], "c": "\\u00e9"}')).toEqual([
      { a: [1, { b: null }], c: "é" },
    ])
  })
  test("an empty text has no documents", () => {
    expect(values("")).toEqual([])
    expect(values("# only a comment\n")).toEqual([])
  })
  test("`__proto__` is data", () => {
    const [value] = values("__proto__: {polluted: 1}\na: 1") as [Record<string, unknown>]
    expect(Object.keys(value)).toEqual(["__proto__", "a"])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
  test("a key that stands twice: the last counts, with a warning", () => {
    const result = parseManifests("a: 1\nb: 2\na: 3", { file: "d.yaml" })
    if (!result.ok) throw new Error("expected a document")
    expect(result.value[0]?.value).toEqual({ a: 3, b: 2 })
    expect(result.value[0]?.warnings.map(({ message }) => message)).toEqual([
      'd.yaml:3:1: key "a" stands twice; the last one counts',
    ])
  })
  test("broken text names file, line and column", () => {
    expect(issue("a: 1\n  b: [1", { file: "broken.yaml" })).toMatch(/^broken\.yaml:2:\d+: /)
    expect(issue("a: 'x")).toMatch(/^line 1:\d+: /)
  })
})

describe("aliases and merges", () => {
  test("explicit keys win, earlier merge sources win", () => {
    const text = "base: &b {a: 1, b: 2}\nother: &o {b: 3, c: 4}\nx:\n  b: 9\n  <<: [*b, *o]\n"
    expect((values(text)[0] as { x: JsonValue }).x).toEqual({ b: 9, a: 1, c: 4 })
  })
  test("an alias bomb is refused before it is expanded", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for (let level = 1; level <= 12; level++) {
      const alias = `*a${level - 1}`
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => alias).join(", ")}]`)
    }
    expect(issue(lines.join("\n"))).toContain("values after aliases are expanded")
  })
  test.each([
    ["a: &x [1, *x]", 12],
    ["a: &x {b: *x}", 12],
    ["a: &x {? *x : 1}", 11],
    ["a: &x {<<: *x}", 13],
    ["a: &x {<<: [*x]}", 14],
    ["&x [*x]", 6],
    ["a: &x {b: {c: [*x, *x]}, d: *x}", 17],
    ["a: &x [&y [*x], *y]", 13],
  ])("a self-reference is one issue with its place: %s", (text, column) => {
    const parsed = parseManifests(text)
    expect(parsed.ok ? [] : parsed.issues).toEqual([
      {
        code: "InvalidAlias",
        path: [],
        message: `line 1:${column}: alias *x refers to &x, which contains it`,
        line: 1,
        column,
      },
    ])
  })
  test("an alias of nobody is refused", () => {
    expect(issue("a: *nobody")).toContain("which does not exist")
  })
  test("anchors end with their document", () => {
    expect(issue("a: &x 1\n---\nb: *x")).toContain("which does not exist")
  })
})

describe("limits", () => {
  test("characters, depth, aliases, documents", () => {
    expect(issue("a".repeat(101), { limits: { charactersMax: 100 } })).toContain(
      "at most 100 characters",
    )
    expect(issue("[".repeat(200))).toMatch(/nesting/)
    expect(issue("a: &x 1\nb: [*x, *x]", { limits: { aliasesMax: 1 } })).toContain(
      "at most 1 aliases",
    )
    expect(issue("a: 1\n---\nb: 1", { limits: { documentsMax: 1 } })).toContain(
      "at most 1 documents",
    )
  })
})

describe("locate", () => {
  const text = "kind: A\n---\nspec:\n  items:\n    - name: x\n      value: 1\n    - name: y\n"
  const result = parseManifests(text)
  const at = (path: readonly (string | number)[]): string => {
    const position = result.ok ? result.value[1]?.locate(path) : undefined
    return `${position?.line}:${position?.column}`
  }
  test("finds keys, items and the nearest parent", () => {
    expect(at(["spec", "items", 0, "value"])).toBe("6:7")
    expect(at(["spec", "items", 1])).toBe("7:7")
    expect(at(["spec", "items", 1, "missing"])).toBe("7:7")
    expect(at([])).toBe("3:1")
    expect(at(["nothing"])).toBe("3:1")
  })
})

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>
prop.prop([fc.array(json, { maxLength: 4 })])("what is written is read back", (documents) => {
  const kept = documents.filter((document) => document !== null)
  const plain = JSON.parse(JSON.stringify(kept)) as JsonValue[]
  expect(values(formatManifests(kept))).toEqual(plain)
})
prop.prop([fc.string({ maxLength: 200, unit: fc.constantFrom(..."ab:-&*<[]{}\"'|>\n  #!,?%") })])(
  "any text is read or refused, never thrown",
  (text) => {
    const result = parseManifests(text)
    if (result.ok) for (const document of result.value) document.locate(["a", 0, "b"])
    expect(parseManifests(text).ok).toBe(result.ok)
  },
)
