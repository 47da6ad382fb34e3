import type { Cluster } from "@argo-ts/k8s"
import { createRandomStreams, formatInstant } from "@argo-ts/kernel"
import { sleep, type VirtualClock } from "@argo-ts/kernel/clock"
import { describe, expect, test } from "vitest"
import { type NodeStatus, type Workflow, workflows } from "../src/index.js"
import type { Features } from "./arbitrary.js"
import { storm, stormSeeds } from "./replicas.js"
import { functions, pods, runWorld } from "./storms.js"
import { shapeOf } from "./world.js"

/*
 * What becomes of generated workflows that three replicas share, in a storm, with leases that expire under their owners and owners that die, is
 * what becomes of them where one replica runs them in peace: node by node, but for instants. Left out is what asks for the
 * order in which things end: deadlines, failFast, limits, caches, and hooks that look at whether something runs.
 */

const settled: Partial<Features> = {
  parallelism: undefined,
  limits: false,
  failFast: false,
  deadlines: false,
  memo: false,
}

/**
 * Somebody who looks in now and then: halts a workflow for a while, and resumes what waits for people, as `argo resume` does. The
 * node's end is written into the object that was read, if nobody has written since.
 */
async function attend(clock: VirtualClock, cluster: Cluster, seed: number): Promise<void> {
  const random = createRandomStreams(seed).stream("person")
  const until = clock.now() + 1_000_000
  for (let visit = 0; clock.now() < until; visit++) {
    await sleep(clock, 3000, `person/${visit}`)
    const found = await cluster.list(workflows).catch(() => undefined)
    for (const workflow of found?.items ?? []) {
      const { name, namespace = "", resourceVersion } = workflow.metadata
      const isHalted = workflow.spec.suspend === true
      const asking = Object.values(workflow.status?.nodes ?? {}).filter(isAsking)
      const mayHalt = clock.now() < until / 2 && random.integer(12) === 0
      if (!isHalted && !mayHalt && asking.length === 0) continue
      const nodes = asking.map((node) => [node.id, resumed(node, clock)])
      const patch = {
        metadata: { resourceVersion },
        spec: { suspend: isHalted ? null : mayHalt },
        status: { nodes: Object.fromEntries(nodes) },
      }
      // Whatever goes wrong, there is a next visit.
      await cluster
        .patch(workflows, { namespace, name }, { type: "merge", patch })
        .catch(() => undefined)
    }
  }
}

function isAsking({ type, phase, templateName }: NodeStatus): boolean {
  return type === "Suspend" && phase === "Running" && templateName === "asked"
}

function resumed({ name }: NodeStatus, clock: VirtualClock) {
  const parameters = [{ name: "said", value: `yes to ${name}` }]
  return { phase: "Succeeded", finishedAt: formatInstant(clock.now()), outputs: { parameters } }
}

/** What does not depend on when things happened. */
function workflowShape({ metadata, status }: Workflow): unknown {
  const nodes = Object.values(status?.nodes ?? {}).map((node) => [node.id, shapeOf(node)])
  const { phase, message, outputs, synchronization } = status ?? {}
  return [
    metadata.name,
    { phase, message, outputs, synchronization },
    new Map(nodes as [string, unknown][]),
  ]
}

describe.each([
  ["functions", functions],
  ["pods", pods],
])("with steps that run as %s", (_how, work) => {
  test.each(stormSeeds(305))(
    "a storm changes when things happen, not what becomes of them (seed %i)",
    async (seed) => {
      const common = { work, features: settled, people: attend }
      const peace = await runWorld(seed, { ...common, replicas: ["a"] })
      const rough = await runWorld(seed, { ...common, replicas: ["a", "b", "c"], faults: storm })
      expect(peace.items.filter(({ status }) => status?.finishedAt === undefined)).toEqual([])
      expect(rough.violations).toEqual([])
      expect(rough.items.map(workflowShape)).toEqual(peace.items.map(workflowShape))
    },
  )
})
