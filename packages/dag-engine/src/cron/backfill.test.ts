import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import type { CronWorkflow } from "../api/cron-workflow.js"
import type { Workflow } from "../api/workflow.js"
import { simulateWorkflow } from "../testing/index.js"
import { type BackfillOptions, backfillRuns } from "./backfill.js"

const day = 86_400_000
const start = epochMs(Date.UTC(2026, 2, 1, 3))

function nightly(spec: Partial<CronWorkflow["spec"]> = {}): CronWorkflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "CronWorkflow",
    metadata: { name: "nightly", namespace: "default" },
    spec: {
      schedules: ["0 3 * * *"],
      suspend: true,
      workflowMetadata: { labels: { team: "a" } },
      workflowSpec: {
        entrypoint: "main",
        arguments: {
          parameters: [
            { name: "who", value: "moon" },
            { name: "cronScheduleTime", value: "unknown" },
          ],
        },
        templates: [
          {
            name: "main",
            container: {
              image: "alpine",
              args: ["{{workflow.scheduledTime}} {{workflow.parameters.cronScheduleTime}}"],
            },
          },
        ],
      },
      ...spec,
    },
  }
}

const of = (options: Partial<BackfillOptions>) => ({
  name: "March",
  start,
  end: epochMs(start + 3 * day),
  ...options,
})

function runsOf(cron: CronWorkflow, options: BackfillOptions): readonly Workflow[] {
  const runs = backfillRuns(cron, options)
  if (!runs.ok) throw new Error(JSON.stringify(runs.issues))
  return runs.value
}

test("a period has a run for each instant after its start, to its end, that knows which it stands for", async () => {
  const runs = runsOf(nightly(), of({}))
  const times = ["2026-03-02T03:00:00Z", "2026-03-03T03:00:00Z", "2026-03-04T03:00:00Z"]
  expect(runs.map(({ metadata }) => metadata)).toEqual(
    times.map((at) => ({
      name: `nightly-backfill-march-${Date.parse(at) / 1000}`,
      namespace: "default",
      labels: { team: "a", "workflows.argoproj.io/backfill": "nightly" },
      annotations: { "workflows.argoproj.io/scheduled-time": at },
    })),
  )
  expect(runs.map(({ spec }) => spec.arguments?.parameters)).toEqual(
    times.map((value) => [
      { name: "who", value: "moon" },
      { name: "cronScheduleTime", value },
    ]),
  )
  const { status } = await simulateWorkflow(runs[0])
  expect(status?.phase).toBe("Succeeded")
})

test("they take turns by a mutex, beside the locks they have, unless they may run at once", () => {
  const synchronization = { mutexes: [{ name: "own" }] }
  const { workflowSpec } = nightly().spec
  const cron = nightly({ workflowSpec: { ...workflowSpec, synchronization } })
  const [turn] = runsOf(cron, of({}))
  expect(turn?.spec).toMatchObject({
    priority: 2_147_483_647,
    synchronization: { mutexes: [{ name: "own" }, { name: "March" }] },
  })
  const [free] = runsOf(cron, of({ isParallel: true, argument: "at" }))
  expect(free?.spec).toMatchObject({ synchronization })
  expect(free?.spec.priority).toBeUndefined()
  expect(free?.spec.arguments?.parameters?.at(-1)).toEqual({
    name: "at",
    value: "2026-03-02T03:00:00Z",
  })
})

test("long names leave room for the instant", () => {
  const [run] = runsOf(nightly(), of({ name: "x".repeat(80) }))
  expect(run?.metadata.name).toHaveLength(63)
  expect(run?.metadata.name).toMatch(/-1772420400$/)
})

test("a period without instants has no runs; one that ends before it starts, or has too many, is refused", () => {
  expect(runsOf(nightly(), of({ end: start }))).toEqual([])
  expect(backfillRuns(nightly(), of({ end: epochMs(start - 1000) }))).toMatchObject({
    issues: [{ path: ["end"], message: "2026-03-01T02:59:59Z is before 2026-03-01T03:00:00Z" }],
  })
  expect(backfillRuns(nightly(), of({ maxRuns: 3 }))).toMatchObject({ ok: true })
  expect(backfillRuns(nightly(), of({ maxRuns: 2 }))).toMatchObject({
    issues: [{ path: ["end"], message: expect.stringContaining("more than 2 runs") }],
  })
  expect(backfillRuns(nightly({ schedules: ["x"] }), of({}))).toMatchObject({
    issues: [{ path: ["spec", "schedules", 0] }],
  })
})
