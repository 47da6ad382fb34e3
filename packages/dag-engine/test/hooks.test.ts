import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  type NodeStatus,
  type OutcomeRule,
  openWorkflow,
  type Template,
  type Workflow,
  type WorkflowSpec,
  type WorkflowStep,
} from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

const leaf = (name: string, more: Partial<Template> = {}): Template => ({
  name,
  container: { image: "alpine", command: ["true"] },
  ...more,
})

async function run(
  templates: readonly Template[],
  spec: Partial<WorkflowSpec> = {},
  outcomes: readonly OutcomeRule[] = [],
) {
  const manifest: Workflow = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: templates[0]?.name ?? "", templates, ...spec },
  }
  const { status } = await simulateWorkflow(manifest, { outcomes })
  const nodes = Object.values(status?.nodes ?? {})
  const find = (name: string): NodeStatus | undefined => nodes.find((node) => node.name === name)
  return { status, find, phases: Object.fromEntries(nodes.map((node) => [node.name, node.phase])) }
}

const told = leaf("told", { inputs: { parameters: [{ name: "was", default: "?" }] } })
const tell = (value: string) => ({
  template: "told",
  arguments: { parameters: [{ name: "was", value }] },
})

test("named hooks start while their step runs or when it has ended; whoever follows waits for them", async () => {
  const { phases, find } = await run(
    [
      {
        name: "m",
        steps: [
          [
            {
              name: "a",
              template: "leaf",
              hooks: {
                running: {
                  expression: 'steps["a"].status == "Running"',
                  ...tell("{{steps.a.status}}"),
                },
                failed: { expression: 'steps["a"].status == "Failed"', template: "told" },
                good: { expression: 'steps["a"].status == "Succeeded"', template: "told" },
                exit: tell("{{steps.a.status}}"),
              },
            },
          ],
          [{ name: "b", template: "leaf" }],
        ],
      },
      leaf("leaf"),
      told,
    ],
    {},
    [
      { node: "*.a", duration: "10s" },
      { node: "*.hooks.running", duration: "30s", phase: "Failed" },
      { node: "*.hooks.good", duration: "5s" },
      { node: "*.onExit", duration: "7s" },
    ],
  )
  expect(phases).toEqual({
    wf: "Succeeded",
    "wf[0]": "Succeeded",
    "wf[0].a": "Succeeded",
    "wf[0].a.hooks.running": "Failed",
    "wf[0].a.hooks.good": "Succeeded",
    "wf[0].a.onExit": "Succeeded",
    "wf[1]": "Succeeded",
    "wf[1].b": "Succeeded",
  })
  const running = find("wf[0].a.hooks.running")
  expect(running).toMatchObject({
    displayName: "a.hooks.running",
    nodeFlag: { hooked: true },
    startedAt: "1970-01-01T00:00:00Z",
    inputs: { parameters: [{ name: "was", value: "Running" }] },
  })
  expect(find("wf[0].a")?.children).toContain(running?.id)
  // The exit hook follows the longest of the others, and the next group follows it.
  expect(find("wf[0].a.onExit")?.startedAt).toBe("1970-01-01T00:00:30Z")
  expect(find("wf[1].b")?.startedAt).toBe("1970-01-01T00:00:37Z")
})

test("a hook may look at other tasks, and has started once for all", async () => {
  const { phases, find } = await run(
    [
      {
        name: "m",
        dag: {
          tasks: [
            { name: "other", template: "leaf" },
            {
              name: "a",
              template: "leaf",
              depends: "root",
              hooks: {
                seen: {
                  expression: 'tasks.root.status == "Succeeded" && workflow.status == "Running"',
                  template: "told",
                },
              },
            },
            { name: "root", template: "leaf" },
          ],
        },
      },
      leaf("leaf"),
      told,
    ],
    {},
    [{ node: "wf.a", duration: "1m" }],
  )
  expect(phases).toMatchObject({ "wf.a.hooks.seen": "Succeeded", wf: "Succeeded" })
  expect(find("wf.a.hooks.seen")?.startedAt).toBe(find("wf.a")?.startedAt)
})

test("each item of a loop has its hooks, which know the item", async () => {
  const { find } = await run([
    {
      name: "m",
      dag: {
        tasks: [
          {
            name: "a",
            template: "leaf",
            withItems: ["x", "y"],
            hooks: { ended: { expression: 'tasks.a.status == "Succeeded"', ...tell("{{item}}") } },
          },
          { name: "b", template: "leaf", depends: "a" },
        ],
      },
    },
    leaf("leaf"),
    told,
  ])
  expect(find("wf.a(0:x).hooks.ended")?.inputs?.parameters?.[0]?.value).toBe("x")
  expect(find("wf.a(1:y).hooks.ended")?.phase).toBe("Succeeded")
  expect(find("wf.b")?.startedAt).toBe("1970-01-01T00:00:02Z")
})

test("hooks of the workflow hang below the entry node; the exit handler follows them, the end follows all", async () => {
  const { status, find } = await run(
    [leaf("m"), told],
    {
      hooks: {
        running: { expression: 'workflow.status == "Running"', template: "told" },
        failed: { expression: 'workflow.status == "Failed"', ...tell("{{workflow.status}}") },
        exit: tell("{{workflow.status}}"),
      },
    },
    [
      { node: "wf", phase: "Failed", duration: "10s" },
      { node: "*.failed", duration: "1m", phase: "Error" },
    ],
  )
  expect(status).toMatchObject({ phase: "Failed", finishedAt: "1970-01-01T00:01:11Z" })
  expect(find("wf")?.children).toEqual([find("wf.hooks.running")?.id, find("wf.hooks.failed")?.id])
  expect(find("wf.hooks.running")).toMatchObject({
    startedAt: "1970-01-01T00:00:00Z",
    displayName: "wf.hooks.running",
  })
  expect(find("wf.hooks.running")).not.toHaveProperty("boundaryID")
  expect(find("wf.hooks.failed")?.inputs?.parameters?.[0]?.value).toBe("Failed")
  expect(find("wf.onExit")?.startedAt).toBe("1970-01-01T00:01:10Z")
})

test("the exit hook of a step that failed early runs: what the step never wrote stays as it is written", async () => {
  const exit = tell("got {{steps.a.outputs.parameters.p}}")
  const { find } = await run(
    [
      { name: "m", steps: [[{ name: "a", template: "makes", hooks: { exit } }]] },
      leaf("makes", { outputs: { parameters: [{ name: "p", valueFrom: { path: "/tmp/p" } }] } }),
      told,
    ],
    {},
    [{ node: "wf[0].a", phase: "Failed" }],
  )
  expect(find("wf[0].a.onExit")).toMatchObject({
    type: "Pod",
    phase: "Succeeded",
    inputs: { parameters: [{ name: "was", value: "got {{steps.a.outputs.parameters.p}}" }] },
  })
})

describe("a hook's expression that cannot be told", () => {
  const odd = (root: "steps" | "tasks") => ({
    name: "a",
    template: "leaf",
    hooks: { odd: { expression: `${root}.a.nope.more > 1`, template: "told" } },
  })
  const more = [leaf("leaf"), told]

  test("makes its task an error at the end", async () => {
    const { find } = await run([{ name: "m", dag: { tasks: [odd("tasks")] } }, ...more])
    expect(find("wf.a")?.phase).toBe("Error")
    expect(find("wf")?.phase).toBe("Error")
  })

  test("makes the group of its step one: the step stands, and nothing follows", async () => {
    const { find } = await run([
      { name: "m", steps: [[odd("steps")], [{ name: "b", template: "leaf" }]] },
      ...more,
    ])
    expect(find("wf[0].a")?.phase).toBe("Succeeded")
    expect(find("wf[0]")).toMatchObject({ phase: "Error", message: "cannot fetch more from <nil>" })
    expect(find("wf")).toMatchObject({ phase: "Failed", message: "cannot fetch more from <nil>" })
    expect(find("wf[1]")).toBe(undefined)
  })
})

test("a hook of a step that cannot begin makes its group an error; one of a task is let be", async () => {
  const a = { name: "a", template: "leaf", hooks: { exit: { template: "needy" } } }
  const needy = leaf("needy", {
    inputs: {
      parameters: [{ name: "x", valueFrom: { configMapKeyRef: { name: "no", key: "x" } } }],
    },
  })
  const b = { name: "b", template: "leaf" }
  const steps = await run([{ name: "m", steps: [[a], [b]] }, leaf("leaf"), needy])
  expect(steps.phases).toMatchObject({ wf: "Failed", "wf[0]": "Error", "wf[0].a": "Succeeded" })
  expect(steps.find("wf[1]")).toBe(undefined)
  const tasks = await run([
    { name: "m", dag: { tasks: [a, { ...b, depends: "a" }] } },
    leaf("leaf"),
    needy,
  ])
  expect(tasks.phases).toMatchObject({
    wf: "Succeeded",
    "wf.a.onExit": "Error",
    "wf.b": "Succeeded",
  })
})

test("a step that was skipped has no hooks; a task that was has", async () => {
  const a = {
    name: "a",
    template: "leaf",
    when: "1 == 2",
    hooks: { always: { expression: "true", template: "leaf" } },
  }
  const steps = await run([{ name: "m", steps: [[a]] }, leaf("leaf")])
  expect(Object.keys(steps.phases)).toEqual(["wf", "wf[0]", "wf[0].a"])
  const tasks = await run([{ name: "m", dag: { tasks: [a] } }, leaf("leaf")])
  expect(tasks.phases["wf.a.hooks.always"]).toBe("Succeeded")
})

describe("the hooks of a step see how those before it in its group stand", () => {
  const group = (hooks: WorkflowStep["hooks"]) => [
    { name: "first", template: "leaf" },
    { name: "second", template: "slow", hooks: hooks ?? {} },
  ]
  const more = [leaf("leaf"), leaf("slow"), told]
  const slow = [{ template: "slow", duration: "1m" }]

  test("an expression may wait for one of them", async () => {
    const hooks = { after: { expression: 'steps.first.status == "Succeeded"', template: "leaf" } }
    const { find } = await run([{ name: "m", steps: [group(hooks)] }, ...more], {}, slow)
    const hook = find("wf[0].second.hooks.after")
    expect(hook?.startedAt).toBe(find("wf[0].first")?.finishedAt)
  })

  test("an argument may tell of one, but of none that comes later", async () => {
    const hooks = {
      exit: {
        template: "told",
        arguments: { parameters: [{ name: "was", value: "{{steps.first.status}}" }] },
      },
    }
    const { find } = await run([{ name: "m", steps: [group(hooks)] }, ...more], {}, slow)
    expect(find("wf[0].second.onExit")?.inputs?.parameters?.[0]?.value).toBe("Succeeded")
    const reversed = await run(
      [{ name: "m", steps: [group(hooks).toReversed()] }, ...more],
      {},
      slow,
    )
    expect(reversed.find("wf[0].second.onExit")?.inputs?.parameters?.[0]?.value).toBe(
      "{{steps.first.status}}",
    )
  })
})

test("a hook whose time comes while the workflow is suspended starts when it goes on, though others still run", () => {
  const manifest: Workflow = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: {
      entrypoint: "main",
      templates: [
        { name: "main", steps: [[{ name: "one", template: "leaf" }]] },
        leaf("leaf"),
        told,
      ],
      hooks: {
        ran: { expression: 'workflow.status == "Running"', template: "told" },
        fell: { expression: 'workflow.status == "Failed"', template: "told" },
      },
    },
  }
  const open = openWorkflow(manifest, { now: epochMs(0) })
  const named = (name: string): NodeStatus | undefined =>
    Object.values(open.status().nodes ?? {}).find((node) => node.name === name)
  const end = (name: string, phase: "Succeeded" | "Failed"): void => {
    open.handle({ type: "Finished", node: named(name)?.id ?? "", outcome: { phase } }, epochMs(1))
  }
  open.handle({ type: "Suspend", isSuspended: true }, epochMs(1))
  end("wf[0].one", "Failed")
  expect(named("wf.hooks.ran")).toMatchObject({ phase: "Pending" })
  expect(named("wf.hooks.fell")).toBeUndefined()
  open.handle({ type: "Suspend", isSuspended: false }, epochMs(1))
  expect(named("wf.hooks.fell")).toMatchObject({ phase: "Pending" })
  end("wf.hooks.ran", "Succeeded")
  expect(open.isDone()).toBe(false)
  end("wf.hooks.fell", "Succeeded")
  expect(open.status()).toMatchObject({ phase: "Failed" })
})

test("a hook that runs while its step is told to end goes on after reopening", () => {
  const manifest: Workflow = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: {
      entrypoint: "main",
      templates: [
        {
          name: "main",
          steps: [
            [
              {
                name: "one",
                template: "late",
                hooks: {
                  ran: { expression: 'steps["one"].status == "Running"', template: "told" },
                },
              },
            ],
          ],
        },
        leaf("late", { activeDeadlineSeconds: 3 }),
        told,
      ],
    },
  }
  const open = openWorkflow(manifest, { now: epochMs(0) })
  const one = Object.values(open.status().nodes ?? {}).find(({ name }) => name === "wf[0].one")
  open.handle({ type: "Started", node: one?.id ?? "" }, epochMs(0))
  open.handle({ type: "Tick" }, epochMs(3000))
  const status = open.status()
  const again = openWorkflow({ ...manifest, status }, { now: epochMs(3000) })
  expect(again.status()).toEqual(status)
  const pending = again.pending().map(({ type, key }) => `${type} ${key}`)
  expect(pending).toEqual(open.pending().map(({ type, key }) => `${type} ${key}`))
  expect(pending).toHaveLength(2)
})
