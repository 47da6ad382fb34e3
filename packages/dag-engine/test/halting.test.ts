import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  type OpenWorkflow,
  openWorkflow,
  type Template,
  type Workflow,
  type WorkflowEvent,
} from "../src/index.js"
import { configMapLimits } from "../src/kubernetes/config-maps.js"
import { workflowFixture } from "../src/testing/index.js"

const leaf = (name: string, more: Partial<Template> = {}): Template => ({
  name,
  container: { image: "alpine" },
  ...more,
})
const retried = { retryStrategy: { limit: 3, backoff: { duration: "10" } } }
const failFastMessage = "template has failed or errored children and failFast enabled"

function open(templates: readonly Template[], spec: Partial<Workflow["spec"]> = {}): OpenWorkflow {
  return openWorkflow(workflowFixture({}, { templates, ...spec }), { now: epochMs(0) })
}

function idOf(opened: OpenWorkflow, name: string): string {
  const node = Object.values(opened.status().nodes ?? {}).find((each) => each.name.endsWith(name))
  return node?.id ?? name
}

function end(opened: OpenWorkflow, name: string, phase: "Succeeded" | "Failed", at: number): void {
  opened.handle({ type: "Finished", node: idOf(opened, name), outcome: { phase } }, epochMs(at))
}

function phaseOf(opened: OpenWorkflow, name: string): string | undefined {
  return opened.node(idOf(opened, name))?.phase
}

/** Two tasks beside each other. */
const two = (template: string, other: string): Template => ({
  name: "main",
  failFast: true,
  dag: {
    tasks: [
      { name: "a", template },
      { name: "b", template: other },
    ],
  },
})

describe("a body that failFast has halted", () => {
  test("does not wait for attempts that it will not make", () => {
    const run = open([two("flaky", "bad"), leaf("flaky", retried), leaf("bad")])
    end(run, ".a(0)", "Failed", 1000)
    expect(phaseOf(run, ".a")).toBe("Failed")
    end(run, ".b", "Failed", 2000)
    expect(run.status()).toMatchObject({ phase: "Failed", message: failFastMessage })
  })

  test("lets run what runs, and makes no further attempt of it", () => {
    const run = open([
      { ...two("flaky", "body"), failFast: true },
      leaf("flaky", retried),
      { name: "body", steps: [[{ name: "x", template: "bad" }]] },
      leaf("bad"),
    ])
    end(run, ".x", "Failed", 1000)
    expect(phaseOf(run, ".a")).toBe("Running")
    end(run, ".a(0)", "Failed", 2000)
    expect(run.status()).toMatchObject({ phase: "Failed", message: failFastMessage })
  })

  test("ends one whose first attempt a limit holds back", () => {
    const run = open([two("bad", "flaky"), leaf("flaky", retried), leaf("bad")], { parallelism: 1 })
    end(run, ".a", "Failed", 1000)
    expect(run.status()).toMatchObject({ phase: "Failed", message: failFastMessage })
  })
})

test("stopping ends a Retry node whose next attempt a limit holds back", () => {
  const main = two("slow", "flaky")
  const run = open([{ ...main, failFast: false }, leaf("slow"), leaf("flaky", retried)], {
    parallelism: 1,
  })
  run.handle({ type: "Shutdown", strategy: "Stop" }, epochMs(1000))
  end(run, ".a", "Failed", 2000)
  expect(run.status()).toMatchObject({ phase: "Failed", message: "Stopped with strategy 'Stop'" })
})

describe("locks and limits", () => {
  const door = { synchronization: { mutexes: [{ name: "door" }] } }

  test("a pod that gets its lock late waits for room", () => {
    const main = { ...two("locked", "free"), failFast: false }
    const run = open([main, leaf("locked", door), leaf("free")], { parallelism: 1 })
    const a = idOf(run, ".a")
    run.handle({ type: "Queued", node: a, lock: "default/Mutex/door", message: "wait" }, epochMs(0))
    expect(phaseOf(run, ".b")).toBe("Pending")
    run.handle({ type: "Acquired", node: a }, epochMs(1000))
    const starts = (): readonly string[] =>
      run.pending().flatMap((action) => (action.type === "Start" ? [action.nodeName] : []))
    expect(starts()).toEqual(["workflow.b"])
    expect(run.explainNode(a, epochMs(1000))).toBe(
      "a has its locks, and is held back by the workflow's parallelism of 1",
    )
    end(run, ".b", "Succeeded", 2000)
    expect(starts()).toEqual(["workflow.a"])
    // It began when it could.
    expect(run.node(a)?.startedAt).toBe("1970-01-01T00:00:02Z")
  })

  test("nothing begins while the workflow is suspended, whoever gets a lock", () => {
    const run = open([two("locked", "locked"), leaf("locked", door)])
    run.handle({ type: "Suspend", isSuspended: true }, epochMs(0))
    run.handle({ type: "Acquired", node: idOf(run, ".a") }, epochMs(1000))
    expect(run.pending().map(({ type }) => type)).toEqual(["Acquire", "Acquire"])
    const { actions } = run.handle({ type: "Suspend", isSuspended: false }, epochMs(2000))
    expect(actions).toMatchObject([{ type: "Start", nodeName: "workflow.a" }])
  })

  test("who holds a lock and retries does not wait for the room of one that waits for the lock", () => {
    const main: Template = { ...two("flaky", "locked"), failFast: false, parallelism: 2 }
    const run = open([
      main,
      leaf("flaky", { ...door, retryStrategy: { limit: 2 } }),
      leaf("locked", door),
    ])
    run.handle({ type: "Acquired", node: idOf(run, ".a") }, epochMs(0))
    end(run, ".a(0)", "Failed", 1000)
    expect(phaseOf(run, ".a(1)")).toBe("Pending")
  })
})

test("a semaphore's limit that the watch has not brought yet is asked of the server", async () => {
  const object = { metadata: { name: "limits", namespace: "ns" }, data: { few: "3" } }
  const behind = {
    get: () => Promise.resolve(undefined),
    list: () => Promise.resolve({ items: [object] }),
  } as unknown as Parameters<typeof configMapLimits>[0]
  expect(await configMapLimits(behind)("ns/ConfigMap/limits/few")).toBe(3)
  expect(await configMapLimits(behind)("ns/ConfigMap/limits/other")).toBe(0)
})

test.each([
  ["Stop", ["main", "main.a", "main.a.onExit"]],
  ["Terminate", ["main", "main.a"]],
] as const)("%s and the exit hook of a step", (strategy, nodes) => {
  const hooks = { exit: { template: "bye" } }
  const main: Template = { name: "main", dag: { tasks: [{ name: "a", template: "work", hooks }] } }
  const run = open([main, leaf("work"), leaf("bye")])
  run.handle({ type: "Shutdown", strategy }, epochMs(1000))
  end(run, ".a", "Failed", 2000)
  const names = Object.values(run.status().nodes ?? {}).map(({ name }) =>
    name.replace(/^\w+/, "main"),
  )
  expect(names.toSorted()).toEqual(nodes)
})

test("what is told of nodes that nobody knows changes nothing", () => {
  const run = open([{ ...two("work", "work"), failFast: false }, leaf("work")])
  expect(run.opened.changes).not.toEqual([])
  const before = JSON.stringify(run.status())
  const node = "nobody"
  const events: readonly WorkflowEvent[] = [
    { type: "Started", node },
    { type: "Waiting", node, message: "no" },
    { type: "Progress", node, progress: "1/2" },
    { type: "Ready", node, podIP: "10.0.0.1" },
    { type: "Finished", node, outcome: { phase: "Failed" } },
    { type: "Resume", node },
    { type: "Set", node, phase: "Failed" },
    { type: "Acquired", node },
    { type: "Refused", node, message: "no" },
    { type: "Recalled", node },
    { type: "Remembered", node },
  ]
  for (const event of events) {
    const { changes, actions } = run.handle(event, epochMs(0))
    expect([changes, actions], event.type).toEqual([[], []])
  }
  expect(JSON.stringify(run.status())).toBe(before)
})
