import { createClusterSim, type FaultOptions } from "@argo-ts/cluster-sim"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import {
  type CronWorkflow,
  cronWorkflows,
  simulateExecutor,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { insistently, joinReplica, type Replica, storm, stormSeeds, trouble } from "./replicas.js"

const policies = ["Allow", "Forbid", "Replace"] as const

/** Runs every minute; some take longer than that. */
function cronOf(policy: (typeof policies)[number]): CronWorkflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "CronWorkflow",
    metadata: { namespace: "default", name: policy.toLowerCase() },
    spec: {
      schedules: ["* * * * *"],
      concurrencyPolicy: policy,
      startingDeadlineSeconds: 600,
      successfulJobsHistoryLimit: 100,
      failedJobsHistoryLimit: 100,
      workflowSpec: {
        entrypoint: "main",
        templates: [{ name: "main", container: { image: "work" } }],
      },
    },
  }
}

async function runAll(seed: number, names: readonly string[], faults?: FaultOptions) {
  const clock = createVirtualClock(epochMs(Date.parse("2026-01-01T00:00:30Z")))
  const { cluster } = createClusterSim({
    clock,
    seed,
    kinds: workflowKinds,
    ...(faults && { faults }),
  })
  const executorOf = () => simulateExecutor([{ duration: "70s" }])
  const join = (name: string): Replica =>
    joinReplica(name, { clock, cluster, executorOf, isCron: true })
  const replicas = names.map(join)
  await clock.advance(20_000)
  for (const policy of policies) {
    await insistently(clock, async () => void (await cluster.create(cronWorkflows, cronOf(policy))))
  }
  if (faults !== undefined)
    await trouble(clock, { replicas, join, seed, everyMs: [10_000, 40_000], rounds: 8 })
  await clock.advance(600_000)
  for (const policy of policies) {
    const key = { namespace: "default", name: policy.toLowerCase() }
    const patch = { spec: { suspend: true } }
    await insistently(
      clock,
      async () => void (await cluster.patch(cronWorkflows, key, { type: "merge", patch })),
    )
  }
  await clock.advance(600_000)
  const [crons, runs] = [await cluster.list(cronWorkflows), await cluster.list(workflows)]
  return crons.items.map(({ metadata, status }) => ({
    name: metadata.name,
    status,
    runs: runs.items.filter((run) => run.metadata.name?.startsWith(`${metadata.name}-`)),
  }))
}

test.each(stormSeeds(1))(
  "in a storm every run of a schedule is counted once (seed %i)",
  async (seed) => {
    for (const { name, status, runs } of await runAll(seed, ["a", "b", "c"], storm)) {
      const ends = (phase: string): number =>
        runs.filter((run) => run.status?.phase === phase).length
      const said = {
        active: status?.active,
        succeeded: status?.succeeded ?? 0,
        failed: status?.failed ?? 0,
      }
      expect([name, said]).toEqual([
        name,
        { active: [], succeeded: ends("Succeeded"), failed: ends("Failed") + ends("Error") },
      ])
      expect(runs.length).toBeGreaterThan(5)
      expect(runs.length).toBe(said.succeeded + said.failed)
    }
  },
)
