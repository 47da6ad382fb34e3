import { fc, test as prop } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { compileGoTemplate, type GoTemplateOptions } from "./index.js"

const data = {
  name: "World",
  n: 5,
  none: null,
  list: ["b", "a"],
  map: { b: 2, a: 1 },
  users: [{ name: "Ann" }, { name: "Bob" }],
}

function render(source: string, options: GoTemplateOptions = {}, given: unknown = data): string {
  const compiled = compileGoTemplate(source, options)
  const result = compiled.ok
    ? compiled.value.evaluate(given as never, { now: 1_704_164_645_000 as never })
    : compiled
  const [issue] = result.ok ? [] : result.issues
  return result.ok
    ? result.value
    : `${issue?.phase} ${issue?.line}:${issue?.column} ${issue?.message}`
}

test.each([
  ["Hello {{.name}}, {{ .n }} and {{ .nope }}.", "Hello World, 5 and <no value>."],
  ["a {{- .name -}} b", "aWorldb"],
  ["{{/* nothing */}}x{{- /* nothing */ -}} y", "xy"],
  ["{{ range $i, $v := .list }}{{ $i }}={{ $v }};{{ else }}none{{ end }}", "0=b;1=a;"],
  ["{{ range $k, $v := .map }}{{ $k }}{{ $v }}{{ end }}", "a1b2"],
  ['{{ range .list }}{{ if eq . "a" }}{{ break }}{{ end }}{{ . }}{{ end }}', "b"],
  ['{{ range .list }}{{ if eq . "b" }}{{ continue }}{{ end }}{{ . }}{{ end }}', "a"],
  ["{{ if .none }}1{{ else if .n }}2{{ else }}3{{ end }}", "2"],
  ["{{ with .none }}x{{ else with .map }}{{ .a }}{{ end }}", "1"],
  ["{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}", "2"],
  [
    '{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" .name }}{{ block "b" .n }}<{{ . }}>{{ end }}',
    "[World]<5>",
  ],
  ['{{ (index .users 1).name | upper | printf "%q-%d" "x" }}', '"x"-%!d(string=BOB)'],
  ['{{ and .n .name }} {{ or .none "d" }} {{ not .n }}', "World d false"],
  ['{{ default "d" .none | quote }} {{ .list | join "," }}', '"d" b,a'],
  ['{{ (toDate "2006-01-02" "2024-02-29").Year }} {{ now | date "2006" }}', "2024 2024"],
  ['{{ $d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ $d }}', "map[a:1 b:2]"],
])("%s", (source, text) => {
  expect(render(source)).toBe(text)
})

test.each([
  ["{{ .none.x }}", "run 1:4 executing at <.none.x>: nil pointer evaluating interface {}.x"],
  ["{{ .n.x }}", "run 1:4 executing at <.n.x>: can't evaluate field x in type interface {}"],
  [
    "a\n{{ eq .n 5 }}",
    "run 2:4 executing at <eq .n 5>: error calling eq: incompatible types for comparison",
  ],
  [
    "{{ upper .n }}",
    "run 1:10 executing at <.n>: wrong type for value; expected string; got float64",
  ],
  ['{{ trunc "x" "y" }}', 'run 1:10 executing at <"x">: expected integer; found x'],
  ["{{ upper }}", "run 1:4 executing at <upper>: wrong number of args for upper: want 1 got 0"],
  ["{{ nope }}", 'parse 1:4 function "nope" not defined'],
  ["{{ $y }}", 'parse 1:4 undefined variable "$y"'],
  ["{{ if .n }}", "parse 1:12 unexpected EOF"],
  ["{{ end }}", "parse 1:4 unexpected {{end}}"],
  ["{{ break }}", "parse 1:4 {{break}} outside {{range}}"],
  ["{{ .name ", "parse 1:3 unclosed action"],
  ['{{ "x }}', "parse 1:4 unterminated quoted string"],
  [
    '{{ env "HOME" }}',
    'run 1:4 executing at <env "HOME">: error calling env: function "env" needs environment, which templates here do not have: bring it in the option functions',
  ],
])("%s fails: %s", (source, message) => {
  expect(render(source)).toBe(message)
})

test("a missing key may be an error", () => {
  expect(render("{{ .nope }}", { missingKey: "error" })).toMatch(/map has no entry for key "nope"/)
  expect(render("{{ .nope.x }}", { missingKey: "zero" })).toMatch(/nil pointer/)
})

test("a preset has its project's functions and no others", () => {
  expect(render('{{ normalize "Feature/ABC" }}', { preset: "applicationset" })).toBe("feature-abc")
  expect(render('{{ normalize "A" }}', { preset: "notifications" })).toMatch(
    /^parse .* not defined$/,
  )
  expect(render('{{ env "A" }}', { preset: "applicationset" })).toMatch(/^parse /)
  expect(render('{{ upper "a" }}', { preset: "none" })).toMatch(/^parse /)
})

test("a template that changes maps changes a copy", () => {
  const given = Object.freeze({ map: Object.freeze({ a: 1 }) })
  expect(render('{{ $_ := set .map "b" 2 }}{{ .map }}', {}, given)).toBe("map[a:1 b:2]")
  expect(render('{{ $x := merge .map (dict "c" 3) }}{{ $x }}{{ .map }}', {}, given)).toBe(
    "map[a:1 c:3]map[a:1 c:3]",
  )
  expect(given).toEqual({ map: { a: 1 } })
})

test("tells what it reads", () => {
  const compiled = compileGoTemplate("{{ .a.b }}{{ range .list }}{{ .x }}{{ $.c }}{{ end }}")
  const paths = compiled.ok ? compiled.value.references.map(({ path }) => path.join(".")) : []
  expect(paths).toEqual(["a.b", "list", "c"])
})

describe("YAML", () => {
  test.each([
    [
      { b: "true", a: [1, { x: null }], y: "yes", t: "a: b", e: "" },
      'a:\n- 1\n- x: null\nb: "true"\ne: ""\nt: \'a: b\'\n"y": "yes"',
    ],
    [{ m: "a\nb\n", l: [], d: {} }, "d: {}\nl: []\nm: |\n  a\n  b"],
    [["-1", "0x1F", "- a", "x #y", "1.5"], '- "-1"\n- "0x1F"\n- \'- a\'\n- \'x #y\'\n- "1.5"'],
  ])("%j", (value, text) => {
    expect(render("{{ toYaml . }}", { preset: "applicationset" }, value)).toBe(text)
  })

  prop.prop([fc.jsonValue({ maxDepth: 3 })])("what is written is read again", (value) => {
    const back = render(
      '{{ (printf "v: %s" (toYaml . | indent 2 | trim | printf "\\n  %s") | fromYaml).v | toRawJson }}',
      { preset: "applicationset" },
      value,
    )
    if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
      expect(JSON.parse(back)).toEqual(JSON.parse(JSON.stringify(value)))
    }
  })
})

describe("hostile input", () => {
  test.each([
    "{{ range until 1000000 }}{{ range until 1000000 }}x{{ end }}{{ end }}",
    '{{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }}',
    '{{ repeat 1000000000 "abc" }}',
    '{{ printf "%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d" 1 1 1 1 1 1 1 1 1 1 1 }}',
    `{{ ${"(".repeat(5000)}1${")".repeat(5000)} }}`,
    "{{ if 1 }}".repeat(5000),
  ])("a budget ends %#", (source) => {
    expect(render(source)).toMatch(/^budget /)
  })

  test("names of prototypes are data", () => {
    expect(render("{{ .__proto__ }}{{ .constructor }}", {}, {})).toBe("<no value><no value>")
    expect(render("{{ constructor }}")).toMatch(/not defined/)
    expect(render('{{ (fromJson "{\\"__proto__\\": 1}").__proto__ }}')).toBe("1")
  })

  prop.prop([
    fc.string({
      unit: fc.constantFrom(
        "{{",
        "}}",
        ".",
        "a",
        "$x",
        ":=",
        "|",
        "(",
        ")",
        " ",
        "if",
        "end",
        "range",
        '"',
        "-",
        "1",
      ),
    }),
  ])("any source has an answer", (source) => {
    expect(typeof render(source)).toBe("string")
  })
})
