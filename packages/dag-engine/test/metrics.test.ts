import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager, createMetricsRegistry } from "@argo-ts/k8s"
import { silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  type Measurement,
  openRun,
  type PrometheusMetric,
  parseWorkflow,
  simulateExecutor,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { customMetrics, workflowControllers } from "../src/kubernetes/index.js"

function workflow(
  ofTemplate: readonly PrometheusMetric[],
  ofWorkflow: readonly PrometheusMetric[] = [],
  more: Partial<Workflow["spec"]> = {},
): Workflow {
  const container = { image: "alpine", command: ["true"] }
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "demo", namespace: "team", labels: { own: "yes" } },
    spec: {
      entrypoint: "main",
      arguments: { parameters: [{ name: "env", value: "prod" }] },
      metrics: { prometheus: ofWorkflow },
      templates: [
        { name: "main", steps: [[{ name: "work", template: "work" }]] },
        {
          name: "work",
          metrics: { prometheus: ofTemplate },
          outputs: { parameters: [{ name: "rows", valueFrom: { path: "/rows" } }] },
          retryStrategy: { limit: 2 },
          container,
        },
      ],
      ...more,
    },
  }
}

async function play(manifest: Workflow) {
  const clock = createVirtualClock()
  const told: Measurement[] = []
  const rules = [
    { attempt: 0, phase: "Failed", duration: "2s" },
    { parameters: { rows: 12 }, duration: "3s" },
  ] as const
  const run = await openRun(manifest, {
    clock,
    executors: [simulateExecutor(rules)],
    metrics: { record: (measurement) => told.push(measurement) },
  })
  await clock.advance(60_000)
  return { told, ran: await run.done }
}

const help = "what it counts"

test("a node and the workflow tell what they came to, once; attempts tell nothing", async () => {
  const { told } = await play(
    workflow(
      [
        {
          name: "runs",
          help,
          labels: [
            { key: "status", value: "{{status}}" },
            { key: "env", value: "{{workflow.parameters.env}}" },
          ],
          counter: { value: "1" },
        },
        { name: "rows", help, gauge: { value: "{{outputs.parameters.rows}}", operation: "Add" } },
        { name: "tries", help, histogram: { value: "{{retries}}", buckets: [0, 1, 2] } },
        { name: "failures", help, when: "{{status}} == Failed", counter: { value: "1" } },
      ],
      [
        {
          name: "took",
          help,
          labels: [{ key: "phase", value: "{{workflow.status}}" }],
          gauge: { value: "{{workflow.duration}}" },
        },
      ],
    ),
  )
  expect(told).toEqual([
    { name: "runs", help, kind: "counter", value: 1, labels: { status: "Succeeded", env: "prod" } },
    { name: "rows", help, kind: "gauge", value: 12, operation: "Add", labels: {} },
    { name: "tries", help, kind: "histogram", value: 1, buckets: [0, 1, 2], labels: {} },
    {
      name: "took",
      help,
      kind: "gauge",
      value: 5,
      operation: "Set",
      labels: { phase: "Succeeded" },
    },
  ])
})

test("a realtime gauge grows from the start, and stands at the end", async () => {
  const gauge = { realtime: true, value: "{{duration}}" }
  const { told } = await play(workflow([{ name: "age", help, gauge }]))
  expect(told).toEqual([
    { name: "age", help, kind: "growing", since: 0, labels: {} },
    { name: "age", help, kind: "gauge", value: 5, operation: "Set", labels: {} },
  ])
})

test.each([
  ["no number", { counter: { value: "{{outputs.result}}x" } }, "its value is no number"],
  ["a counter that shrinks", { counter: { value: "-1" } }, "a counter cannot take -1"],
  ["a bad condition", { when: "a b", counter: { value: "1" } }, "metric 'm': "],
])("%s is a condition of the workflow, and stops nothing", async (_name, more, message) => {
  const { told, ran } = await play(workflow([{ name: "m", help, ...more }]))
  expect(told).toEqual([])
  expect(ran.status?.phase).toBe("Succeeded")
  expect(ran.status?.conditions).toContainEqual({
    type: "MetricsError",
    status: "True",
    message: expect.stringContaining(message),
  })
})

test("a controller prints them under upstream's names", async () => {
  const clock = createVirtualClock()
  const registry = createMetricsRegistry()
  const sim = createClusterSim({ clock, namespaces: ["team"], kinds: workflowKinds })
  const metrics = customMetrics({ registry, clock, logger: silentLogger })
  const controllers = workflowControllers({
    executors: [simulateExecutor([{ duration: "30s", parameters: { rows: 3 } }])],
    metrics,
  })
  const manager = createManager({ cluster: sim.cluster, clock, logger: silentLogger })
    .add(...controllers)
    .start()
  const age = { name: "age", help, gauge: { realtime: true, value: "{{duration}}" } }
  const runs = { name: "runs", help, labels: [{ key: "a", value: "b" }], counter: { value: "2" } }
  const sizes = { name: "sizes", help, histogram: { value: "3", buckets: [1, 5] } }
  await sim.cluster.create(workflows, workflow([age, runs, sizes]))
  await clock.advance(10_000)
  expect(registry.print()).toContain("argo_workflows_age 10")
  await clock.advance(60_000)
  const text = registry.print()
  expect(text).toContain("argo_workflows_age 30")
  expect(text).toContain('argo_workflows_runs{a="b"} 2')
  expect(text).toContain('argo_workflows_sizes_bucket{le="5"} 1')
  // Another shape under the same name: it is not told, and nothing stops.
  metrics.record({ name: "runs", help, kind: "counter", value: 1, labels: { other: "x" } })
  expect(registry.print()).toContain('argo_workflows_runs{a="b"} 2')
  controllers.close()
  await manager.stop()
  await sim.close()
})

const labelsFrom = (expression: string): Partial<Workflow["spec"]> => ({
  workflowMetadata: { labels: { fixed: "x", own: "taken" }, labelsFrom: { env: { expression } } },
})

test("labels from expressions are on the workflow, and known as its own", async () => {
  const manifest = workflow(
    [
      {
        name: "m",
        help,
        labels: [{ key: "e", value: "{{workflow.labels.env}}" }],
        counter: { value: "1" },
      },
    ],
    [],
    labelsFrom('workflow.parameters.env + "-" + workflow.labels.fixed'),
  )
  expect(parseWorkflow(manifest)).toMatchObject({ ok: true })
  const { told, ran } = await play(manifest)
  expect(ran.metadata.labels).toEqual({ own: "taken", fixed: "x", env: "prod-x" })
  expect(told[0]?.labels).toEqual({ e: "prod-x" })
})

test.each([
  ["workflow.parameters.none", "workflowMetadata.labelsFrom.env"],
  ["1 + 1", "its value is no label: 2"],
  ['"two words"', "its value is no label"],
])(
  "a label that cannot be had (%s) ends the workflow before anything runs",
  async (source, message) => {
    const { ran } = await play(workflow([], [], labelsFrom(source)))
    expect(ran.status).toMatchObject({ phase: "Error", message: expect.stringContaining(message) })
    expect(ran.status?.nodes).toEqual({})
  },
)
