import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { compileJq, compileJqPaths, type JqValue, jqResourceOutput, parseJqJson } from "./index.js"

function outputs(source: string, input: JqValue = null): readonly JqValue[] | string {
  const compiled = compileJq(source)
  if (!compiled.ok) return compiled.issues[0]?.message ?? ""
  const result = compiled.value.evaluate(input, { now: epochMs(1500) })
  return result.ok ? result.value : (result.issues[0]?.message ?? "")
}

const pods = {
  items: [
    { name: "a", ready: true, cpu: 4 },
    { name: "b", ready: false, cpu: 8 },
  ],
}

test.each<[string, JqValue, readonly JqValue[]]>([
  [".items[] | select(.ready) | .name", pods, ["a"]],
  ["[.items[].cpu] | add, max", pods, [12, 8]],
  [".items | map({(.name): .cpu}) | add", pods, [{ a: 4, b: 8 }]],
  ["del(.items[] | select(.ready))", pods, [{ items: [{ name: "b", ready: false, cpu: 8 }] }]],
  [".items[0].cpu += 1 | .items[0].cpu", pods, [5]],
  [".items[].cpu |= empty | [.items[] | keys[0]]", pods, [["name", "name"]]],
  ["(1,2) + (10,20)", null, [11, 12, 21, 22]],
  ["[.[] as [$a] ?// $a | $a]", [[1], 2], [[1, 2]]],
  ["reduce range(5) as $n (0; . + $n)", null, [10]],
  [
    "[foreach (1,2,3) as $n (0; . + $n; [$n, .])]",
    null,
    [
      [
        [1, 1],
        [2, 3],
        [3, 6],
      ],
    ],
  ],
  ["label $out | 1, break $out, 2", null, [1]],
  ["def f(g): g | g; 2 | f(. * .)", null, [16]],
  ["try error({code: 3}) catch .code", null, [3]],
  ['"a1b2" | gsub("(?<d>[0-9])"; "<\\(.d)>")', null, ["a<1>b<2>"]],
  ['@base64 "v=\\("hi")"', null, ["v=aGk="]],
  ["[paths]", { b: [1], a: null }, [[["a"], ["b"], ["b", 0]]]],
  ["to_entries[0].key, ([.[]] | length)", { b: 1, a: 2 }, ["a", 2]],
  ['"k" as $x | {$x}, {$x: 2}', null, [{ x: "k" }, { k: 2 }]],
  ["{a: {b: 1}} | .a[.b]?, (.a | .c?)", null, [null]],
  ["9007199254740993 + 1", null, [9007199254740994n]],
  ["9007199254740993 - 9007199254740992", null, [1]],
  ["now", null, [1.5]],
  ["1425599621 | todate | ., fromdate", null, ["2015-03-05T23:53:41Z", 1425599621]],
  ["$ENV, env", null, [{}, {}]],
])("%s", (source, input, expected) => {
  expect(outputs(source, input)).toEqual(expected)
})

test.each([
  [".a.b.", "unexpected EOF"],
  ["1 + nope(2)", "function not defined: nope/1"],
  ["$x", "variable not defined: $x"],
  ["break $x", "label not defined: $x"],
  ["input", "input(s)/0 is not allowed"],
  ['import "m" as m; 1', "modules are not supported: import"],
  ["y0", "function not supported: y0/0"],
  ["1 | .a", "expected an object but got: number (1)"],
  ['"x" * {}', 'cannot multiply: string ("x") and object ({})'],
  ["1 / 0", "cannot divide number (1) by: number (0)"],
  ["error(null)", "error: null"],
  ['try halt_error catch "caught"', "halt error: null"],
  [
    '"x" | test("(?=x)")',
    'invalid regular expression "(?=x)": error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
  ],
])("%s is refused", (source, message) => {
  expect(outputs(source)).toBe(message)
})

test("an issue tells where the source is wrong", () => {
  const compiled = compileJq(".a |\n nope")
  expect(compiled).toMatchObject({
    ok: false,
    issues: [{ code: "MistypedExpression", phase: "check", line: 2, column: 2 }],
  })
})

test("references name what is read, and whether its absence is provided for", () => {
  const compiled = compileJq(".spec.replicas // 1, (.status | .phase), .items[].name?, .[.key]")
  const read = compiled.ok
    ? compiled.value.references.map(({ path, guarded, dynamic }) => [
        path.join("."),
        guarded,
        dynamic,
      ])
    : []
  expect(read).toEqual([
    ["spec.replicas", true, false],
    ["status.phase", false, false],
    ["items", true, true],
    ["key", false, false],
    ["", false, true],
  ])
})

test("a path expression selects and removes, and leaves the value alone", () => {
  const value = {
    spec: {
      containers: [
        { name: "a", image: "x" },
        { name: "b", image: "y" },
      ],
    },
  }
  const compiled = compileJqPaths('.spec.containers[] | select(.name == "a") | .image, .missing')
  if (!compiled.ok) throw new Error(compiled.issues[0]?.message)
  const { select, remove } = compiled.value
  expect(select(value)).toEqual({
    ok: true,
    value: [
      ["spec", "containers", 0, "image"],
      ["spec", "containers", 0, "missing"],
    ],
  })
  expect(remove(value)).toEqual({
    ok: true,
    value: { spec: { containers: [{ name: "a" }, { name: "b", image: "y" }] } },
  })
  expect(value.spec.containers[0]?.image).toBe("x")
})

test("what makes a value is no path", () => {
  const compiled = compileJqPaths(".a + 1")
  expect(compiled.ok && compiled.value.remove({ a: 1 })).toMatchObject({
    ok: false,
    issues: [{ message: "invalid path against: number (2)" }],
  })
})

test("a resource output is texts as they are, and Go's JSON", () => {
  expect(jqResourceOutput(["a<b", { b: 1, a: "<" }, null])).toEqual({
    ok: true,
    value: 'a<b\n{"a":"\\u003c","b":1}\nnull',
  })
  expect(jqResourceOutput([])).toEqual({ ok: true, value: "" })
  expect(jqResourceOutput([" x\n"])).toEqual({ ok: true, value: "x" })
  expect(jqResourceOutput([Number.POSITIVE_INFINITY])).toMatchObject({
    ok: false,
    issues: [{ message: "json: unsupported value: +Inf" }],
  })
})

test("JSON is read with its integers exact", () => {
  expect(parseJqJson('{"id":12345678901234567890,"f":1.0}')).toEqual({
    ok: true,
    value: { id: 12345678901234567890n, f: 1 },
  })
  expect(parseJqJson("[1,")).toMatchObject({
    ok: false,
    issues: [{ message: "invalid JSON: unexpected EOF" }],
  })
})

test("only as many outputs are made as are taken", () => {
  const compiled = compileJq("repeat(1)")
  expect(compiled.ok && compiled.value.evaluate(null, { take: 3 })).toEqual({
    ok: true,
    value: [1, 1, 1],
  })
})
