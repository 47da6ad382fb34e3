import { createClusterSim, type FaultOptions } from "@argo-ts/cluster-sim"
import { createRandomStreams, type Kind } from "@argo-ts/kernel"
import { createVirtualClock, sleep, type VirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { fc } from "@fast-check/vitest"
import { expect, test } from "vitest"
import {
  type Executor,
  type NodeStatus,
  type Workflow,
  type WorkflowSpec,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { workflowsWith } from "./arbitrary.js"
import { insistently, joinReplica, type Replica, storm } from "./replicas.js"
import { outcomeOf } from "./world.js"

/*
 * What becomes of generated workflows that three replicas share, in a storm, with leases that expire under their owners and owners that die, is
 * what becomes of them where one replica runs them in peace: node by node, but for instants. Left out is what asks for the
 * order in which things end: deadlines, failFast, limits, people, caches, and hooks that look at whether something runs.
 */

const drawn = workflowsWith({
  parallelism: undefined,
  limits: false,
  failFast: false,
  deadlines: false,
  waits: false,
  memo: false,
})

/** Five workflows that share their locks. */
function manifestsOf(seed: number): readonly Workflow[] {
  return fc.sample(drawn, { seed, numRuns: 5 }).map((workflow, index) => {
    const told = JSON.stringify(workflow.spec).replaceAll('"Running\\"', '"Failed\\"')
    const metadata = { ...workflow.metadata, name: `wf-${index}`, namespace: "default" }
    return { ...workflow, metadata, spec: JSON.parse(told) as WorkflowSpec }
  })
}

/** Steps take a while, and end as their names say; none runs twice at once. */
function createWork(clock: VirtualClock, seed: number) {
  const running = new Map<string, Replica>()
  const violations: string[] = []
  let count = 0
  const executorOf = (replica: Replica): Executor => ({
    accepts: () => true,
    async start(task, world) {
      const other = running.get(task.key)
      if (other?.isDead === false) {
        violations.push(`${task.nodeName} on ${other.name} and ${replica.name}`)
      }
      running.set(task.key, replica)
      world.started(task)
      await sleep(clock, 1000 + (task.nodeName.length % 7) * 500, `${replica.name}/${count++}`)
      if (replica.isDead) return new Promise(() => undefined)
      running.delete(task.key)
      return outcomeOf(task.nodeName, seed)
    },
    stop: (key) => void running.delete(key),
  })
  return { executorOf, violations }
}

async function runAll(seed: number, names: readonly string[], faults?: FaultOptions) {
  const clock = createVirtualClock()
  const kinds = { kinds: workflowKinds }
  const { cluster } = createClusterSim({
    clock,
    seed,
    ...kinds,
    ...(faults === undefined ? {} : { faults }),
  })
  const { executorOf, violations } = createWork(clock, seed)
  const join = (name: string): Replica => joinReplica(name, { clock, cluster, executorOf })
  const replicas = names.map(join)
  await clock.advance(20_000)
  await insistently(clock, async () => {
    await cluster.create(
      builtInKind("v1", "ConfigMap") as Kind,
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: "default", name: "limits" },
        data: { few: "2" },
      } as never,
    )
  })
  for (const manifest of manifestsOf(seed)) {
    await insistently(clock, async () => void (await cluster.create(workflows, manifest)))
  }
  if (faults !== undefined) await troubleSome(clock, { replicas, join, seed })
  await clock.advance(1_200_000)
  const { items } = await cluster.list(workflows)
  return { shapes: items.map(shapeOf), violations }
}

interface Crew {
  readonly replicas: Replica[]
  readonly join: (name: string) => Replica
  readonly seed: number
}

/** One after the other dies and is replaced, or stalls for longer than its lease lasts: what it had sent arrives afterwards. */
async function troubleSome(clock: VirtualClock, { replicas, join, seed }: Crew): Promise<void> {
  const random = createRandomStreams(seed).stream("troubles")
  for (let round = 0; round < 5; round++) {
    await clock.advance(2000 + random.integer(12_000))
    const index = random.integer(replicas.length)
    const replica = replicas[index] as Replica
    if (random.integer(3) === 0) {
      replica.isDead = true
      replicas[index] = join(`r${round}`)
    } else replica.stalledUntil = clock.now() + 20_000 + random.integer(30_000)
  }
}

/** What does not depend on when things happened. */
function shapeOf({ metadata, status }: Workflow): unknown {
  const nodes = Object.values(status?.nodes ?? {}).map((node) => [node.id, nodeShapeOf(node)])
  const { phase, message, outputs, synchronization } = status ?? {}
  return [
    metadata.name,
    { phase, message, outputs, synchronization },
    new Map(nodes as [string, unknown][]),
  ]
}

function nodeShapeOf(node: NodeStatus): unknown {
  return {
    name: node.name,
    type: node.type,
    phase: node.phase,
    message: node.message,
    boundary: node.boundaryID,
    children: node.children?.toSorted(),
    outbound: node.outboundNodes?.toSorted(),
    outputs: node.outputs,
  }
}

/** `STORM_SEEDS=200` for many more. */
const seeds = Array.from({ length: Number(process.env["STORM_SEEDS"] ?? 7) }, (_, at) => at + 305)

test.each(seeds)(
  "a storm changes when things happen, not what becomes of them (seed %i)",
  async (seed) => {
    const peace = await runAll(seed, ["a"])
    const rough = await runAll(seed, ["a", "b", "c"], storm)
    expect(rough.violations).toEqual([])
    expect(rough.shapes).toEqual(peace.shapes)
  },
)
