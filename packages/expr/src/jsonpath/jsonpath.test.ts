import { describe, expect, test } from "vitest"
import { compileJsonPath } from "./index.js"

const nodes = {
  kind: "List",
  items: [
    { metadata: { name: "a", labels: { "kubernetes.io/os": "linux" } }, cpu: 4, ready: true },
    { metadata: { name: "b", labels: {} }, cpu: 8, ready: false, addresses: ["x", "y"] },
  ],
}

function print(path: string, document: unknown = nodes, allowMissingKeys = false): string {
  const compiled = compileJsonPath(path, { allowMissingKeys })
  const result = compiled.ok ? compiled.value.evaluate(document as never) : compiled
  return result.ok ? result.value.text : `${result.issues[0]?.phase}: ${result.issues[0]?.message}`
}

test.each([
  ["{.kind}", "List"],
  ["{$.items[*].metadata.name}", "a b"],
  ["{.items[-1].metadata.name}", "b"],
  ["{.items[0,1].cpu}", "4 8"],
  ["{.items[0].metadata.labels}", '{"kubernetes.io/os":"linux"}'],
  ["{.items[0].metadata.labels.kubernetes\\.io/os}", "linux"],
  ["{.items[?(@.cpu>4.0)].metadata.name}", "b"],
  ["{.items[?(@.addresses)].metadata.name}", "b"],
  ["{.items[?(@.ready==true)].metadata.name}", "a"],
  ["{..name}", "a b"],
  ['{range .items[*]}{.metadata.name}={.cpu}{"\\n"}{end}done', "a=4\nb=8\ndone"],
  ["no braces: .kind", "no braces: .kind"],
])("%s prints %j", (path, text) => {
  expect(print(path)).toBe(text)
})

test.each([
  ["{.nope}", "run: nope is not found"],
  ["{.items[7]}", "run: array index out of bounds: index 7, length 2"],
  ["{.items[::-1]}", "run: step must be > 0"],
  ["{.kind[0]}", "run: string is not array or slice"],
  ["{.items[?(@.cpu>4)]}", "run: incompatible types for comparison"],
  ["{.items[?(@.metadata.name==a)]}", "run: unrecognized identifier a"],
  ["{end}", "run: not in range, nothing to end"],
  ["{.a", "parse: unclosed action"],
  ['{.a["b"]}', 'parse: invalid array index "b"'],
  ["{....a}", "parse: invalid multiple recursive descent"],
  ["{*}", "parse: unrecognized character in action: U+002A '*'"],
])("%s is refused: %s", (path, message) => {
  expect(print(path)).toBe(message)
})

test("missing keys may be nothing, as kubectl prints them", () => {
  expect(print("[{.nope.deeper}]", nodes, true)).toBe("[]")
})

test("tells what it reads", () => {
  const compiled = compileJsonPath("{.items[0].cpu} of {.kind}")
  expect(compiled.ok && compiled.value.references).toMatchObject([
    { path: ["items"], dynamic: true },
    { path: ["kind"], dynamic: false },
  ])
})

describe("hostile input", () => {
  test("names of prototypes are data", () => {
    expect(print("{.__proto__}", {})).toBe("run: __proto__ is not found")
    expect(print("{.constructor.name}", {})).toBe("run: constructor is not found")
    expect(print("{.__proto__}", JSON.parse('{"__proto__": 1}'))).toBe("1")
  })

  test("deep documents and deep paths end in an answer", () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(print("{..x}", deep, true)).toBe("")
    expect(print(`{.a${"[?(@.a".repeat(10_000)}`)).toMatch(/^parse: /)
    expect(print("[".repeat(200_000))).toMatch(/^budget: expected a path of at most/)
  })

  test("a path cannot multiply its work without end", () => {
    const wide = Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, () => [1]))
    expect(print("{[*][*][*]}{[*][*][*]}", wide)).toBe("budget: the path visits too many values")
  })
})
