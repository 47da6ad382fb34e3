import { epochMs } from "@argo-ts/kernel"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { hashName } from "../src/core/names.js"
import {
  functionExecutor,
  memoryStore,
  openRun,
  resubmitWorkflow,
  retryWorkflow,
  runKey,
  runWorkflow,
  type Workflow,
  type WorkflowSpec,
} from "../src/index.js"
import { simulateWorkflow, workflowFixture } from "../src/testing/index.js"

const now = epochMs(1_000_000)

function valueOf(result: ReturnType<typeof retryWorkflow>): Workflow {
  if (!result.ok) throw new Error(result.issues[0]?.message)
  return result.value
}

/** Runs on from a stored status, and tells which templates ran and how it ended. */
async function runOn(
  workflow: Workflow,
): Promise<{ readonly ran: readonly string[]; readonly done: Workflow }> {
  const store = memoryStore()
  await store.snapshot(runKey(workflow), workflow)
  const ran: string[] = []
  const work = ({ task }: { readonly task: { readonly nodeName: string } }): void =>
    void ran.push(task.nodeName)
  const spec = workflow.status?.storedWorkflowTemplateSpec ?? workflow.spec
  const names = (spec.templates ?? []).map(({ name = "" }) => [name, work])
  const { status: _status, ...manifest } = workflow
  const run = await openRun(manifest, {
    executors: [functionExecutor(Object.fromEntries(names))],
    store,
  })
  return { ran, done: await run.done }
}

const chain = workflowFixture({ a: [], b: ["a"], c: ["b"], d: [] }, { onExit: "d" })

describe("retry", () => {
  test("runs what failed and what follows, and nothing else", async () => {
    const first = await simulateWorkflow(chain, { outcomes: [{ template: "b", phase: "Failed" }] })
    expect(first.status?.phase).toBe("Failed")
    const again = valueOf(retryWorkflow(first, now))
    expect(again.status?.phase).toBe(undefined)
    const { ran, done } = await runOn(again)
    expect(ran).toEqual(["workflow.b", "workflow.c", "workflow.onExit"])
    expect(done.status?.phase).toBe("Succeeded")
    expect(done.status?.progress).toBe("5/5")
  })

  test("begins a group again that failed before it began anything, with other values", async () => {
    const leaf = { container: { image: "x" } }
    const looped = workflowFixture(
      {},
      {
        arguments: { parameters: [{ name: "list", value: "[no list" }] },
        templates: [
          {
            name: "main",
            steps: [
              [{ name: "first", template: "work" }],
              [{ name: "fan", template: "work", withParam: "{{workflow.parameters.list}}" }],
              [{ name: "last", template: "work" }],
            ],
          },
          { name: "work", ...leaf },
        ],
      },
    )
    const first = await simulateWorkflow(looped)
    expect(first.status?.phase).toBe("Failed")
    const again = retryWorkflow(first, now, { arguments: { list: '["x","y"]' } })
    const { ran, done } = await runOn(valueOf(again))
    expect(ran).toEqual(["workflow[1].fan(0:x)", "workflow[1].fan(1:y)", "workflow[2].last"])
    expect(done.status?.phase).toBe("Succeeded")
  })

  test("counts attempts anew, in steps, loops and nested bodies", async () => {
    const leaf = { container: { image: "x" } }
    const nested = workflowFixture(
      {},
      {
        templates: [
          {
            name: "main",
            steps: [
              [
                { name: "one", template: "inner" },
                { name: "ok", template: "fine" },
              ],
              [{ name: "last", template: "fine" }],
            ],
          },
          {
            name: "inner",
            dag: {
              tasks: [
                { name: "loop", template: "hard", withItems: [1, 2] },
                { name: "after", template: "fine", depends: "loop" },
              ],
            },
          },
          { name: "hard", ...leaf, retryStrategy: { limit: 1 } },
          { name: "fine", ...leaf },
        ],
      },
    )
    const first = await simulateWorkflow(nested, {
      outcomes: [{ node: "*(1:2)*", phase: "Failed" }],
    })
    const { ran, done } = await runOn(valueOf(retryWorkflow(first, now)))
    expect(ran).toEqual([
      "workflow[0].one.loop(1:2)(0)",
      "workflow[0].one.after",
      "workflow[1].last",
    ])
    expect(done.status?.phase).toBe("Succeeded")
  })

  test("selected nodes of a workflow that succeeded run again, with what follows", async () => {
    const first = await simulateWorkflow(chain)
    expect(retryWorkflow(first, now).ok).toBe(false)
    const selects = ({ displayName }: { readonly displayName: string }): boolean =>
      displayName === "b"
    const { ran } = await runOn(
      valueOf(retryWorkflow(first, now, { restartSuccessful: true, selects })),
    )
    expect(ran).toEqual(["workflow.b", "workflow.c", "workflow.onExit"])
  })

  test.each([
    ["wf.one", 1, []],
    ["wf.two", 2, []],
    ["wf.right", 9, []],
    ["wf.right.first", 10, ["wf.right"]],
    ["wf.right.first.a", 11, ["wf.right", "wf.right.first"]],
    ["wf.right.first.c", 13, ["wf.right", "wf.right.first"]],
    ["wf.right.second", 14, ["wf.right"]],
    ["wf.four", 15, []],
    ["wf.five", 16, []],
  ] as const)(
    "%s of nested graphs runs again with all that follows: %i nodes stay, and what encloses it goes on",
    async (chosen, count, reset) => {
      const graph = (name: string, tasks: { readonly [task: string]: readonly string[] }) => ({
        name,
        dag: {
          tasks: Object.entries(tasks).map(([task, [template = "leaf", ...dependencies]]) => ({
            name: task,
            template,
            dependencies,
          })),
        },
      })
      const templates = [
        graph("main", {
          one: ["leaf"],
          two: ["pause", "one"],
          left: ["branch", "two"],
          right: ["branch", "two"],
          four: ["leaf", "left", "right"],
          five: ["leaf", "four"],
        }),
        graph("branch", { first: ["inner"], second: ["pause", "first"] }),
        graph("inner", { a: ["pause"], b: ["leaf", "a"], c: ["leaf", "b"] }),
        { name: "pause", suspend: { duration: "1s" } },
        { name: "leaf", container: { image: "x" } },
      ]
      const failed = await simulateWorkflow(
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Workflow",
          metadata: { name: "wf" },
          spec: { entrypoint: "main", templates },
        },
        { outcomes: [{ node: "wf.five", phase: "Failed" }] },
      )
      const again = valueOf(
        retryWorkflow(failed, now, {
          restartSuccessful: true,
          selects: ({ name }) => name === chosen,
        }),
      )
      const nodes = Object.values(again.status?.nodes ?? {})
      expect(nodes.length).toBe(count)
      const running = nodes.filter(({ phase }) => phase === "Running").map(({ name }) => name)
      expect(running).toEqual(["wf", ...reset])
    },
  )

  test("a loop that was done is not begun again because what follows it failed", async () => {
    const looped = {
      name: "looped",
      dag: { tasks: [{ name: "l", template: "leaf", withItems: [1] }] },
    }
    const tried = { name: "tried", container: { image: "x" }, retryStrategy: { limit: 0 } }
    const main = {
      name: "main",
      dag: {
        tasks: [
          { name: "before", template: "looped" },
          { name: "after", template: "tried", dependencies: ["before"] },
        ],
      },
    }
    const workflow: Workflow = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: { name: "wf" },
      spec: {
        entrypoint: "main",
        templates: [main, looped, tried, { name: "leaf", container: { image: "x" } }],
      },
    }
    const failed = await simulateWorkflow(workflow, {
      outcomes: [{ node: "wf.after(0)", phase: "Failed" }],
    })
    const again = valueOf(retryWorkflow(failed, now))
    const phases = Object.values(again.status?.nodes ?? {}).map(
      ({ name, phase }) => `${name} ${phase}`,
    )
    expect(phases.toSorted()).toEqual([
      "wf Running",
      "wf.after Running",
      "wf.before Succeeded",
      "wf.before.l Succeeded",
      "wf.before.l(0:1) Succeeded",
    ])
  })

  test("what failed before a chosen node runs again with it: nothing after it stays that made it good", async () => {
    const leaf = { container: { image: "x" } }
    const forgiving = workflowFixture(
      {},
      {
        templates: [
          {
            name: "main",
            dag: {
              tasks: [
                { name: "a", template: "hard", continueOn: { failed: true } },
                { name: "b", template: "fine", dependencies: ["a"] },
              ],
            },
          },
          { name: "hard", ...leaf },
          { name: "fine", ...leaf },
        ],
      },
    )
    const first = await simulateWorkflow(forgiving, {
      outcomes: [{ template: "hard", phase: "Failed" }],
    })
    expect(first.status?.phase).toBe("Succeeded")
    const selects = ({ displayName }: { readonly displayName: string }): boolean =>
      displayName === "b"
    const { ran } = await runOn(
      valueOf(retryWorkflow(first, now, { restartSuccessful: true, selects })),
    )
    expect(ran).toEqual(["workflow.a", "workflow.b"])
  })

  test.each(["retry", "resubmit"])(
    "%s: new values reach a stored template's spec, frozen as it is",
    async (how) => {
      const stored: WorkflowSpec = {
        entrypoint: "main",
        arguments: { parameters: [{ name: "word", value: "old" }] },
        templates: [
          {
            name: "main",
            inputs: { parameters: [{ name: "word" }] },
            container: { image: "{{inputs.parameters.word}}" },
          },
        ],
      }
      const manifest: Workflow = {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Workflow",
        metadata: { name: "wf" },
        spec: { workflowTemplateRef: { name: "stored" } },
      }
      const first = await simulateWorkflow(manifest, {
        findTemplate: () => stored,
        outcomes: [{ template: "main", phase: "Failed" }],
      })
      expect(first.status?.phase).toBe("Failed")
      const given = { word: "new" }
      const again =
        how === "retry"
          ? retryWorkflow(first, now, { arguments: given })
          : resubmitWorkflow(first, now, { name: "wf", arguments: given, memoized: true })
      const { done } = await runOn(valueOf(again))
      expect(done.status?.nodes?.["wf"]?.inputs?.parameters?.[0]?.value).toBe("new")
    },
  )

  test("any graph, any failures: what succeeded never runs again, and the end is good", async () => {
    const names = [..."abcdef"]
    const graph = fc.tuple(
      ...names.map((_, index) =>
        fc.subarray(names.slice(0, index), { maxLength: Math.min(2, index) }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(graph, fc.subarray(names, { minLength: 1 }), async (edges, failing) => {
        const manifest = workflowFixture(
          Object.fromEntries(names.map((name, index) => [name, edges[index] ?? []])),
        )
        const outcomes = failing.map((template) => ({ template, phase: "Failed" as const }))
        const first = await simulateWorkflow(manifest, { outcomes })
        const good = Object.values(first.status?.nodes ?? {}).filter(
          ({ type, phase }) => type === "Pod" && phase === "Succeeded",
        )
        const { ran, done } = await runOn(valueOf(retryWorkflow(first, now)))
        expect(done.status?.phase).toBe("Succeeded")
        expect(ran.length + good.length).toBe(names.length)
        for (const { name } of good) expect(ran).not.toContain(name)
        const whole = await simulateWorkflow(manifest)
        expect(Object.keys(done.status?.nodes ?? {}).toSorted()).toEqual(
          Object.keys(whole.status?.nodes ?? {}).toSorted(),
        )
      }),
      { numRuns: 40 },
    )
  })
})

describe("resubmit", () => {
  test("makes a new object without what the old run was", async () => {
    const first = await simulateWorkflow({ ...chain, spec: { ...chain.spec, shutdown: "Stop" } })
    const again = valueOf(
      resubmitWorkflow(first, now, { name: "second", arguments: { x: "1" }, priority: 3 }),
    )
    expect(again.status).toBe(undefined)
    expect(again.spec).toMatchObject({
      priority: 3,
      arguments: { parameters: [{ name: "x", value: "1" }] },
    })
    expect(again.spec.shutdown).toBe(undefined)
    expect(again.metadata).toEqual({
      name: "second",
      namespace: "default",
      labels: { "workflows.argoproj.io/resubmitted-from-workflow": "workflow" },
    })
    const { status } = await runWorkflow(again, {
      executors: [
        functionExecutor(Object.fromEntries([..."abcd"].map((name) => [name, () => undefined]))),
      ],
    })
    expect(status?.phase).toBe("Succeeded")
  })

  test("memoized: takes over what succeeded, under the new name", async () => {
    const first = await simulateWorkflow(chain, { outcomes: [{ template: "c", phase: "Failed" }] })
    const again = valueOf(resubmitWorkflow(first, now, { name: "second", memoized: true }))
    const { ran, done } = await runOn(again)
    expect(ran).toEqual(["second.c", "second.onExit"])
    expect(done.status?.phase).toBe("Succeeded")
    const taken = Object.values(done.status?.nodes ?? {}).find(({ name }) => name === "second.a")
    expect(taken?.message).toMatch(/^original pod: workflow-\d+$/)
    expect(taken?.templateScope).toBe("local/second")
  })

  test("memoized: two nodes whose ids are the same under the new name both come along", async () => {
    const seen = new Map<number, string>()
    let pair: readonly string[] = []
    for (let index = 0; pair.length === 0; index++) {
      const hash = hashName(`again.t${index}`)
      const other = seen.get(hash)
      if (other === undefined) seen.set(hash, `t${index}`)
      else pair = [other, `t${index}`]
    }
    const manifest = workflowFixture({
      ...Object.fromEntries(pair.map((each) => [each, []])),
      z: pair,
    })
    const failed = await simulateWorkflow(manifest, {
      outcomes: [{ template: "z", phase: "Failed" }],
    })
    const again = valueOf(resubmitWorkflow(failed, now, { name: "again", memoized: true }))
    const nodes = Object.entries(again.status?.nodes ?? {})
    expect(nodes.map(([, { name }]) => name).toSorted()).toEqual(
      ["again", ...pair.map((each) => `again.${each}`)].toSorted(),
    )
    for (const [key, { id, children = [] }] of nodes) {
      expect(id).toBe(key)
      for (const child of children) expect(Object.keys(again.status?.nodes ?? {})).toContain(child)
    }
    const { ran } = await runOn(again)
    expect(ran).toEqual(["again.z"])
  })
})
