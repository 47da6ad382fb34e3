import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  nodeId,
  openWorkflow,
  type Template,
  type Workflow,
  type WorkflowEvent,
  type WorkflowSpec,
} from "../src/index.js"
import { workflowFixture } from "../src/testing/index.js"

const now = epochMs(0)
const fixture = workflowFixture({ a: [], b: [], c: [] })
const tasks = [
  { name: "a", template: "a" },
  { name: "b", template: "b" },
  { name: "c", template: "c", depends: "a.Failed && b" },
  { name: "d", template: "c", depends: "b && a" },
]
const templates = [{ name: "main", dag: { tasks } }, ...(fixture.spec.templates ?? []).slice(1)]
const workflow = { ...fixture, spec: { ...fixture.spec, templates } }

test("tells the condition that is waited for, and the one that did not hold", () => {
  const open = openWorkflow(workflow, { now })
  const id = (task: string): string => nodeId("workflow", `workflow.${task}`)
  expect(open.explain(now)).toEqual(
    expect.arrayContaining(["c is waiting for a, b (a.Failed && b)", "d is waiting for b, a"]),
  )
  open.handle({ type: "Finished", node: id("a"), outcome: { phase: "Succeeded" } }, now)
  expect(open.explain(now)).toContain("c is waiting for b (a.Failed && b)")
  open.handle({ type: "Finished", node: id("b"), outcome: { phase: "Succeeded" } }, now)
  expect(open.explainNode(id("c"), now)).toBe(
    "c was omitted: a.Failed && b does not hold: a is Succeeded, b is Succeeded",
  )
})

const leaf = (name: string, more: Partial<Template> = {}): Template => ({
  name,
  container: { image: "alpine" },
  ...more,
})
const dag = (...units: readonly object[]): Partial<Template> => ({
  dag: { tasks: units.map((unit) => ({ template: "leaf", ...unit })) } as Template["dag"] & object,
})
const wf = (
  main: Partial<Template>,
  spec: Partial<WorkflowSpec> = {},
  ...more: readonly Template[]
): Workflow => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { name: "wf" },
  spec: { entrypoint: "m", templates: [{ name: "m", ...main }, leaf("leaf"), ...more], ...spec },
})
const node = (name: string): string => nodeId("wf", name)
const ended = (name: string, phase: "Succeeded" | "Failed" | "Error", message = "no") =>
  ({ type: "Finished", node: node(name), outcome: { phase, message } }) as const
const two = dag({ name: "a" }, { name: "b" })
const chain = dag({ name: "a" }, { name: "b", depends: "a" })
const gate: Partial<Template> = { suspend: { duration: "90" } }
const patient = leaf("m", { retryStrategy: { limit: 5, backoff: { duration: "1m" } } })
const mutex = leaf("m", { synchronization: { mutexes: [{ name: "x" }] } })
const lock = "default/Mutex/x"
const waiting = { type: "Queued", node: "wf", lock, message: "", position: 2 } as const
const pending = "is waiting to be started"

/** What is waited for at `at`, after these events. */
const sentences: readonly (readonly [
  string,
  Workflow,
  readonly WorkflowEvent[],
  number,
  readonly string[],
])[] = [
  ["a dependency", wf(chain), [], 0, ["b is waiting for a", `a ${pending}`]],
  [
    "a dependency that failed",
    wf(dag({ name: "a" }, { name: "b" }, { name: "c", depends: "a && b" })),
    [ended("wf.a", "Failed")],
    0,
    ["c is waiting for a (Failed), b", `b ${pending}`],
  ],
  ["a pod", wf(dag({ name: "a" })), [{ type: "Started", node: node("wf.a") }], 0, ["a is running"]],
  [
    "a slot of the template",
    wf({ ...two, parallelism: 1 }),
    [],
    0,
    ["b is held back by the template's parallelism of 1", `a ${pending}`],
  ],
  [
    "a slot of the workflow",
    wf(two, { parallelism: 1 }),
    [],
    0,
    ["b is held back by the workflow's parallelism of 1", `a ${pending}`],
  ],
  [
    "the workflow's suspension",
    wf(chain),
    [{ type: "Suspend", isSuspended: true }, ended("wf.a", "Succeeded")],
    0,
    [
      "wf is suspended: nothing new starts until it is resumed",
      "b is held back by the workflow's suspension",
    ],
  ],
  ["a person", wf({ suspend: {} }), [], 0, ["wf is suspended until somebody resumes it"]],
  ["a duration", wf(gate), [], 60_000, ["wf is suspended for another 30 seconds"]],
  [
    "a back-off",
    wf(patient),
    [ended("wf(0)", "Failed")],
    20_000,
    ["waiting for wf: retry 1 of 5 in 40 seconds"],
  ],
  ["a lock", wf(mutex), [], 0, ["wf is waiting for its locks"]],
  [
    "a lock, in line",
    wf(mutex),
    [waiting],
    0,
    ["wf is waiting for the lock default/Mutex/x (place 2 in line)"],
  ],
  [
    "the end of a pod",
    wf(dag({ name: "a" })),
    [{ type: "Shutdown", strategy: "Stop" }],
    0,
    ["a was told to end (workflow shutdown with strategy:  Stop); waiting for its end"],
  ],
  ["nothing more", wf(dag({ name: "a" })), [ended("wf.a", "Failed")], 0, ["wf failed"]],
]

describe("waits for", () => {
  test.each(sentences)("%s", (_what, manifest, events, ...[at, expected]) => {
    const open = openWorkflow(manifest, { now })
    for (const event of events) open.handle(event, now)
    expect(open.explain(epochMs(at))).toEqual(expected)
  })
})

describe("a node", () => {
  const daemon = wf(
    { steps: [[{ name: "d", template: "d" }], [{ name: "x", template: "leaf" }]] },
    {},
    leaf("d", { daemon: true }),
  )
  const ready = { type: "Ready", node: node("wf[0].d"), podIP: "10.0.0.1" } as const
  test.each<readonly [string, Workflow, readonly WorkflowEvent[], string, string]>([
    ["that others are in", wf(chain), [], "wf", "wf is running: waiting for a; b is waiting for a"],
    ["that failed", wf(two), [ended("wf.a", "Failed")], node("wf.a"), "a failed: no"],
    ["that erred", wf(two), [ended("wf.a", "Error")], node("wf.a"), "a ended in error: no"],
    [
      "that was skipped",
      wf(dag({ name: "a", when: "1 == 2" }, { name: "b" })),
      [],
      node("wf.a"),
      "a was skipped: when '1 == 2' evaluated false",
    ],
    ["that serves others", daemon, [ready], node("wf[0].d"), "d is a daemon, and ready"],
    ["that is none", wf(two), [], "nope", "no node has the id nope"],
  ])("%s", (_what, manifest, events, ...[id, expected]) => {
    const open = openWorkflow(manifest, { now })
    for (const event of events) open.handle(event, now)
    expect(open.explainNode(id, now)).toBe(expected)
  })
})
