import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager, type Ownership } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import { type CronWorkflow, cronWorkflows, workflowKinds, workflows } from "../src/index.js"
import { cronWorkflowControllers } from "../src/kubernetes/index.js"

const cron: CronWorkflow = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "CronWorkflow",
  metadata: { namespace: "default", name: "tick" },
  spec: {
    schedules: ["* * * * *"],
    workflowSpec: {
      entrypoint: "main",
      templates: [{ name: "main", container: { image: "x" } }],
    },
  },
}

/** One that is said what it owns. */
function createOwnership() {
  let isOwned = true
  const listeners = new Set<() => void>()
  const ownership: Ownership = {
    owns: () => isOwned,
    fence: () => 1,
    run: async (_key, work) =>
      isOwned
        ? work({ signal: new AbortController().signal, check: () => undefined, fence: 1 })
        : undefined,
    on(_event, listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const own = (now: boolean): void => {
    isOwned = now
    for (const listener of listeners) listener()
  }
  return { ownership, own }
}

test("what another replica passed over is not served late by one that has the schedule again", async () => {
  const clock = createVirtualClock(epochMs(Date.parse("2026-01-01T00:00:30Z")))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const { ownership, own } = createOwnership()
  createManager({ cluster, clock, logger: silentLogger, ownership })
    .add(...cronWorkflowControllers({ ownership }))
    .start()
  await cluster.create(cronWorkflows, cron)
  await clock.advance(60_000)
  own(false)
  await clock.advance(60_000)
  own(true)
  await clock.advance(60_000)
  const { items } = await cluster.list(workflows)
  const instants = items.map(
    ({ metadata }) => metadata.annotations?.["workflows.argoproj.io/scheduled-time"],
  )
  expect(instants).toEqual(["2026-01-01T00:01:00Z", "2026-01-01T00:03:00Z"])
})
