// What is fuzzed: for each language sources to begin with, and how a source is compiled and evaluated.
import { compileConditions } from "@argo-ts/expr/conditions"
import { compileCron } from "@argo-ts/expr/cron"
import { compileDepends } from "@argo-ts/expr/depends"
import { compileExpr } from "@argo-ts/expr/expr"
import { compileGjson, sjsonDelete, sjsonSet, sjsonSetRaw } from "@argo-ts/expr/gjson"
import { compileGlob } from "@argo-ts/expr/glob"
import { compileGoTemplate } from "@argo-ts/expr/gotemplate"
import { compileGovaluate, compileWhen } from "@argo-ts/expr/govaluate"
import { compileJq } from "@argo-ts/expr/jq"
import { compileJsonPath, compileSelector } from "@argo-ts/expr/jsonpath"
import { compileKargo, renderKargo } from "@argo-ts/expr/kargo"
import { compileLabels, compileResourceCondition } from "@argo-ts/expr/labels"
import { compileLua } from "@argo-ts/expr/lua"
import { compileRegexp } from "@argo-ts/expr/regexp"
import { compileSemver, parseVersion } from "@argo-ts/expr/semver"
import { compilePlainTags, compileTags } from "@argo-ts/expr/tags"
import { systemZones } from "@argo-ts/expr/zones"

const document = JSON.parse(
  '{"a":{"b":1,"c":[1,2,{"d":"x"}]},"s":"text","n":2.5,"t":true,"z":null,"__proto__":{"p":1},"l":["x","yy","é🎉"],"d-e":"f"}',
)
const text = JSON.stringify(document)
const budget = { steps: 20_000, memory: 20_000 }
const options = { now: 1_700_000_000_000, zones: systemZones, budget }

/** Compiles, and evaluates over each environment; gives the results. */
function ran(compiled, ...environments) {
  if (!compiled.ok) return [compiled]
  return environments.map((env) => compiled.value.evaluate(env, options))
}

/** Name → sources that mean something, and what is done with a source. Every result must be a `Result`. */
export const languages = {
  expr: {
    seeds: [
      'a.b > 3 && s in ["text", "y"] ? "yes" : nil ?? 1',
      "filter(a.c, {type(#) == 'int'}) | map(# * 2) | sum()",
      "let x = 1; let y = x ** 2; [x, y][-1:] == {a: 1}.a",
      'sortBy([{k: 2}, {k: 1}], .k, "desc")[0].k in 1..10',
      'split(trim(" a,b "), ",") matches "^a.*$" or not (s startsWith "te")',
      'date("2024-01-02T03:04:05Z").Add(duration("1h30m")).Format("Mon Jan") contains "Jan"',
      "reduce(1..9, #acc + #index, 0) | string() | toBase64() | fromBase64()",
      "a?.b?.c ?? z?.q.r; if t {1} else if n > 1 {2} else {3}",
      'toJSON({"k": [1, 2.5, true, nil]}) == fromJSON("[1]") && 0x1F + 0b1 + 1_000 - 1e3 % 7',
      "groupBy(l, len(#)) | keys() | reverse() | uniq() | concat([1]) | flatten()",
    ],
    run: (source) =>
      ["env", "noenv", "eval"].flatMap((mode) =>
        ["1.17", "1.15"].flatMap((dialect) =>
          ran(
            compileExpr(source, { mode, dialect, ...(mode === "env" && { env: document }) }),
            document,
          ),
        ),
      ),
  },
  when: {
    seeds: [
      "'a' == 'b' && (1 + 2) * 3 >= 9 || !(true)",
      "x =~ '^[a-z]+$' ? 1 : 2",
      "[d-e] != 'f' && n in (1, 2, 3) && 2024-01-01 < '2024-02-01'",
      "n ** 2 % 3 << 1 | 5 & 3 ^ ~1 ?? 4",
    ],
    run: (source) => [
      ...ran(compileWhen(source), {}),
      ...ran(compileGovaluate(source), document, {}),
    ],
  },
  tags: {
    seeds: [
      '"{{s}} and {{=a.b + 1}} {{ inputs.parameters.x }}"',
      '{"k":"{{=toJson(a)}}","l":["{{item}}","{{= sprig.upper(s) }}"]}',
      "\"{{=jsonpath(s, '$.x')}}{{unclosed\"",
    ],
    run: (source) => [
      ...["keep", "refuse"].flatMap((unresolved) =>
        ran(compileTags(source, { unresolved }), { s: "text", "a.b": 1 }),
      ),
      ...ran(compilePlainTags(source, { unknown: "keep" }), { s: "text" }),
    ],
  },
  kargo: {
    seeds: [
      "${{ a.b + 1 }}",
      "v${{ s }}-${{ quote(n) }}",
      "${{ {x: [1, s]} }}",
      "$${{ a",
      "${{ }}",
    ],
    run: (source) => [
      ...ran(compileKargo(source), document),
      renderKargo({ k: source, l: [source], m: { [source]: 1 } }, document, options),
    ],
  },
  depends: {
    seeds: [
      "a && b.Failed || !(c.Succeeded && d-e.AnySucceeded)",
      "a.Errored",
      "(a || b) && c.AllFailed",
    ],
    run: (source) =>
      ran(
        compileDepends(
          source,
          ["a", "b", "c", "d-e"].map((name) => ({ name })),
        ),
        new Map([
          ["a", ["Succeeded"]],
          ["b", ["Failed"]],
        ]),
      ),
  },
  conditions: {
    seeds: ["a && (b || c)", "a || d-e", "(a && b) || (c && a)"],
    run: (source) => ran(compileConditions(source), (name) => name === "a"),
  },
  labels: {
    seeds: ["a=b,c!=d,e in (f, g),!h,i", "x notin (y),n > 3, m < 4", "k == v"],
    run: (source) => [
      ...ran(compileLabels(source), { a: "b", i: "", n: "5" }),
      ...ran(compileResourceCondition(source), text),
    ],
  },
  gjson: {
    seeds: [
      'a.c.#(d=="x").d',
      "a.c.#.d|0",
      'l.#(%"y*")#|@reverse|#',
      "{s,n:a.b,[t,z]}",
      '@pretty:{"indent":"\\t"}',
      "..#.a",
      'a.*|@flatten:{"deep":true}',
      "a\\.b.0.-1",
      "@dig:d|@tostr|@fromstr",
    ],
    run: (source) => [
      ...ran(compileGjson(source), text, document, '{"a":[1,', "nan"),
      sjsonSet(text, source, "v"),
      sjsonSetRaw('{"a":[1, 2 ]', source, "{}"),
      sjsonDelete(text, source),
    ],
  },
  jsonpath: {
    seeds: [
      "{.a.c[?(@.d=='x')].d}{'\\n'}{range .l[*]}{@}, {end}",
      "{..d}{.l[-1:]}{.a['b','c']}{.l[::2]}",
      "$.a.c[?(@.d =~ /x.*/ && @.d != 'y')]",
      "$..*[0:2]",
    ],
    run: (source) => [
      ...ran(compileJsonPath(source), document),
      ...ran(compileJsonPath(source, { allowMissingKeys: true }), document),
      ...ran(compileSelector(source), document),
    ],
  },
  jq: {
    seeds: [
      '.a.c[] | select(type == "number") | . * 2',
      '[.l[] | ascii_downcase | test("^x"; "i")] | any',
      'reduce range(10) as $i (0; . + $i) | @base64 "v\\(.)"',
      "def f(x): x * 2; f(.n), (.a | to_entries | map({(.key): .value}) | add)",
      'try error("x") catch ., limit(3; repeat(1)), first(range(5)), (.. | numbers)',
      "label $out | foreach .l[] as $x (0; . + 1; if . > 1 then ., break $out else . end)",
      ".a.c |= map(.) | paths | tostring",
      'del(.a, .l[0]) // empty | splits("a") | ltrimstr("x") ?',
    ],
    run: (source) => ran(compileJq(source), document),
  },
  gotemplate: {
    seeds: [
      "{{ range $i, $e := .l }}{{ if gt $i 0 }},{{ end }}{{ $e | upper | quote }}{{ else }}none{{ end }}",
      '{{ define "x" }}<{{ . }}>{{ end }}{{ template "x" .s }}{{ block "y" . }}{{ .a.b }}{{ end }}',
      '{{- with .a -}}{{ printf "%05d|%-8s|%v|%q" .b "x" .c "é" }}{{- end -}}',
      '{{ $x := dict "a" (list 1 2) }}{{ $x.a | toJson }}{{ break }}{{/* c */}}',
      '{{ .s | trunc 2 | repeat 3 | b64enc | default "d" }}{{ index .l 0 }}{{ len .a }}',
      '{{ if and (eq .n 2.5) (not .z) }}{{ now | date "2006" }}{{ else if .t }}x{{ end }}',
    ],
    run: (source) =>
      ["sprig", "applicationset", "events", "notifications"].flatMap((preset) =>
        ran(compileGoTemplate(source, { preset }), document),
      ),
  },
  lua: {
    seeds: [
      "local hs = {} for i, v in ipairs(obj.l) do hs[v] = #v end return hs, obj.a.b",
      "local ok, e = pcall(function() error({1}) end) return e[1], select('#', ...)",
      "return ('key = v'):gsub('(%w+)%s*=%s*(%w+)', '%2=%1'), string.format('%5.2f %q', 1.5, 'x')",
      "local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) return co(), co()",
      "local t = setmetatable({}, {__index = function(t, k) return k .. '!' end, __add = function() return 7 end}) return t.x, t + 1",
      "local n = 0 while n < 5 do n = n + 1 if n == 3 then goto out end end ::out:: repeat n = n - 1 until n <= 0 return n",
      "table.sort({3, 1, 2}, function(a, b) return a > b end) return math.max(1, 2), os.date('!%Y', 0)",
    ],
    run: (source) => [
      ...ran(compileLua(source), { obj: document }),
      ...ran(compileLua(source, { libraries: "gopher" }), { obj: document }),
    ],
  },
  semver: {
    seeds: ["^1.2.3 || ~2.x, >=3.0.0-0 <4", "1.2 - 1.4.x", "!=1.0.0-rc.1+build", ">v1.2,<=2"],
    run: (source) => [
      ...ran(compileSemver(source), "1.2.3", "v2.0.0-rc.1", source),
      { ok: true, value: parseVersion(source) },
    ],
  },
  cron: {
    seeds: [
      "*/15 0-6,12 1 JAN-MAR MON",
      "CRON_TZ=Europe/Berlin 30 2 29 2 *",
      "@every 1h30m",
      "@daily",
      "TZ=UTC 5 4 * * ?",
    ],
    run: (source) => ran(compileCron(source, { zones: systemZones }), 1_700_000_000_000),
  },
  globs: {
    seeds: ["a*b?c[!d-f]{g,h*}", "**/x/**", "\\*[^a]{b{c,d}}", "refs/heads/{main,release-*}"],
    run: (source) =>
      [
        { flavor: "gobwas", separators: [] },
        { flavor: "gobwas", separators: ["/"] },
        { flavor: "doublestar", separators: [] },
        { flavor: "path", separators: [] },
      ].flatMap((how) =>
        ran(compileGlob(source, how), "a/b/c", "refs/heads/main", "aaaaaaaaaaaab"),
      ),
  },
  regexp: {
    seeds: [
      "^(a+)+$",
      "(?i)[[:alpha:]]{2,5}?\\b|\\d+",
      "(?P<n>x|y)*\\pL\\x{1F600}",
      "\\Qa.b\\E(?s:.)$",
    ],
    run: (source) => ran(compileRegexp(source), "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "é🎉x"),
  },
}
