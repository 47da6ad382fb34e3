import { expect, test } from "vitest"
import { createProgram } from "../src/program.js"
import { wordsOf } from "./guide.js"
import { argo, directoryWith } from "./harness.js"
import { archiveIn, hour } from "./past-runs.js"

const head = "apiVersion: argoproj.io/v1alpha1\n"
const say = `    - name: say
      inputs: { parameters: [{ name: text }] }
      container: { image: busybox, command: [echo], args: ["{{inputs.parameters.text}}"] }
`
const hello = `${head}kind: Workflow
metadata: { name: hello }
spec:
  entrypoint: main
  arguments: { parameters: [{ name: who, value: world }] }
  templates:
    - name: main
      steps: [[{ name: greet, template: say, arguments: { parameters: [{ name: text, value: "{{workflow.parameters.who}}" }] } }]]
${say}`
const gated = (name: string): string => `${head}kind: Workflow
metadata: { name: ${name} }
spec:
  entrypoint: main
  templates:
    - { name: main, steps: [[{ name: gate, template: gate }]] }
    - { name: gate, suspend: {}, outputs: { parameters: [{ name: word, valueFrom: { supplied: {}, default: none } }] } }
`
const nightly = `${head}kind: CronWorkflow
metadata: { name: nightly }
spec:
  schedules: ["0 3 * * *"]
  timezone: Europe/Berlin
  workflowSpec:
    entrypoint: main
    templates:
      - { name: main, container: { image: busybox, command: [echo], args: [night] } }
`
const made = `${head}kind: Workflow
metadata: { name: made }
spec:
  entrypoint: main
  templates:
    - name: main
      outputs: { artifacts: [{ name: report, path: /tmp/report }] }
      container: { image: busybox, command: [sh, -c], args: ["echo fine > /tmp/report"] }
`
const files = {
  "hello.yaml": hello,
  "made.yaml": made,
  "broken.yaml": hello.replace("name: hello", "name: broken"),
  "gated.yaml": gated("gated"),
  "waiting.yaml": gated("waiting"),
  "ending.yaml": gated("ending"),
  "nightly.yaml": nightly,
  "former.yaml": nightly.replace('schedules: ["0 3 * * *"]', 'schedule: "0 3 * * *"'),
  "outcomes.yaml": "- { template: say, result: hi }\n",
  "failing.yaml": "- { phase: Failed }\n",
  "defaults.yaml": "metadata: { labels: { team: shop } }\nspec: { activeDeadlineSeconds: 600 }\n",
}
const simulated = ["--executor", "simulate", "--store", "runs"]

/** The calls at the end of a command's help, as a user would copy them. */
async function examplesOf(...command: readonly string[]): Promise<readonly string[]> {
  const { code, out } = await argo(".", ...command, "--help")
  expect(code).toBe(0)
  const [, examples = ""] = out.split("\nExamples:\n")
  return examples
    .split("\n")
    .flatMap((line) => (line.startsWith("  argo-ts ") ? [line.trim()] : []))
}

/** A store with runs that succeeded, one that failed, and three that wait. */
async function storeWithRuns(): Promise<string> {
  const directory = directoryWith(files)
  await argo(directory, "run", "made.yaml", "--store", "runs")
  await argo(directory, "run", "hello.yaml", "--store", "runs")
  await argo(directory, "run", "broken.yaml", ...simulated, "--outcomes", "failing.yaml")
  for (const name of ["gated", "waiting", "ending"]) {
    await argo(directory, "run", `${name}.yaml`, ...simulated)
  }
  const limit = ["sync", "create", "builds", "--cm-name", "limits", "--limit", "1"]
  await argo(directory, ...limit, "--store", "runs")
  await archiveIn(directory, {
    old: { endedAgoMs: hour, labels: { team: "shop" } },
    failed: { phase: "Failed" },
  })
  return directory
}

const documented =
  "run simulate get watch list logs wait explain delete stop terminate suspend resume retry resubmit cp convert graph lint".split(
    " ",
  )

const archived = [
  "list",
  "get",
  "delete",
  "retry",
  "resubmit",
  "list-label-keys",
  "list-label-values",
]

test.each([
  ...documented,
  "node set",
  "cron next",
  "cron backfill",
  ...archived.map((name) => `archive ${name}`),
  ...["create", "update", "get", "delete", "list"].map((name) => `sync ${name}`),
])(
  "the examples in the help of %s work",
  async (command) => {
    const examples = await examplesOf(...command.split(" "))
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      expect(example.startsWith(`argo-ts ${command}`)).toBe(true)
      // Each on runs that no other example has changed.
      const answer = await argo(await storeWithRuns(), ...wordsOf(example).slice(1))
      expect(answer, example).toMatchObject({ code: 0 })
      expect(answer.out, example).not.toBe("")
    }
  },
  180_000,
)

test("no command of workflows is without examples", () => {
  const io = {
    out: () => {},
    err: () => {},
    isTty: false,
    columns: 80,
    cwd: ".",
    env: {},
    signal: new AbortController().signal,
  }
  const names = createProgram(io, () => {}).commands.map((command) => command.name())
  const others = ["demo", "test", "up", "expr", "node", "cron", "archive", "sync"]
  expect(names.filter((name) => !others.includes(name)).toSorted()).toEqual(
    [...documented, "help"].filter((name) => names.includes(name)).toSorted(),
  )
})

test("suspended nodes are chosen by their fields", async () => {
  const directory = await storeWithRuns()
  const store = ["--store", "runs"]
  const stop = ["stop", "gated", "--node-field-selector", "displayName=gate", "-m", "not today"]
  expect(await argo(directory, ...stop, ...store, "-o", "json")).toMatchObject({
    code: 0,
    out: '{"ok":true,"name":"gated","answer":"the run is over"}\n',
  })
  const { out } = await argo(directory, "get", "gated", ...store)
  expect(out).toContain("not today")
  const none = await argo(
    directory,
    "resume",
    "waiting",
    "--node-field-selector",
    "phase=Failed",
    ...store,
  )
  expect(none).toMatchObject({
    code: 1,
    err: "argo-ts: --node-field-selector: expected one of the suspended nodes (waiting[0].gate), found none that is phase=Failed\n",
  })
  const both = await argo(
    directory,
    "resume",
    "waiting",
    "--node",
    "gate",
    "--node-field-selector",
    "phase=Failed",
    ...store,
  )
  expect(both).toMatchObject({ code: 2 })
  expect(await argo(directory, "stop", "waiting", "-m", "x", ...store)).toMatchObject({
    code: 2,
    err: "argo-ts: --message: expected --node-field-selector beside it\n",
  })
  const lines = await argo(directory, "logs", "hello", ...store, "-o", "json")
  expect(JSON.parse(lines.out)).toMatchObject({ name: "greet", line: "world" })
})
