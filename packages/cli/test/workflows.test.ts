import { spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const head = "apiVersion: argoproj.io/v1alpha1\n"
const gated = `${head}kind: Workflow
metadata: { name: gated }
spec:
  entrypoint: main
  arguments: { parameters: [{ name: who, value: world }] }
  templates:
    - name: main
      steps:
        - - { name: greet, template: say, arguments: { parameters: [{ name: text, value: "hello {{workflow.parameters.who}}" }] } }
        - - { name: gate, template: gate }
        - - { name: leave, template: say, arguments: { parameters: [{ name: text, value: "{{steps.gate.outputs.parameters.word}}" }] } }
    - name: gate
      outputs: { parameters: [{ name: word, valueFrom: { supplied: {} } }] }
      suspend: {}
    - name: say
      inputs: { parameters: [{ name: text }] }
      container: { image: busybox, command: [echo], args: ["{{inputs.parameters.text}}"] }
`

interface Ran {
  readonly status: {
    readonly phase: string
    readonly nodes: {
      readonly [id: string]: { displayName: string; phase: string; outputs?: { result?: string } }
    }
  }
}

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url))

/** Waits for what happens in another process; the test's own limit ends it. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe("a run of a store", () => {
  test("is seen, told and explained by other commands while a process runs it, and ends there", async () => {
    const directory = directoryWith({ "gated.yaml": gated })
    const args = [bin, "run", "gated.yaml", "--store", "runs", "--watch", "-p", "who=moon"]
    const child = spawn(process.execPath, args, {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
    })
    let told = ""
    let out = ""
    child.stderr?.on("data", (data) => {
      told += String(data)
    })
    child.stdout?.on("data", (data) => {
      out += String(data)
    })
    const code = new Promise((resolve) => child.once("exit", resolve))
    await until(() => (told.includes("gate: Running") ? true : undefined))
    expect(await argo(directory, "list", "--store", "runs", "-o", "name")).toMatchObject({
      out: "default/gated\n",
    })
    const explained = await argo(directory, "explain", "gated", "gate", "--store", "runs")
    expect(explained.out).toBe("gate is suspended until somebody resumes it\n")
    const set = await argo(
      directory,
      "node",
      "set",
      "gated",
      "gate",
      "-p",
      "word=bye",
      "--store",
      "runs",
    )
    expect(set).toMatchObject({ code: 0, out: "gated: told the process that runs it\n" })
    expect(await code).toBe(0)
    expect(out).toMatch(/✔ gated[\s\S]*✔ greet[\s\S]*✔ gate[\s\S]*✔ leave/)
    const logs = await argo(directory, "logs", "gated", "--store", "runs")
    expect(logs.out).toBe("greet: hello moon\nleave: bye\n")
    expect((await argo(directory, "get", "gated", "--store", "runs", "-o", "yaml")).out).toContain(
      "phase: Succeeded",
    )
    expect(readdirSync(join(directory, "runs", "runs", "default"))).toEqual(["gated.journal"])
  }, 60_000)

  test("that nobody runs is told all the same, and goes on with --resume", async () => {
    const directory = directoryWith({ "gated.yaml": gated })
    const simulated = ["--executor", "simulate", "--store", "runs"]
    const first = await argo(directory, "run", "gated.yaml", ...simulated)
    expect(first.code).toBe(1)
    expect(first.out).toContain("● gate")
    expect(await argo(directory, "suspend", "gated", "--store", "runs")).toMatchObject({ code: 0 })
    const missing = "raw output parameter 'word' has not been set and does not have a default value"
    for (const which of [[], ["--node", "gate"], ["--node-field-selector", "displayName=gate"]]) {
      expect(await argo(directory, "resume", "gated", ...which, "--store", "runs")).toMatchObject({
        code: 1,
        err: `argo-ts: gated[1].gate: ${missing}: expected \`node set -p\` before\n`,
      })
    }
    const misspelt = ["node", "set", "gated", "gate", "-p", "wort=bye", "--store", "runs"]
    expect(await argo(directory, ...misspelt)).toMatchObject({
      code: 1,
      err: `argo-ts: -p: no output parameter 'wort' is to be supplied (did you mean "word"?)\n`,
    })
    const set = await argo(
      directory,
      "node",
      "set",
      "gated",
      "gate",
      "-p",
      "word=bye",
      "--store",
      "runs",
    )
    expect(set.out).toBe("gated: recorded; nobody runs it now\n")
    expect((await argo(directory, "run", "--resume", "gated", ...simulated)).code).toBe(1)
    expect(await argo(directory, "resume", "gated", "--store", "runs")).toMatchObject({ code: 0 })
    const last = await argo(directory, "run", "--resume", "gated", ...simulated, "-o", "json")
    expect(last.code).toBe(0)
    expect((JSON.parse(last.out) as Ran).status.phase).toBe("Succeeded")
    const over = await argo(directory, "stop", "gated", "--store", "runs")
    expect(over).toMatchObject({
      code: 1,
      err: 'argo-ts: the run "default/gated" is over: Succeeded\n',
    })
  })

  test("that is stopped ends as Failed", async () => {
    const directory = directoryWith({ "gated.yaml": gated })
    const simulated = ["--executor", "simulate", "--store", "runs"]
    await argo(directory, "run", "gated.yaml", ...simulated)
    expect((await argo(directory, "stop", "gated", "--store", "runs")).code).toBe(0)
    const last = await argo(directory, "run", "--resume", "gated", ...simulated)
    expect(last.out).toMatch(/Status: +Failed/)
  })

  test("is retried and resubmitted", async () => {
    const files = {
      "d.yaml": diamond.replace(/.*name: [cd],.*\n/g, ""),
      "bad.yaml": "- { node: '*.b*', phase: Failed }\n",
    }
    const directory = directoryWith(files)
    const simulated = ["--executor", "simulate", "--store", "runs"]
    expect(
      (await argo(directory, "run", "d.yaml", ...simulated, "--outcomes", "bad.yaml")).code,
    ).toBe(1)
    const again = await argo(
      directory,
      "resubmit",
      "diamond",
      "--memoized",
      "--name",
      "second",
      ...simulated,
    )
    expect(again).toMatchObject({ code: 0 })
    expect(again.out).toMatch(/original pod: diamond-\d+/)
    expect(await argo(directory, "retry", "diamond", ...simulated)).toMatchObject({ code: 0 })
    const over = await argo(directory, "retry", "diamond", ...simulated)
    expect(over).toMatchObject({ code: 1 })
    expect(over.err).toContain("found Succeeded")
    const chosen = ["--restart-successful", "--node-field-selector", "displayName=a"]
    expect(await argo(directory, "retry", "diamond", ...simulated, ...chosen)).toMatchObject({
      code: 0,
    })
    const wrong = ["--restart-successful", "--node-field-selector", "colour=red"]
    expect((await argo(directory, "retry", "diamond", ...simulated, ...wrong)).err).toContain(
      'found "colour=red"',
    )
    expect((await argo(directory, "list", "--store", "runs")).out).toMatch(
      /default\/second +Succeeded/,
    )
  })

  test.each([
    [["get", "none", "--store", "runs"], 'expected a run named "none", found none', 1],
    [["get", "none"], "--store: expected a directory or a postgres:// URL (or ARGO_TS_STORE)", 2],
    [
      ["get", "x", "--store", "runs", "-o", "xml"],
      '-o: expected tree, json, yaml or name, found "xml"',
      2,
    ],
    [["run", "--resume", "x"], "--store: expected a directory", 2],
    [
      ["node", "set", "x", "y", "--phase", "Fine", "--store", "runs"],
      '--phase: expected Succeeded, Failed, Error, Skipped, found "Fine"',
      2,
    ],
  ])("%j is answered in one line", async (args, message, code) => {
    const answer = await argo(directoryWith({ "x.yaml": gated }), ...args)
    expect(answer.code).toBe(code)
    expect(answer.err).toContain(message)
    expect(answer.err.trim().split("\n")).toHaveLength(1)
  })
})

describe("run", () => {
  const cron = `${head}kind: CronWorkflow
metadata: { name: nightly }
spec:
  schedules: ["0 3 * * *"]
  timezone: Europe/Berlin
  workflowSpec:
    entrypoint: main
    arguments: { parameters: [{ name: who }, { name: mode, value: fast }] }
    templates:
      - { name: main, container: { image: x, args: ["{{workflow.parameters.who}}-{{workflow.parameters.mode}}"] } }
      - { name: other, container: { image: x } }
`
  test("--from makes a Workflow of a CronWorkflow, with parameters of a file, in every form", async () => {
    const directory = directoryWith({ "cron.yaml": cron, "p.yaml": "who: me\nmode: 3\n" })
    const base = [
      "run",
      "cron.yaml",
      "--from",
      "cronwf/nightly",
      "--parameter-file",
      "p.yaml",
      "--executor",
      "simulate",
    ]
    const json = await argo(directory, ...base, "-p", "mode=slow", "-o", "json")
    const ran = JSON.parse(json.out) as {
      spec: { arguments: { parameters: object[] } }
      metadata: { name: string }
    }
    expect(ran.spec.arguments.parameters).toEqual([
      { name: "who", value: "me" },
      { name: "mode", value: "slow" },
    ])
    expect(ran.metadata.name).toMatch(/^nightly-/)
    expect((await argo(directory, ...base, "-o", "name")).out).toMatch(/^nightly-\w+\n$/)
    const other = await argo(directory, ...base, "--entrypoint", "other", "-o", "yaml")
    expect(other.out).toContain("templateName: other")
    const missing = await argo(
      directory,
      "run",
      "cron.yaml",
      "--from",
      "cronwf/daily",
      "--executor",
      "simulate",
    )
    expect(missing.err).toContain(
      '--from: expected the CronWorkflow "daily" in cron.yaml, found none',
    )
  })

  const complete = cron.replace("{ name: who }", "{ name: who, value: moon }")
  const since = ["--start", "2026-03-01T00:00:00Z"]

  test("cron backfill makes the runs of a period, in their order, and says how each ended", async () => {
    const directory = directoryWith({
      "cron.yaml": complete,
      "outcomes.yaml": "- { node: '*-1774918800', phase: Failed, message: 'no luck' }\n",
    })
    const period = ["--start", "2026-03-28T02:00:00Z", "--end", "2026-03-31T01:00:00Z"]
    const base = ["cron", "backfill", "cron.yaml", ...period, "--name", "march"]
    const made = await argo(directory, ...base, "--dry-run", "-o", "json")
    const { runs } = JSON.parse(made.out) as { runs: { spec: Record<string, unknown> }[] }
    expect(runs).toHaveLength(3)
    expect(runs[0]).toMatchObject({
      metadata: { name: "nightly-backfill-march-1774746000" },
      spec: { synchronization: { mutexes: [{ name: "march" }] } },
    })
    const how = ["--executor", "simulate", "--outcomes", "outcomes.yaml", "--store", "runs"]
    const ran = await argo(directory, ...base, ...how)
    expect(ran.code).toBe(1)
    expect(ran.out.split("\n")).toEqual([
      "2026-03-29T01:00:00Z  nightly-backfill-march-1774746000  Succeeded",
      "2026-03-30T01:00:00Z  nightly-backfill-march-1774832400  Succeeded",
      "2026-03-31T01:00:00Z  nightly-backfill-march-1774918800  Failed: no luck",
      "",
    ])
    const kept = await argo(directory, "list", "--store", "runs", "-o", "name")
    expect(kept.out.trim().split("\n")).toHaveLength(3)
    const parallel = [...base, "--executor", "simulate", "--parallel", "3", "-o", "json"]
    const all = await argo(directory, ...parallel)
    expect(all.code).toBe(0)
    expect(JSON.parse(all.out)).toMatchObject({
      runs: runs.map(() => ({ phase: "Succeeded" })),
    })
  })

  test.each([
    [["cron.yaml", "--start", "yesterday"], "--start: "],
    [["cron.yaml", ...since, "--cron", "daily"], "expected CronWorkflow daily"],
    [["cron.yaml", ...since, "--parallel", "0"], "--parallel: expected 1 or more"],
    [["cron.yaml", ...since, "--max", "2"], "more than 2 runs"],
    [["bad.yaml", ...since], 'the parameter "who" has no value'],
    [["cron.yaml"], "required option '--start <instant>'"],
  ])("cron backfill %j is answered in one line", async (args, message) => {
    const directory = directoryWith({ "cron.yaml": complete, "bad.yaml": cron })
    const answer = await argo(directory, "cron", "backfill", ...args)
    expect(answer.code).not.toBe(0)
    expect(answer.err).toContain(message)
    expect(answer.err.trim().split("\n")).toHaveLength(1)
  })

  test("a run of a CronWorkflow knows the instant that it stands for", async () => {
    const text = cron.replace("{{workflow.parameters.who}}", "{{workflow.scheduledTime}}")
    const directory = directoryWith({ "cron.yaml": text })
    const base = ["run", "cron.yaml", "--from", "cronwf/nightly", "-p", "who=x"]
    const at = ["--scheduled-time", "2026-03-01T02:00:00Z"]
    const rest = ["--executor", "simulate", "-o", "json"]
    const { code, out } = await argo(directory, ...base, ...at, ...rest)
    expect(code, out).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      metadata: {
        labels: { "workflows.argoproj.io/cron-workflow": "nightly" },
        annotations: { "workflows.argoproj.io/scheduled-time": "2026-03-01T02:00:00Z" },
      },
    })
    const alone = await argo(directory, "run", "cron.yaml", ...at)
    expect(alone.err).toContain("--scheduled-time: expected --from cronwf/… beside it")
  })

  test("cron next tells when", async () => {
    const directory = directoryWith({ "cron.yaml": cron })
    const { out } = await argo(
      directory,
      "cron",
      "next",
      "cron.yaml",
      "-n",
      "2",
      "--after",
      "2026-03-28T12:00:00Z",
    )
    // The clocks go forward on the 29th.
    expect(out).toBe("nightly: \n  2026-03-29T01:00:00Z\n  2026-03-30T01:00:00Z\n")
    const bare = await argo(
      directory,
      "cron",
      "next",
      "@daily",
      "-n",
      "1",
      "--after",
      "2026-01-01T00:00:00Z",
      "-o",
      "json",
    )
    expect(JSON.parse(bare.out)).toEqual({
      schedules: [{ name: "@daily", next: ["2026-01-02T00:00:00Z"] }],
    })
    expect((await argo(directory, "cron", "next", "61 * * * *")).code).toBe(1)
  })
})

const diamond = `${head}kind: Workflow
metadata: { name: diamond }
spec:
  entrypoint: main
  templates:
    - name: main
      dag:
        tasks:
          - { name: a, template: work }
          - { name: b, template: sub, depends: a }
          - { name: c, template: work, depends: a.Failed }
          - { name: d, template: work, depends: "b && c", when: "1 == 2" }
    - { name: sub, steps: [[{ name: x, template: work }]] }
    - { name: work, container: { image: x } }
`

describe("simulate", () => {
  test("every combination: what never runs, what runs after a failure", async () => {
    const directory = directoryWith({ "d.yaml": diamond })
    const { code, out } = await argo(directory, "simulate", "d.yaml", "--exhaustive")
    expect(code).toBe(1)
    expect(out).toContain("every combination of outcomes")
    expect(out).toContain("main/d never runs\n")
    expect(out).toContain("main/c may run after main/a failed\n")
    const json = await argo(
      directory,
      "simulate",
      "d.yaml",
      "--random",
      "20",
      "--seed",
      "4",
      "-o",
      "json",
    )
    expect(JSON.parse(json.out)).toMatchObject({ runs: 20, isComplete: false })
    expect((await argo(directory, "simulate", "d.yaml")).out).toContain("✔ diamond")
    const other = await argo(directory, "simulate", "d.yaml", "--entrypoint", "sub", "-o", "json")
    expect(Object.keys((JSON.parse(other.out) as Ran).status.nodes)).toHaveLength(3)
  })
})

describe("graph", () => {
  test.each([
    [
      "dot",
      /^digraph "diamond" \{[\s\S]*"main\/a" -> "main\/c" \[label="Failed"\][\s\S]*"main\/b" -> "sub\/x" \[style=dashed\]/,
    ],
    ["mermaid", /^flowchart TB\n[\s\S]*n0 -->\|"Failed"\| n2\n/],
    ["svg", /^<svg [\s\S]*<text [^>]*>main<\/text>[\s\S]*<\/svg>\n$/],
  ])("as %s", async (format, expected) => {
    const { code, out } = await argo(
      directoryWith({ "d.yaml": diamond }),
      "graph",
      "d.yaml",
      "-o",
      format,
    )
    expect(code).toBe(0)
    expect(out).toMatch(expected)
  })
})

test("lint: warnings alone are no failure, errors are", async () => {
  const directory = directoryWith({ "d.yaml": diamond })
  const { code, out } = await argo(directory, "lint", "d.yaml")
  expect(code).toBe(0)
  expect(out).toContain(
    'd.yaml:13:59: spec.templates[0].dag.tasks[3].when: warning: the task "d" never runs',
  )
  expect(out).toMatch(/1 manifest in 1 file: \d+ warnings?\n$/)
  const json = await argo(directory, "lint", "d.yaml", "-o", "json")
  expect(JSON.parse(json.out)).toMatchObject({ ok: true, issues: [{ severity: "warning" }] })
})

test("lint --closed: a template that is nowhere is an error", async () => {
  const text = `${head}kind: Workflow\nmetadata: { name: x }\nspec: { workflowTemplateRef: { name: gone } }\n`
  const directory = directoryWith({ "x.yaml": text })
  expect((await argo(directory, "lint", "x.yaml")).code).toBe(0)
  const closed = await argo(directory, "lint", "x.yaml", "--closed")
  expect(closed.code).toBe(1)
  expect(closed.out).toContain(
    'names the WorkflowTemplate "gone", which is not among the manifests',
  )
})

test("the help of every command is there", async () => {
  for (const name of [
    "run",
    "simulate",
    "get",
    "list",
    "logs",
    "explain",
    "stop",
    "terminate",
    "suspend",
    "resume",
    "retry",
    "resubmit",
    "graph",
  ]) {
    expect((await argo(".", name, "--help")).out).toContain(`argo-ts ${name}`)
  }
  expect(existsSync(bin)).toBe(true)
  expect(readFileSync(bin, "utf8")).toMatch(/^#!/)
})

test("cron backfill says once what keeps its runs from beginning, and begins no more", async () => {
  const directory = directoryWith({
    "cron.yaml": `${head}kind: CronWorkflow
metadata: { name: nightly }
spec:
  schedules: ["0 3 * * *"]
  workflowSpec: { entrypoint: main, templates: [{ name: main, container: { image: x } }] }
`,
  })
  const period = ["--start", "2026-03-01T00:00:00Z", "--end", "2026-03-09T00:00:00Z"]
  const how = ["--executor", "simulate", "--store", "runs", "--argname", "no name"]
  const answer = await argo(directory, "cron", "backfill", "cron.yaml", ...period, ...how)
  expect(answer.code).toBe(1)
  expect(answer.err.match(/"no name"/g)).toHaveLength(1)
  expect((await argo(directory, "list", "--store", "runs", "-o", "name")).out).toBe("")
})
