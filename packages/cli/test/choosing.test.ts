import { join } from "node:path"
import { journalStore } from "@argo-ts/dag-engine"
import { describe, expect, test } from "vitest"
import { main } from "../src/index.js"
import { argo, directoryWith } from "./harness.js"
import { ago, hour, past, storeWith } from "./past-runs.js"

const store = ["--store", "runs"]
const head = "apiVersion: argoproj.io/v1alpha1\n"
const looped = `${head}kind: Workflow
metadata: { name: looped }
spec:
  entrypoint: main
  templates:
    - name: main
      steps:
        - [{ name: each, template: work, withItems: [a, b], arguments: { parameters: [{ name: item, value: "{{item}}" }] } }]
        - [{ name: last, template: work, arguments: { parameters: [{ name: item, value: z }] } }]
    - { name: work, inputs: { parameters: [{ name: item }] }, container: { image: x } }
`

describe("commands about several runs", () => {
  test("take names, or what chooses; those that are over are not meant", async () => {
    const directory = await storeWith({
      ...past,
      other: { phase: "Running", createdAgoMs: hour, labels: { team: "shop" } },
    })
    const chosen = await argo(directory, "stop", "-l", "team=shop", "--dry-run", ...store)
    expect(chosen).toMatchObject({ code: 0, out: "other: would be told\nrunning: would be told\n" })
    const named = await argo(directory, "suspend", "other", "running", ...store)
    const recorded = "recorded; nobody runs it now"
    expect(named.out).toBe(`other: ${recorded}\nrunning: ${recorded}\n`)
    const none = await argo(directory, "terminate", "--status", "error", ...store)
    expect(none).toMatchObject({ code: 0, out: "no runs\n" })
  })

  test("tell nobody anything where one of the named is over, or is none", async () => {
    const directory = await storeWith(past)
    for (const wrong of ["old", "gone"]) {
      expect((await argo(directory, "suspend", "running", wrong, ...store)).code).toBe(1)
    }
    const { out } = await argo(directory, "get", "running", ...store, "-o", "json")
    expect((JSON.parse(out) as { spec: object }).spec).not.toHaveProperty("suspend")
  })

  test.each([["stop"], ["resume"], ["retry"], ["resubmit"]])(
    "%s needs names or what chooses, not both",
    async (command) => {
      const directory = await storeWith(past)
      const message = (found: string): string =>
        `argo-ts: expected names, or --all or what else chooses, found ${found}\n`
      expect(await argo(directory, command, ...store)).toMatchObject({
        code: 2,
        err: message("neither"),
      })
      expect(await argo(directory, command, "old", "--running", ...store)).toMatchObject({
        code: 2,
        err: message("both"),
      })
    },
  )

  test("retry runs all that failed again, one after the other; a new run is never an old one", async () => {
    const files = { "loop.yaml": looped, "bad.yaml": "- { phase: Failed }\n" }
    const directory = directoryWith(files)
    const simulated = ["--executor", "simulate", ...store]
    for (const name of ["one", "two"]) {
      const failing = ["--name", name, "--outcomes", "bad.yaml"]
      expect((await argo(directory, "run", "loop.yaml", ...simulated, ...failing)).code).toBe(1)
    }
    const taken = await argo(directory, "resubmit", "one", "--name", "two", ...simulated)
    expect(taken.err).toBe(
      'argo-ts: expected a new run, found "default/two" in the store: argo-ts delete default/two\n',
    )
    const again = await argo(directory, "retry", "--status", "failed", ...simulated, "-o", "name")
    expect(again).toMatchObject({ code: 0, out: "one\ntwo\n" })
    const many = await argo(directory, "resubmit", "--all", "--name", "x", ...simulated)
    expect(many).toMatchObject({ code: 2, err: "argo-ts: --name: expected one run, found 2\n" })
    const urgent = ["--priority", "7", "--name", "three", "-o", "json"]
    const { out } = await argo(directory, "resubmit", "one", ...simulated, ...urgent)
    expect(JSON.parse(out)).toMatchObject({ metadata: { name: "three" }, spec: { priority: 7 } })
  })

  test("@latest is the run that began last", async () => {
    const directory = await storeWith(past)
    expect((await argo(directory, "get", "@latest", ...store, "-o", "name")).out).toBe("fresh\n")
    expect((await argo(directory, "wait", "@latest", ...store)).code).toBe(0)
    const empty = await argo(await storeWith({}), "logs", "@latest", ...store)
    expect(empty).toMatchObject({ code: 1, err: "argo-ts: @latest: expected a run, found none\n" })
  })
})

describe("nodes of a run", () => {
  async function failedLoop(): Promise<string> {
    const outcomes = "- { node: '*each(1*', phase: Failed }\n"
    const directory = directoryWith({ "loop.yaml": looped, "outcomes.yaml": outcomes })
    const how = ["--executor", "simulate", "--outcomes", "outcomes.yaml", ...store]
    await argo(directory, "run", "loop.yaml", ...how)
    return directory
  }
  const names = (out: string): readonly string[] => {
    const { status } = JSON.parse(out) as { status: { nodes: Record<string, { name: string }> } }
    return Object.values(status.nodes).map(({ name }) => name)
  }

  test.each([
    [["--node-field-selector", "inputs.parameters.item.value=b"]],
    [["--status", "failed", "--node-field-selector", "templateName=work"]],
  ])("%j shows those, and what is around them", async (flags) => {
    const directory = await failedLoop()
    const shown = await argo(directory, "get", "looped", ...store, ...flags, "-o", "json")
    expect(names(shown.out).toSorted()).toEqual(["looped", "looped[0]", "looped[0].each(1:b)"])
    const ids = Object.keys((JSON.parse(shown.out) as { status: { nodes: object } }).status.nodes)
    for (const [, listed = ""] of shown.out.matchAll(/"children":\[([^\]]*)\]/g)) {
      for (const id of JSON.parse(`[${listed}]`) as string[]) expect(ids).toContain(id)
    }
    const tree = await argo(directory, "get", "looped", ...store, ...flags)
    expect(tree.out).toContain("each(1:b)")
    expect(tree.out).not.toContain("each(0:a)")
  })

  test("of a phase that is none are refused by every command that shows nodes", async () => {
    const directory = await failedLoop()
    for (const command of ["get", "watch"]) {
      const { code, err } = await argo(directory, command, "looped", "--status", "Odd", ...store)
      expect(code).toBe(2)
      expect(err).toBe(
        'argo-ts: --status: expected Pending, Running, Succeeded, Skipped, Failed, Error, Omitted, found "Odd"\n',
      )
    }
  })
})

describe("watch", () => {
  test("shows a run until another process has ended it", async () => {
    const directory = await storeWith(past)
    let shown = ""
    let told: () => void = () => undefined
    const first = new Promise<void>((resolve) => {
      told = resolve
    })
    const watching = main(["watch", "running", ...store], {
      out: (text) => {
        shown += text
        told()
      },
      err: () => {},
      isTty: true,
      columns: 80,
      cwd: directory,
      env: process.env,
      signal: new AbortController().signal,
    })
    await first
    expect(shown).toContain("Status:     Running")
    const journal = journalStore(join(directory, "runs", "runs"))
    const found = await journal.load("default/running")
    if (found === undefined) throw new Error("no run")
    const status = { ...found.workflow.status, phase: "Failed" as const, finishedAt: ago(0) }
    await journal.snapshot("default/running", { ...found.workflow, status })
    journal.close()
    expect(await watching).toBe(1)
    expect(shown).toMatch(/Status: +Failed/)
  })

  test("answers at once for a run that is over", async () => {
    const directory = await storeWith(past)
    const { code, out } = await argo(directory, "watch", "old", ...store, "-o", "name")
    expect({ code, out }).toEqual({ code: 0, out: "old\n" })
  })
})

test("node set takes nodes by their fields", async () => {
  const gated = `${head}kind: Workflow
metadata: { name: gated }
spec:
  entrypoint: main
  templates:
    - { name: main, steps: [[{ name: one, template: gate }, { name: two, template: gate }]] }
    - { name: gate, suspend: {}, outputs: { parameters: [{ name: word, valueFrom: { supplied: {} } }] } }
`
  const directory = directoryWith({ "gated.yaml": gated })
  await argo(directory, "run", "gated.yaml", "--executor", "simulate", ...store)
  const set = ["node", "set", "gated", "-p", "word=go", ...store]
  expect((await argo(directory, ...set)).err).toBe(
    "argo-ts: expected a node or --node-field-selector, found neither\n",
  )
  expect(await argo(directory, ...set, "--node-field-selector", "templateName=gate")).toMatchObject(
    {
      code: 0,
      out: "gated: the run is over\n",
    },
  )
  expect((await argo(directory, "wait", "gated", ...store)).code).toBe(0)
})

test("logs of a sidecar, and of steps by their fields", async () => {
  const beside = `${head}kind: Workflow
metadata: { name: beside }
spec:
  entrypoint: main
  templates:
    - { name: main, steps: [[{ name: one, template: work }, { name: two, template: other }]] }
    - name: work
      initContainers: [{ name: first, image: x, command: [echo], args: [before] }]
      container: { image: x, command: [echo], args: [work] }
    - { name: other, container: { image: x, command: [echo], args: [other] } }
`
  const directory = directoryWith({ "beside.yaml": beside })
  expect((await argo(directory, "run", "beside.yaml", ...store)).code).toBe(0)
  const logs = (
    ...flags: readonly string[]
  ): Promise<{ readonly out: string; readonly err: string }> =>
    argo(directory, "logs", "beside", ...store, ...flags)
  expect((await logs("-c", "first")).out).toBe("one: before\n")
  expect((await logs("--node-field-selector", "templateName=other")).out).toBe("two: other\n")
  expect((await logs("-c", "../..")).err).toContain("-c: expected the name of a container")
})
