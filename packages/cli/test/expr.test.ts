import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { completionsOf } from "../src/commands/expr-repl.js"
import { argo, directoryWith } from "./harness.js"

const env = JSON.stringify({ a: { b: 5 }, name: "World", list: ["x"], "1.3.0": 0, A: "Succeeded" })

test.each([
  ["expr", 'a.b > 3 && "x" in list', "true"],
  ["expr-1.15", "len(list)", "1"],
  ["when", "1 == 1", "true"],
  ["tags", "hi {{name}} {{=upper(name)}}", '"hi World WORLD"'],
  ["kargo", "${{ a.b + 1 }}", "6"],
  ["gotemplate", "{{ .name | upper }}", "WORLD"],
  ["jq", ".a", '{"b":5}'],
  ["jsonpath", "{.a.b}", "5"],
  ["jsonpath", "$.list[0]", "x"],
  ["gjson", "a.b", "5"],
  ["semver", "^1.2", '{"a":false,"name":false,"list":false,"1.3.0":true,"A":false}'],
  [
    "depends",
    "A.Succeeded",
    '[{"phases":{"a":{"b":5},"name":"World","list":["x"],"1.3.0":0,"A":"Succeeded"},"execute":true}]',
  ],
  ["conditions", "A && name", "true"],
  ["rollouts", "result.a.b > 4", "true"],
  [
    "cron",
    "0 0 * * *",
    '{"2026-01-01T00:00:00Z":["2026-01-02T00:00:00Z","2026-01-03T00:00:00Z","2026-01-04T00:00:00Z"]}',
  ],
])("expr eval --lang %s %s", async (lang, source, text) => {
  const place = directoryWith({ "env.json": env })
  const answer = await argo(place, "expr", "eval", "--lang", lang, source, "--env", "env.json")
  expect({ ...answer, out: answer.out || answer.err }).toMatchObject({
    out: expect.stringContaining(text) as string,
  })
})

test("a value keeps its Go type in JSON", async () => {
  const { out } = await argo(directoryWith({}), "expr", "eval", "1 + 1", "-o", "json")
  expect(JSON.parse(out)).toEqual({ ok: true, value: { $int: "2" }, type: "int" })
})

test("what cannot be read or is unknown is one clear line", async () => {
  const place = directoryWith({ "bad.json": "{" })
  expect(await argo(place, "expr", "eval", "a +")).toMatchObject({
    code: 1,
    err: "argo-ts: unexpected token EOF\n",
  })
  for (const [args, line] of [
    [["1", "--lang", "x"], /--lang: expected one of/],
    [["{{ 1 }}", "--lang", "gotemplate", "--preset", "x"], /--preset: expected one of/],
    [["1", "--env", "none.json"], /^argo-ts: none.json: expected a JSON file/],
    [["1", "--env", "bad.json"], /^argo-ts: bad.json: expected JSON/],
    [["--batch", "none.ndjson"], /^argo-ts: none.ndjson: expected rows/],
    [[], /expected an expression/],
  ] as const) {
    const answer = await argo(place, "expr", "eval", ...args)
    expect(answer.code).toBe(2)
    expect(answer.err).toMatch(line)
  }
})

test("a batch is answered in order, bad rows included", async () => {
  const rows = [
    { id: 1, env: "e", expr: "n + 1", modes: ["env"] },
    "no JSON",
    { id: 2, env: "e", expr: "n +", modes: ["env"] },
    { op: "doc", name: "d", json: '{"x": 1}' },
    { id: 3, op: "jq", doc: "d", filter: ".x" },
    { id: 4, env: "none", expr: "1", modes: ["env"] },
  ]
  const lines = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row)))
  const place = directoryWith({
    "rows.ndjson": lines.join("\n"),
    "envs.json": JSON.stringify({ e: { n: { $int: "41" } } }),
  })
  const { code, out } = await argo(
    place,
    "expr",
    "eval",
    "--batch",
    "rows.ndjson",
    "--env",
    "envs.json",
  )
  expect(code).toBe(0)
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { id: 1, ok: true, value: { $int: "42" }, type: "int" },
    { ok: false, error: "expected a line of JSON" },
    { id: 2, ok: false, error: "unexpected token EOF", phase: "parse" },
    { id: 3, ok: true, value: "1" },
    { id: 4, ok: false, error: "no environment is called none", phase: "run" },
  ])
})

test("the prompt completes names and paths", () => {
  const given = { user: { name: 1, note: 2 }, used: 3 }
  expect(completionsOf("1 + us", given)[0]).toEqual(["used", "user"])
  expect(completionsOf("user.n", given)[0]).toEqual(["user.name", "user.note"])
  expect(completionsOf("user.__proto__.x", given)[0]).toEqual([])
  expect(completionsOf("upp", given)).toEqual([["upper"], "upp"])
})

const goldens = fileURLToPath(new URL("../../../../shared/goldens/languages", import.meta.url))

test.skipIf(!existsSync(goldens))(
  "recorded rows get their recorded answers (needs ../shared/goldens)",
  async () => {
    const { out } = await argo(
      goldens,
      "expr",
      "eval",
      "--lang",
      "when",
      "--batch",
      "govaluate.ndjson.gz",
    )
    expect(out.trim().split("\n")).toHaveLength(1001)
    expect(readFileSync(new URL("../README.md", import.meta.url), "utf8")).toContain("expr eval")
  },
)
