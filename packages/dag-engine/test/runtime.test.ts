import { spawn } from "node:child_process"
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterEach, beforeEach, expect, test } from "vitest"
import {
  directoryArtifactStore,
  formatTree,
  functionExecutor,
  InvalidWorkflowError,
  journalStore,
  memoryStore,
  openRun,
  type RunEvent,
  runKey,
  runWorkflow,
  type Store,
  simulateExecutor,
  type Workflow,
} from "../src/index.js"
import { simulateWorkflow, workflowFixture } from "../src/testing/index.js"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "argo-ts-test-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("functions get inputs, give outputs, fail by throwing and end when asked to", async () => {
  const manifest: Workflow = {
    ...workflowFixture({}),
    spec: {
      entrypoint: "main",
      activeDeadlineSeconds: 60,
      arguments: { parameters: [{ name: "who" }] },
      templates: [
        {
          name: "main",
          dag: {
            failFast: false,
            tasks: [
              {
                name: "greet",
                template: "greet",
                arguments: { parameters: [{ name: "who", value: "{{workflow.parameters.who}}" }] },
              },
              {
                name: "length",
                template: "length",
                depends: "greet",
                arguments: {
                  parameters: [{ name: "text", value: "{{tasks.greet.outputs.parameters.text}}" }],
                },
              },
              { name: "broken", template: "broken" },
            ],
          },
        },
        {
          name: "greet",
          inputs: { parameters: [{ name: "who" }] },
          outputs: { parameters: [{ name: "text", valueFrom: { path: "/t" } }] },
          container: { image: "x" },
        },
        { name: "length", inputs: { parameters: [{ name: "text" }] }, container: { image: "x" } },
        { name: "broken", container: { image: "x" } },
      ],
    },
  }
  const executor = functionExecutor({
    greet: ({ parameters }) => ({ parameters: { text: `hello ${parameters["who"]}` } }),
    length: async ({ parameters }) => parameters["text"]?.length,
    broken: () => {
      throw new Error("out of paper")
    },
  })
  const ran = await runWorkflow(manifest, { executors: [executor], arguments: { who: "you" } })
  const nodes = Object.values(ran.status?.nodes ?? {})
  expect(nodes.find(({ name }) => name === "workflow.length")?.outputs?.result).toBe("9")
  expect(nodes.find(({ name }) => name === "workflow.broken")).toMatchObject({
    phase: "Failed",
    message: "out of paper",
  })
  expect(ran.status?.phase).toBe("Failed")
})

test("aborting terminates: functions are told, exit handlers do not run", async () => {
  const controller = new AbortController()
  const manifest = workflowFixture({ wait: [] }, { onExit: "wait" })
  let calls = 0
  const executor = functionExecutor({
    wait: ({ signal }) =>
      new Promise<void>((resolve) => {
        calls++
        signal.addEventListener("abort", () => resolve())
        controller.abort()
      }),
  })
  const ran = await runWorkflow(manifest, { executors: [executor], signal: controller.signal })
  expect(ran.status).toMatchObject({
    phase: "Failed",
    message: "Stopped with strategy 'Terminate'",
  })
  expect(calls).toBe(1)
})

test("an invalid manifest rejects with every issue", async () => {
  const broken = {
    ...workflowFixture({ a: ["b"] }),
    spec: { ...workflowFixture({ a: ["b"] }).spec, entrypont: "x", entrypoint: "mian" },
  }
  const error = await runWorkflow(broken, { executors: [] }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(InvalidWorkflowError)
  expect((error as InvalidWorkflowError).issues.map(({ code }) => code)).toEqual(
    expect.arrayContaining(["UnknownField", "UnknownTemplate", "UnknownDependency"]),
  )
})

test("events tell every change, and end with the run", async () => {
  const clock = createVirtualClock()
  const told: RunEvent[] = []
  const run = await openRun(workflowFixture({ a: [], b: ["a"] }), {
    executors: [simulateExecutor()],
    clock,
    on: (event) => told.push(event),
  })
  const seen: string[] = []
  const reading = (async () => {
    for await (const event of run.events()) {
      if (event.type === "node") seen.push(`${event.node.displayName} ${event.node.phase}`)
    }
  })()
  await clock.advance(10_000)
  await reading
  expect(seen).toEqual(expect.arrayContaining(["a Succeeded", "b Pending", "b Succeeded"]))
  expect(told.at(-1)).toMatchObject({ type: "workflow", phase: "Succeeded", progress: "2/2" })
})

test("explain names the exact conditions", async () => {
  const clock = createVirtualClock()
  const fixture = workflowFixture({ a: [], b: ["a"], c: ["b"] })
  const templates = (fixture.spec.templates ?? []).map((template) =>
    template.name === "b"
      ? { ...template, retryStrategy: { limit: 5, backoff: { duration: "40" } } }
      : template,
  )
  const run = await openRun(
    { ...fixture, spec: { ...fixture.spec, templates } },
    {
      executors: [simulateExecutor([{ template: "b", phase: "Failed" }])],
      clock,
    },
  )
  await clock.advance(500)
  expect(run.explain()).toEqual(["b is waiting for a", "c is waiting for b", "a is running"])
  await clock.advance(2000)
  expect(run.explain()).toEqual([
    "c is waiting for b: retry 1 of 5 in 40 seconds",
    "waiting for b: retry 1 of 5 in 40 seconds",
  ])
  run.close()
})

test("the tree shows the items of a loop with their hooks", async () => {
  const manifest = {
    ...workflowFixture({}),
    spec: {
      entrypoint: "main",
      templates: [
        {
          name: "main",
          dag: {
            tasks: [
              {
                name: "a",
                template: "again",
                withItems: ["x", "y"],
                hooks: { exit: { template: "again" } },
              },
            ],
          },
        },
        { name: "again", retryStrategy: { limit: 1 }, container: { image: "x" } },
      ],
    },
  }
  // What ends at once ends in the order of ids, which come of the workflow's name.
  const outcomes = [{ node: "*(1:y)*", duration: "2s" }]
  const ran = await simulateWorkflow(manifest, { outcomes })
  const steps = formatTree(ran).split("STEP")[1]?.split("\n").slice(1)
  expect(steps?.map((line) => line.replace(/\s+(main|again)\b.*$/u, ""))).toEqual([
    " ✔ workflow",
    " └─✔ a",
    "   ├─✔ a(0:x)",
    "   │ └─✔ a(0:x)(0)",
    "   ├─✔ a(1:y)",
    "   │ └─✔ a(1:y)(0)",
    "   ├─✔ a(0:x).onExit",
    "   │ └─✔ a(0:x).onExit(0)",
    "   └─✔ a(1:y).onExit",
    "     └─✔ a(1:y).onExit(0)",
  ])
})

test("the tree reads as `argo get` shows it", async () => {
  const ran = await simulateWorkflow(
    {
      ...workflowFixture({}),
      spec: {
        entrypoint: "main",
        templates: [
          {
            name: "main",
            steps: [
              [{ name: "a", template: "leaf", withItems: ["x", "y"] }],
              [{ name: "b", template: "dag" }],
            ],
          },
          {
            name: "dag",
            dag: {
              tasks: [
                { name: "c", template: "leaf" },
                { name: "d", template: "again", dependencies: ["c"] },
              ],
            },
          },
          { name: "leaf", container: { image: "x" } },
          { name: "again", retryStrategy: { limit: 1 }, container: { image: "x" } },
        ],
      },
    },
    { outcomes: [{ attempt: 0, phase: "Failed" }] },
  )
  expect(formatTree(ran)).toBe(
    [
      "Name:       workflow",
      "Namespace:  default",
      "Status:     Succeeded",
      "Progress:   4/5",
      "Duration:   4s",
      "",
      "STEP             TEMPLATE  DURATION  MESSAGE",
      " ✔ workflow      main",
      " ├─┬─✔ a(0:x)    leaf      1s",
      " │ └─✔ a(1:y)    leaf      1s",
      " └───✔ b         dag",
      "     ├─✔ c       leaf      1s",
      "     └─✔ d       again",
      "       ├─✖ d(0)  again     1s        main: Error (exit code 1)",
      "       └─✔ d(1)  again     1s",
    ].join("\n"),
  )
})

test("a journal brings a run back, wherever the file ends", async () => {
  const manifest = workflowFixture({ a: [], b: ["a"], c: ["b"] })
  const store = journalStore(folder, { fsync: "never" })
  const done = await runWorkflow(manifest, {
    executors: [functionExecutor({ a: () => "1", b: () => "2", c: () => "3" })],
    store,
  })
  store.close()
  const path = join(folder, "default", "workflow.journal")
  const whole = readFileSync(path)
  const loaded = await journalStore(folder).load(runKey(done))
  expect(loaded?.workflow.status).toEqual(done.status)
  for (let length = whole.length; length > 0; length -= 97) {
    writeFileSync(path, whole.subarray(0, length))
    const calls: string[] = []
    const again = journalStore(folder, { fsync: "always" })
    const known = await again.load(runKey(done))
    const recorded = Object.values(known?.workflow.status?.nodes ?? {}).filter(
      ({ type, phase }) => type === "Pod" && phase === "Succeeded",
    )
    const step = (name: string) => () => {
      calls.push(name)
    }
    if (known !== undefined) {
      const executors = [functionExecutor({ a: step("a"), b: step("b"), c: step("c") })]
      const ran = await runWorkflow(manifest, { executors, store: again })
      expect(ran.status?.phase).toBe("Succeeded")
      expect([...recorded.map(({ displayName }) => displayName), ...calls]).toEqual(["a", "b", "c"])
    }
    again.close()
  }
})

test("a record whose bytes changed ends the journal", async () => {
  const store = journalStore(folder)
  const done = await runWorkflow(workflowFixture({ a: [] }), {
    executors: [functionExecutor({ a: () => "1" })],
    store,
  })
  store.close()
  const path = join(folder, "default", "workflow.journal")
  const { size } = statSync(path)
  const bytes = readFileSync(path)
  bytes[size - 20] = (bytes[size - 20] ?? 0) ^ 1
  writeFileSync(path, bytes)
  const again = journalStore(folder)
  const loaded = await again.load(runKey(done))
  again.close()
  expect(loaded?.workflow.status?.phase).not.toBe("Succeeded")
  expect(statSync(path).size).toBeLessThan(size)
  truncateSync(path, 0)
  appendFileSync(path, "rubbish\n")
  expect(await journalStore(folder).load(runKey(done))).toBeUndefined()
})

test("a program killed at any point goes on where its journal ends; no recorded step runs again", async () => {
  const script = `
    import { appendFileSync } from "node:fs"
    import { functionExecutor, journalStore, runWorkflow } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)}
    const [manifest, folder, dieAfter] = process.argv.slice(1)
    let events = 0
    const step = async ({ task }) => { await new Promise((r) => setTimeout(r, 1)); appendFileSync(folder + "/ran", task.nodeName + "\\n"); return task.nodeName }
    const names = JSON.parse(manifest).spec.templates.map((t) => t.name)
    const done = await runWorkflow(JSON.parse(manifest), {
      executors: [functionExecutor(Object.fromEntries(names.map((n) => [n, step])))],
      store: journalStore(folder),
      on: () => { if (++events === Number(dieAfter)) process.kill(process.pid, "SIGKILL") },
    })
    console.log(done.status.phase)
  `
  const manifest = workflowFixture({ a: [], b: ["a"], c: ["a"], d: ["b", "c"], e: ["d"] })
  const start = (dieAfter: number) =>
    new Promise<string>((resolve) => {
      const child = spawn(process.execPath, [
        "--input-type=module",
        "-e",
        script,
        JSON.stringify(manifest),
        folder,
        String(dieAfter),
      ])
      let text = ""
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString()
      })
      child.once("close", () => resolve(text.trim()))
    })
  const recorded = async () => {
    const store = journalStore(folder)
    const loaded = await store.load("default/workflow")
    store.close()
    return Object.values(loaded?.workflow.status?.nodes ?? {}).filter(
      ({ type, phase }) => type === "Pod" && phase === "Succeeded",
    )
  }
  let phase = ""
  for (let life = 0; phase === "" && life < 20; life++) {
    const before = (await recorded()).map(({ name }) => name)
    writeFileSync(join(folder, "ran"), "")
    phase = await start(3 + (life % 4))
    const ran = readFileSync(join(folder, "ran"), "utf8").trim().split("\n")
    expect(ran.filter((name) => before.includes(name))).toEqual([])
  }
  expect(phase).toBe("Succeeded")
  expect((await recorded()).map(({ displayName }) => displayName).sort()).toEqual([
    "a",
    "b",
    "c",
    "d",
    "e",
  ])
})

test("a memory store goes on from any transition", async () => {
  const clock = createVirtualClock()
  const store = memoryStore()
  const manifest = workflowFixture({ a: [], b: ["a"] })
  const first = await openRun(manifest, { executors: [simulateExecutor()], clock, store })
  await clock.advance(1500)
  first.close()
  const second = await openRun(manifest, { executors: [simulateExecutor()], clock, store })
  await clock.advance(10_000)
  expect((await second.done).status).toMatchObject({
    phase: "Succeeded",
    startedAt: "1970-01-01T00:00:00Z",
  })
})

test("virtual time stands still while a store writes, however long it takes", async () => {
  const clock = createVirtualClock()
  const slow: Store = {
    ...memoryStore(),
    isRecording: true,
    async append() {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    },
  }
  const manifest = workflowFixture({ a: [], b: ["a"] })
  const run = await openRun(manifest, { executors: [simulateExecutor()], clock, store: slow })
  await clock.advance(60_000)
  expect((await run.done).status).toMatchObject({
    startedAt: "1970-01-01T00:00:00Z",
    finishedAt: "1970-01-01T00:00:02Z",
  })
})

test("artifacts stay inside their directory", async () => {
  const store = directoryArtifactStore(join(folder, "store"))
  writeFileSync(join(folder, "file"), "content")
  await store.put("wf/a/file", join(folder, "file"))
  expect(await store.list("wf/")).toEqual(["wf/a/file"])
  expect(await store.get("wf/a", join(folder, "copy"))).toBe(true)
  expect(readFileSync(join(folder, "copy", "file"), "utf8")).toBe("content")
  expect(await store.get("wf/b", join(folder, "other"))).toBe(false)
  await expect(store.put("../outside", join(folder, "file"))).rejects.toMatchObject({
    code: "InvalidKey",
  })
  expect(await store.delete("wf/a/file")).toBe(true)
  expect(await store.delete("wf/a/file")).toBe(false)
})

test("a function that did well has the exit code 0 for who asks for it", async () => {
  const asks = { name: "b", template: "leaf", when: "{{steps.a.exitCode}} == 0" }
  const leaf = { name: "leaf", container: { image: "none" } }
  const steps = { name: "main", steps: [[{ name: "a", template: "leaf" }], [asks]] }
  for (const more of [{}, { retryStrategy: { limit: 1 } }]) {
    const manifest = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: { name: "wf" },
      spec: { entrypoint: "main", templates: [steps, { ...leaf, ...more }] },
    }
    const { status } = await runWorkflow(manifest, {
      executors: [functionExecutor({ leaf: () => undefined })],
    })
    expect(status).toMatchObject({ phase: "Succeeded", progress: "2/2" })
  }
})
