import { fc, test as prop } from "@fast-check/vitest"
import { expect, test } from "vitest"
import {
  compileJq,
  compileJqPaths,
  type JqBudget,
  type JqValue,
  parseJqJson,
} from "../src/jq/index.js"

function run(source: string, input: JqValue = null, budget: JqBudget = {}): JqValue | undefined {
  const compiled = compileJq(source)
  if (!compiled.ok) throw new Error(compiled.issues[0]?.message)
  const result = compiled.value.evaluate(input, { budget })
  if (!result.ok) throw new Error(`${result.issues[0]?.phase}: ${result.issues[0]?.message}`)
  return result.value[0]
}

const words =
  `. .. .a .b ."c" .[0] .[-1] .[1:] .[] [] {} | , // + - * / % == < and or not = |= += //= ? ( ) [ ] { } : ;
  1 2.5 -3 "x" "\\(1)" null true $x $__prog as reduce foreach if then else elif end try catch label break def f: f
  $out empty error select( map( recurse range( limit( first( path( del( getpath( paths tostream keys length add
  sort group_by( unique tojson fromjson @base64 @csv @sh test( gsub( "a" ascii_downcase split( now todate env
  __proto__ .__proto__ constructor ["__proto__"] input import ?// 1e400 100000000000000000000 repeat( until( walk(`
    .split(/\s+/)
    .filter((word) => word !== "")
const source = fc
  .array(fc.constantFrom(...words), { maxLength: 16 })
  .map((parts) => parts.join(" "))
const small: JqBudget = { steps: 20_000, memory: 5_000, outputs: 500 }
const document = { a: { b: [1, { c: "x" }], __proto__: null }, b: [[3, 1], null, "text"], n: 7.5 }

prop.prop([fc.oneof(source, fc.string({ unit: "binary", maxLength: 30 }))], { numRuns: 4000 })(
  "no program makes jq throw, change its input, or answer twice in two ways",
  (text) => {
    const input = structuredClone(document)
    const compiled = compileJq(text)
    if (!compiled.ok) {
      expect(compiled.issues).toHaveLength(1)
      return
    }
    const first = compiled.value.evaluate(input, { budget: small })
    expect(input).toEqual(document)
    expect(compiled.value.evaluate(input, { budget: small })).toEqual(first)
    const paths = compileJqPaths(text)
    if (paths.ok) paths.value.remove(input, { budget: small })
    expect(input).toEqual(document)
  },
)

const json: fc.Arbitrary<JqValue> = fc.letrec<{ value: JqValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    // A float that is written like an exact integer is read as one.
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Number.isInteger(value) || Math.abs(value) >= 1e21),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
    fc.string({ unit: "binary" }).map((text) => text.replace(/\p{Cs}/gu, "")),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "é", "__proto__", "😀", "\uffff"), tie("value"), {
      maxKeys: 4,
      noNullPrototype: false,
    }),
  ),
})).value

prop.prop([json])("a value is itself after every way there and back", (value) => {
  for (const way of [
    "tojson | fromjson",
    "[tostream] | fromstream(.[])",
    "walk(.)",
    "[.] | map(.) | .[0]",
    '. as $v | reduce paths as $p (if type == "array" then [] elif type == "object" then {} else . end; . as $w | try setpath($p; ($v | getpath($p))) catch $w)',
    'if type == "object" then with_entries(.) else . end',
    "(.. | select(false)) |= 1",
    "del(empty)",
  ]) {
    expect(run(`. as $v | ${way} | . == $v`, value)).toBe(true)
  }
  const text = run("tojson", value)
  expect(parseJqJson(String(text))).toEqual({ ok: true, value: run(".", value) })
})

prop.prop([fc.array(json, { maxLength: 8 })])(
  "sorting orders, and finds what is there",
  (values) => {
    expect(run("sort | . == (reverse | sort)", values)).toBe(true)
    expect(run("sort as $s | all(range(length - 1); $s[.] <= $s[. + 1])", values)).toBe(true)
    expect(run("sort as $s | all(.[]; . as $v | $s | bsearch($v) >= 0)", values)).toBe(true)
    expect(run("(unique | length) == ([group_by(.)[] | .[0]] | length)", values)).toBe(true)
    expect(run("sort[0] == min and sort[-1] == max", values)).toBe(true)
  },
)

const updates = [
  ".a = $x",
  ".a.b = [.a]",
  '.["k\\($x)"] = .a',
  ".a += [$x]",
  ". + {a: $x, b: .}",
  ".a |= [., .]",
  "(.a, .b) = {c: $x}",
  ".a[1:] = [$x]",
  "(.a, .b) |= ({d: .} | select($x > 0))",
  ".a[$x].b = .b",
]
prop.prop([
  fc.array(fc.constantFrom(...updates), { minLength: 1, maxLength: 4 }),
  fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
])("a reduce that works in place gives what a foreach gives last", (steps, numbers) => {
  const single = steps.map((step) => `try (${step}) catch "failed"`).join(" | ")
  for (const update of [steps[0] ?? ".", single]) {
    const attempt = (fold: string): JqValue | undefined =>
      run(`try (${fold}) catch "failed"`, numbers)
    expect(attempt(`reduce .[] as $x ({}; ${update})`)).toEqual(
      attempt(`last(foreach .[] as $x ({}; ${update}))`),
    )
  }
})

prop.prop([
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.bigInt({ min: 1n, max: 2n ** 60n }),
])("integers of any size are exact", (a, b) => {
  const input = run(`[${a}, ${b}]`) ?? null
  const exact = (value: JqValue | undefined): bigint =>
    BigInt(typeof value === "number" ? value : String(value))
  expect(exact(run(".[0] + .[1]", input))).toBe(a + b)
  expect(exact(run(".[0] - .[1]", input))).toBe(a - b)
  expect(exact(run(".[0] * .[1]", input))).toBe(a * b)
  expect(exact(run(".[0] % .[1]", input))).toBe(a % b)
  expect(exact(run("(.[0] * .[1]) / .[1]", input))).toBe(a)
})

test.each([
  "repeat(1)",
  "[repeat(1)]",
  "def f: f; f",
  "def f: 1 + f; f",
  "def f: f, f; f",
  "def f(g): g | f(g); f(.)",
  "last(range(1e15))",
  '"x" * 1e12',
  'reduce range(99) as $i ("x"; . + .)',
  "reduce range(99) as $i ([0]; . + .)",
  "reduce range(99) as $i ([0]; [., .])",
  "reduce range(99) as $i ([0]; [., .]) | tojson",
  "reduce range(99) as $i ([0]; [., .]) | flatten",
  "[limit(2; repeat(reduce range(99) as $i ([0]; [., .])))] | .[0] == .[1]",
  "reduce range(1e5) as $i (null; [.]) | tojson",
  "2 | until(false; . * .)",
  ".[500000000] = 1",
  "[range(40) | [0, 1]] | [combinations] | length",
  '"[" * 100000 | fromjson',
  "path(def f: .a | f; f)",
  "def f: .a |= f; {} | f",
  '[range(1e5)] | map("a") | add | [match("a"; "g")]',
])("%s ends with an exceeded budget", (text) => {
  const compiled = compileJq(text)
  const result = compiled.ok
    ? compiled.value.evaluate(null, { budget: { steps: 500_000 } })
    : compiled
  expect(result).toMatchObject({ ok: false, issues: [{ code: "BudgetExceeded", phase: "budget" }] })
})

test.each([
  ["(".repeat(100_000)],
  ["[".repeat(5000)],
  [".a|".repeat(20_000)],
  ["if 1 then ".repeat(5000)],
  [`"${"\\(".repeat(5000)}`],
  [`${"-".repeat(9000)}1`],
  [`1${"+1".repeat(9000)}`],
  [`.${"[0]".repeat(9000)}`],
  ["def f: ".repeat(5000)],
  ["#".repeat(99_999)],
])("a deep or endless source is a finding, not a crash (%#)", (text) => {
  const compiled = compileJq(text)
  if (compiled.ok) compiled.value.evaluate(null)
  else expect(compiled.issues).toHaveLength(1)
})

test("recursion in tail position and loops take no room", () => {
  expect(run("def f: if . >= 100000 then . else . + 1 | f end; 0 | f")).toBe(100_000)
  expect(run("def f($n): if $n == 0 then 1 else f($n - 1) end; f(100000)")).toBe(1)
  expect(run("0 | until(. >= 100000; . + 1)")).toBe(100_000)
  expect(run("[limit(3; 0 | recurse(. + 1))]")).toEqual([0, 1, 2])
  expect(run("last(limit(100000; repeat(1)))")).toBe(1)
  expect(
    run("def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 1000 | fac | tostring | length"),
  ).toBe(2568)
})

test("keys that look like a prototype are data", () => {
  expect(run("{} | .__proto__.polluted = 1 | tojson")).toBe('{"__proto__":{"polluted":1}}')
  expect(run("{a: 1} | .constructor, .toString")).toBeNull()
  expect(run('[{"key": "__proto__", "value": {"x": 1}}] | from_entries | keys[0]')).toBe(
    "__proto__",
  )
  expect(run('{} * {"__proto__": {"x": 1}} | has("x")')).toBe(false)
  expect(run('reduce ("__proto__", "constructor") as $k ({}; .[$k] = {"x": 1}) | .a.x')).toBeNull()
  expect(run('"x" | capture("(?<__proto__>x)") | keys[0]')).toBe("__proto__")
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false)
})

test("a program stops as soon as no more is taken", () => {
  expect(run("first(range(1e15))")).toBe(0)
  expect(run("isempty(repeat(1))")).toBe(false)
  expect(run("any(repeat(true); .)")).toBe(true)
  expect(run("label $out | repeat(1 | ., break $out)")).toBe(1)
})
