import { expect, test } from "vitest"
import type { OutcomeRule, Template, Workflow } from "../src/index.js"
import { workflowFixture } from "../src/testing/index.js"
import { leaf, run, workflow } from "./simulated.js"

test("a failed task omits what plainly depends on it, and a handler rescues the branch", async () => {
  const tasks = (handler: boolean) => [
    { name: "a", template: "leaf" },
    ...(handler
      ? [{ name: "h", template: "leaf", depends: "a.Failed" }]
      : [{ name: "b", template: "leaf", depends: "a" }]),
  ]
  const fails: OutcomeRule[] = [{ node: "wf.a", phase: "Failed" }]
  const plain = await run(
    workflow([{ name: "m", dag: { tasks: tasks(false) } }, leaf("leaf")]),
    fails,
  )
  expect(plain.phases).toMatchObject({ wf: "Failed", "wf.b": "Omitted" })
  expect(plain.find("wf.b")?.message).toBe("omitted: depends condition not met")
  const rescued = await run(
    workflow([{ name: "m", dag: { tasks: tasks(true) } }, leaf("leaf")]),
    fails,
  )
  expect(rescued.phases).toMatchObject({ wf: "Succeeded", "wf.a": "Failed", "wf.h": "Succeeded" })
})

test("continueOn forgives, in dags and in steps", async () => {
  const fails: OutcomeRule[] = [{ node: "*a", phase: "Failed" }]
  const on = { continueOn: { failed: true } }
  const dag = await run(
    workflow([
      {
        name: "m",
        dag: {
          tasks: [
            { name: "a", template: "leaf", ...on },
            { name: "b", template: "leaf", dependencies: ["a"] },
          ],
        },
      },
      leaf("leaf"),
    ]),
    fails,
  )
  expect(dag.phases).toMatchObject({ wf: "Succeeded", "wf.b": "Succeeded" })
  const steps = await run(
    workflow([
      {
        name: "m",
        steps: [[{ name: "a", template: "leaf", ...on }], [{ name: "b", template: "leaf" }]],
      },
      leaf("leaf"),
    ]),
    fails,
  )
  expect(steps.phases).toMatchObject({ wf: "Succeeded", "wf[1].b": "Succeeded" })
})

test("a failed step fails its group, its siblings run on, later groups do not start", async () => {
  const { status, phases } = await run(
    workflow([
      {
        name: "m",
        steps: [
          [
            { name: "a", template: "leaf" },
            { name: "b", template: "leaf" },
          ],
          [{ name: "c", template: "leaf" }],
        ],
      },
      leaf("leaf"),
    ]),
    [
      { node: "*a", phase: "Error", message: "disk full" },
      { node: "*b", duration: "1m" },
    ],
  )
  expect(phases).toEqual({
    wf: "Failed",
    "wf[0]": "Failed",
    "wf[0].a": "Error",
    "wf[0].b": "Succeeded",
  })
  expect(status?.message).toMatch(/^child 'wf-\d+' failed$/)
  expect(status?.finishedAt).toBe("1970-01-01T00:01:00Z")
})

test("when: unmet conditions skip, results and parameters steer", async () => {
  const flip = (result: string) =>
    run(
      workflow([
        {
          name: "m",
          steps: [
            [{ name: "flip", template: "flip" }],
            [
              { name: "heads", template: "leaf", when: "{{steps.flip.outputs.result}} == heads" },
              { name: "tails", template: "leaf", when: "{{steps.flip.outputs.result}} == tails" },
            ],
          ],
        },
        leaf("leaf"),
        { name: "flip", script: { image: "python", command: ["python"], source: "" } },
      ]),
      [{ template: "flip", result }],
    )
  expect((await flip("heads")).phases).toMatchObject({
    "wf[1].heads": "Succeeded",
    "wf[1].tails": "Skipped",
  })
  expect((await flip("tails")).find("wf[1].heads")?.message).toBe(
    "when 'tails == heads' evaluated false",
  )
})

test("loops: names, groups, items of every kind, aggregated results", async () => {
  const { phases, find } = await run(
    workflow([
      {
        name: "m",
        dag: {
          tasks: [
            {
              name: "items",
              template: "say",
              withItems: ["x", 2, true, { k: "v", a: 1 }, ["p", "q"]],
              arguments: { parameters: [{ name: "i", value: "{{item}}" }] },
            },
            {
              name: "count",
              template: "say",
              withSequence: { count: 2, format: "n%02d" },
              arguments: { parameters: [{ name: "i", value: "{{item}}" }] },
            },
            {
              name: "none",
              template: "say",
              withParam: "[]",
              arguments: { parameters: [{ name: "i", value: "{{item}}" }] },
            },
            {
              name: "all",
              template: "say",
              dependencies: ["count"],
              arguments: { parameters: [{ name: "i", value: "{{tasks.count.outputs.result}}" }] },
            },
          ],
        },
      },
      leaf("say", { inputs: { parameters: [{ name: "i" }] } }),
    ]),
    [{ node: "wf.count*", result: '{"ok":1}' }],
  )
  expect(Object.keys(phases)).toEqual(
    expect.arrayContaining([
      "wf.items(0:x)",
      "wf.items(1:2)",
      "wf.items(2:true)",
      "wf.items(3:a:1,k:v)",
      "wf.items(4:[p q])",
      "wf.count(1:n01)",
    ]),
  )
  expect(find("wf.items")?.type).toBe("TaskGroup")
  expect(find("wf.none")).toMatchObject({ type: "Skipped", phase: "Skipped" })
  expect(find("wf.items(3:a:1,k:v)")?.inputs?.parameters).toEqual([
    { name: "i", value: '{"a":1,"k":"v"}' },
  ])
  expect(find("wf.all")?.inputs?.parameters).toEqual([{ name: "i", value: '[{"ok":1},{"ok":1}]' }])
})

test("retries: attempts, back-off, limits, policies, expressions", async () => {
  const retried = (retryStrategy: Template["retryStrategy"], rules: readonly OutcomeRule[]) =>
    run(workflow([leaf("m", retryStrategy === undefined ? {} : { retryStrategy })]), rules)
  const failing: OutcomeRule[] = [{ phase: "Failed", exitCode: 7 }]
  const limited = await retried({ limit: "2", backoff: { duration: "10", factor: 3 } }, failing)
  expect(limited.find("wf")).toMatchObject({
    type: "Retry",
    phase: "Failed",
    message: "No more retries left",
  })
  expect(limited.nodes.map((node) => node.startedAt)).toEqual(
    [0, 0, 11, 42].map((s) => `1970-01-01T00:00:${String(s).padStart(2, "0")}Z`),
  )
  const onError = await retried({ limit: 5, retryPolicy: "OnError" }, failing)
  expect(onError.nodes).toHaveLength(2)
  const judged = await retried({ limit: 5, expression: "asInt(lastRetry.exitCode) < 5" }, failing)
  expect(judged.find("wf")?.message).toBe("retryStrategy.expression evaluated to false")
  const capped = await retried({ backoff: { duration: "1m", maxDuration: "90s" } }, failing)
  expect(capped.find("wf")?.message).toBe("Backoff would exceed max duration limit")
  const second = await retried({ limit: 3 }, [
    { attempt: 0, phase: "Error" },
    { attempt: 1, result: "fine" },
  ])
  expect(second.status?.phase).toBe("Error")
  const third = await retried({ limit: 3, retryPolicy: "Always" }, [
    { attempt: 0, phase: "Error" },
    { attempt: 1, result: "fine" },
  ])
  expect(third.find("wf")).toMatchObject({ phase: "Succeeded", outputs: { result: "fine" } })
})

test("deadlines: of a template, of pending and running time, of the workflow", async () => {
  const long: OutcomeRule[] = [{ node: "*", duration: "1h" }]
  const active = await run(workflow([leaf("m", { activeDeadlineSeconds: 30 })]), long)
  expect(active.status).toMatchObject({ phase: "Failed", finishedAt: "1970-01-01T00:00:30Z" })
  const timed = await run(
    workflow([leaf("m", { timeout: "{{workflow.parameters.t}}" })], {
      arguments: { parameters: [{ name: "t", value: "20s" }] },
    }),
    long,
  )
  expect(timed.status?.finishedAt).toBe("1970-01-01T00:00:20Z")
  const whole = await run(
    workflow(
      [
        {
          name: "m",
          steps: [
            [
              { name: "a", template: "leaf" },
              { name: "w", template: "wait" },
            ],
            [{ name: "b", template: "leaf" }],
          ],
        },
        leaf("leaf"),
        { name: "wait", suspend: {} },
        leaf("bye"),
      ],
      { activeDeadlineSeconds: 10, onExit: "bye" },
    ),
    [{ template: "bye" }, ...long],
  )
  expect(whole.phases).toMatchObject({
    wf: "Failed",
    "wf[0].a": "Failed",
    "wf[0].w": "Failed",
    "wf.onExit": "Succeeded",
  })
  expect(whole.find("wf[0].w")?.message).toBe("Step exceeded its deadline")
})

test("exit handlers run whatever happened, and know what did", async () => {
  const bye = leaf("bye", {
    inputs: { parameters: [{ name: "was", value: "{{workflow.status}}" }] },
  })
  const failed = await run(workflow([leaf("m"), bye], { onExit: "bye" }), [
    { template: "m", phase: "Failed" },
  ])
  expect(failed.status?.phase).toBe("Failed")
  expect(failed.find("wf.onExit")).toMatchObject({
    phase: "Succeeded",
    nodeFlag: { hooked: true },
    inputs: { parameters: [{ name: "was", value: "Failed" }] },
  })
  const spoilt = await run(workflow([leaf("m"), bye], { onExit: "bye" }), [
    { template: "bye", phase: "Error", message: "no" },
  ])
  expect(spoilt.status).toMatchObject({ phase: "Error", message: "no" })
})

test("exit hooks of steps and tasks are awaited, and fail nobody", async () => {
  const { phases, find } = await run(
    workflow([
      {
        name: "m",
        dag: {
          tasks: [
            {
              name: "a",
              template: "leaf",
              hooks: {
                exit: {
                  template: "told",
                  arguments: { parameters: [{ name: "r", value: "{{tasks.a.outputs.result}}" }] },
                },
              },
            },
            { name: "b", template: "leaf", dependencies: ["a"] },
          ],
        },
      },
      leaf("leaf"),
      leaf("told", { inputs: { parameters: [{ name: "r" }] } }),
    ]),
    [
      { template: "told", phase: "Failed", duration: "1m" },
      { node: "wf.a", result: "yes" },
    ],
  )
  expect(phases).toEqual({
    wf: "Succeeded",
    "wf.a": "Succeeded",
    "wf.a.onExit": "Failed",
    "wf.b": "Succeeded",
  })
  expect(find("wf.a.onExit")?.inputs?.parameters?.[0]?.value).toBe("yes")
  expect(find("wf.b")?.startedAt).toBe("1970-01-01T00:01:01Z")
})

test("targets, templateDefaults, inline templates, recursion", async () => {
  const { phases } = await run({
    ...workflowFixture({ a: [], b: ["a"], c: ["a"], d: ["c"] }, {}),
    metadata: { name: "wf" },
    spec: {
      ...workflowFixture({ a: [] }).spec,
      templates: [
        {
          name: "main",
          dag: {
            target: "b d",
            tasks: [
              { name: "a", template: "a" },
              { name: "b", inline: { container: { image: "x" } }, dependencies: ["a"] },
              { name: "c", template: "a", dependencies: ["a"] },
              { name: "d", template: "a", dependencies: ["b"] },
            ],
          },
        },
        leaf("a"),
      ],
      templateDefaults: { retryStrategy: { limit: 1 } },
    },
  })
  expect(Object.keys(phases)).toEqual([
    "wf",
    "wf(0)",
    "wf(0).a",
    "wf(0).a(0)",
    "wf(0).b",
    "wf(0).b(0)",
    "wf(0).d",
    "wf(0).d(0)",
  ])
  const endless = await run(workflow([{ name: "m", steps: [[{ name: "again", template: "m" }]] }]))
  expect(endless.status?.phase).toBe("Failed")
  expect(
    endless.nodes.some(
      (node) => node.message?.startsWith("Maximum recursion depth exceeded") === true,
    ),
  ).toBe(true)
})

test("suspended nodes wait, resume by themselves after a duration, and take what is supplied", async () => {
  const timed = await run(workflow([{ name: "m", suspend: { duration: "90" } }]))
  expect(timed.status).toMatchObject({ phase: "Succeeded", finishedAt: "1970-01-01T00:01:30Z" })
  const waiting = await run(workflow([{ name: "m", suspend: {} }]))
  expect(waiting.status).toMatchObject({ phase: "Running", progress: "0/1" })
})

test("a template's failFast starts nothing new after a failure", async () => {
  const { status, phases } = await run(
    workflow([
      {
        name: "m",
        failFast: true,
        parallelism: 1,
        steps: [[{ name: "a", template: "leaf", withItems: ["0", "1", "2"] }]],
      },
      leaf("leaf"),
    ]),
    [{ phase: "Failed" }],
  )
  expect(Object.keys(phases)).toEqual(["wf", "wf[0]", "wf[0].a(0:0)"])
  expect(status?.message).toBe("template has failed or errored children and failFast enabled")
})

test("failFast is what the message says wherever a pod of the template has failed, in steps and in a dag", async () => {
  const told = "template has failed or errored children and failFast enabled"
  const bad = { name: "a", template: "bad" }
  const slow = { name: "c", template: "slow" }
  const inner = { name: "inner", steps: [[{ name: "x", template: "bad" }]] }
  const messages = async (main: object) => {
    const templates = [{ name: "m", failFast: true, ...main }, inner, leaf("bad"), leaf("slow")]
    const rules = [
      { template: "bad", phase: "Failed" as const },
      { template: "slow", duration: "3s" },
    ]
    const { nodes } = await run(workflow(templates), rules)
    return Object.fromEntries(nodes.map(({ name, message }) => [name, message]))
  }
  const failed = "main: Error (exit code 1)"
  const a = { "wf[0].a": failed, "wf[0].c": undefined }
  expect(await messages({ steps: [[bad, slow]] })).toEqual({ wf: told, "wf[0]": told, ...a })
  const covered = { ...bad, continueOn: { failed: true } }
  expect(await messages({ steps: [[covered], [slow]] })).toEqual({
    wf: told,
    "wf[0]": told,
    "wf[0].a": failed,
  })
  const after = { name: "d", template: "slow" }
  const tasks = [bad, slow, { ...after, name: "b", depends: "a" }, { ...after, depends: "c" }]
  expect(await messages({ dag: { tasks } })).toEqual({
    wf: told,
    "wf.a": failed,
    "wf.c": undefined,
  })
  // An inner body ends in the same pass as the group around it.
  const nested = await messages({ steps: [[{ name: "a", template: "inner" }]] })
  expect(nested["wf"]).toMatch(/^child 'wf-\d+' failed$/)
})

test("__proto__ is a name like any other", async () => {
  const manifest = JSON.parse(
    JSON.stringify(
      workflow(
        [leaf("m", { inputs: { parameters: [{ name: "__proto__" }, { name: "constructor" }] } })],
        {
          arguments: {
            parameters: [
              { name: "__proto__", value: "a" },
              { name: "constructor", value: "b" },
            ],
          },
        },
      ),
    ),
  ) as Workflow
  const { find } = await run(manifest)
  expect(find("wf")?.inputs?.parameters).toEqual([
    { name: "__proto__", value: "a" },
    { name: "constructor", value: "b" },
  ])
})

test("what failed is not progress: two tries and a step that come to nothing leave two of five done", async () => {
  const { status, find } = await run(
    workflow([
      {
        name: "m",
        steps: [
          [{ name: "a", template: "retried", continueOn: { failed: true } }],
          [
            { name: "b", template: "leaf" },
            { name: "c", template: "leaf" },
            { name: "d", template: "leaf" },
          ],
        ],
      },
      leaf("leaf"),
      leaf("retried", { retryStrategy: { limit: 1 } }),
    ]),
    [
      { template: "retried", phase: "Failed" },
      { node: "*.d", phase: "Error" },
    ],
  )
  expect(status).toMatchObject({ phase: "Failed", progress: "2/5" })
  expect(find("wf[0].a(1)")?.progress).toBe("0/1")
  expect(find("wf[1].b")?.progress).toBe("1/1")
})
