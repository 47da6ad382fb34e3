import { type ClusterSimOptions, createClusterSim, type FaultOptions } from "@argo-ts/cluster-sim"
import type { Cluster } from "@argo-ts/k8s"
import { createRandomStreams, formatInstant, type Kind } from "@argo-ts/kernel"
import { createVirtualClock, sleep, type VirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { fc } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import {
  type Executor,
  type NodeStatus,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { podExecutor } from "../src/kubernetes/index.js"
import { askingForEnds, type Features, workflowsWith } from "./arbitrary.js"
import { insistently, joinReplica, type Replica, type ReplicaOptions, storm } from "./replicas.js"
import { outcomeOf, shapeOf } from "./world.js"

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

/** Five workflows that share their locks; images say how pods of some templates end. */
function manifestsOf(seed: number, features: Partial<Features>): readonly Workflow[] {
  const drawn = fc.sample(workflowsWith({ ...settled, ...features }), { seed, numRuns: 5 })
  return drawn.map((workflow, index) => {
    const metadata = { ...workflow.metadata, name: `wf-${index}`, namespace: "default" }
    const { spec } = askingForEnds(workflow)
    const templates = spec.templates?.map((template, place) =>
      template.container !== undefined && (place * 7 + seed) % 4 === 0
        ? { ...template, container: { ...template.container, image: "bad" } }
        : template,
    )
    return { ...workflow, metadata, spec: { ...spec, templates: templates ?? [] } }
  })
}

/** How steps run in one of the worlds. */
interface Work {
  readonly features: Partial<Features>
  readonly pods?: ClusterSimOptions["pods"]
  open(
    clock: VirtualClock,
    seed: number,
  ): Pick<ReplicaOptions, "executorOf"> & { readonly violations: readonly string[] }
}

/** Steps take a while, and end as their names say; none runs twice at once. */
function openFunctions(clock: VirtualClock, seed: number): ReturnType<Work["open"]> {
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
      // Some take longer than steps are given when their workflow changes hands.
      const { length } = task.nodeName
      const takesMs = 1000 + (length % 7) * 500 + (length % 5 === 0 ? 20_000 : 0)
      await sleep(clock, takesMs, `${replica.name}/${count++}`)
      if (replica.isDead) return new Promise(() => undefined)
      running.delete(task.key)
      return outcomeOf(task.nodeName, seed)
    },
    stop: (key) => void running.delete(key),
  })
  return { executorOf, violations }
}

const functions: Work = { features: {}, open: openFunctions }

const taking = { startMs: 1000, readyMs: 500, exitMs: 1000 }
const images = { none: { command: ["true"] }, bad: { command: ["false"] } }

/** Each step is one pod, whoever asks for it, so none can run twice. */
const pods: Work = {
  features: { daemons: false },
  pods: { default: taking, rules: [{ image: "bad", behavior: { ...taking, exitCode: 1 } }] },
  open: () => ({
    executorOf: (_replica, cluster) => podExecutor({ cluster, images, reportMs: 5000 }),
    violations: [],
  }),
}

interface Conditions {
  readonly work: Work
  readonly replicas: readonly string[]
  readonly faults?: FaultOptions
}

async function runAll(seed: number, { work, replicas: names, faults }: Conditions) {
  const clock = createVirtualClock()
  const { cluster } = createClusterSim({
    clock,
    seed,
    kinds: workflowKinds,
    ...(work.pods === undefined ? {} : { pods: work.pods }),
    ...(faults === undefined ? {} : { faults }),
  })
  const { executorOf, violations } = work.open(clock, seed)
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
  for (const manifest of manifestsOf(seed, work.features)) {
    await insistently(clock, async () => void (await cluster.create(workflows, manifest)))
  }
  const person = attend(clock, cluster, seed)
  if (faults !== undefined) await troubleSome(clock, { replicas, join, seed })
  await clock.advance(1_200_000)
  await person
  const { items } = await cluster.list(workflows)
  const unended = items.filter(({ status }) => status?.finishedAt === undefined)
  return { shapes: items.map(workflowShape), violations, unended: unended.map(nameOf) }
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

function nameOf({ metadata }: Workflow): string {
  return metadata.name ?? ""
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

/** `STORM_SEEDS=200` for many more. */
const seeds = Array.from({ length: Number(process.env["STORM_SEEDS"] ?? 7) }, (_, at) => at + 305)

describe.each([
  ["functions", functions],
  ["pods", pods],
])("with steps that run as %s", (_how, work) => {
  test.each(seeds)(
    "a storm changes when things happen, not what becomes of them (seed %i)",
    async (seed) => {
      const peace = await runAll(seed, { work, replicas: ["a"] })
      const rough = await runAll(seed, { work, replicas: ["a", "b", "c"], faults: storm })
      expect(peace.unended).toEqual([])
      expect(rough.violations).toEqual([])
      expect(rough.shapes).toEqual(peace.shapes)
    },
  )
})
