import { epochMs, type JsonObject } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { systemZones } from "../zones/index.js"
import { compilePreset, type ExprPresetName } from "./index.js"

const now = epochMs(Date.UTC(2026, 0, 2, 3))

function evaluate(name: ExprPresetName, source: string, values: JsonObject): unknown {
  const compiled = compilePreset(name, source)
  const result = compiled.ok
    ? compiled.value.evaluate(values, { now, zones: systemZones })
    : compiled
  return result.ok ? result.value : `${result.issues[0]?.phase}: ${result.issues[0]?.message}`
}

test.each<[ExprPresetName, string, JsonObject, unknown]>([
  ["workflows", "asInt(inputs.parameters.n) + 1", { "inputs.parameters.n": "41" }, 42n],
  ["workflows", "sprig.upper(jsonpath(j, '$.a'))", { j: '{"a":"x"}' }, "X"],
  ["workflows", "nobody", {}, "check: unknown name nobody"],
  ["rollouts", "result[0] < 0.95 && !isNaN(result[0])", { result: [0.9] }, true],
  ["rollouts", "default(result, 0) == 0", { result: null }, true],
  ["events", "body_x.y == 1 && d.e", { "body-x": { y: 1 }, "d.e": true }, true],
  ["events", "asInt(n) > 4", { n: "5" }, true],
  ["events", "nobody", {}, null],
  ["kargo", "quote(n)", { n: 1 }, '"1"'],
  ["kargo", "nobody ?? 1", {}, 1n],
  [
    "notifications",
    'time.Now().Sub(time.Parse(app.at)) < 2 * time.Hour and strings.ReplaceAll(app.n, "a", "b") == "bb"',
    { app: { at: "2026-01-02T02:00:00Z", n: "aa" } },
    true,
  ],
  [
    "notifications",
    "repo.RepoURLToHTTPS(u) + ' ' + repo.FullNameByRepoURL(u) + ' ' + repo.QueryEscape('a b&c')",
    { u: "git@github.com:argoproj/argo-cd.git" },
    "https://github.com/argoproj/argo-cd argoproj/argo-cd a+b%26c",
  ],
  ["notifications", "repo.RepoURLToHTTPS('ssh://git@host:22/a/b.git')", {}, "https://host/a/b"],
  [
    "notifications",
    "repo.GetCommitMetadata('x')",
    {},
    "run: repo.GetCommitMetadata asks a repository, which expressions here do not have",
  ],
  ["rollouts-notifications", "time.Parse('2026-01-02T00:00:00Z').Year()", {}, 2026n],
  ["deeplinks", "app.metadata.name == 'x' ?? false", { app: { metadata: { name: "x" } } }, true],
])("%s: %s", (name, source, values, expected) => {
  expect(evaluate(name, source, values)).toEqual(expected)
})
