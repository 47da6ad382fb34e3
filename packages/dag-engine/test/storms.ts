import { type ClusterSimOptions, createClusterSim, type FaultOptions } from "@argo-ts/cluster-sim"
import type { Cluster } from "@argo-ts/k8s"
import { createRandomStreams, formatInstant, type Kind } from "@argo-ts/kernel"
import { createVirtualClock, sleep, type VirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { fc } from "@fast-check/vitest"
import {
  type Executor,
  type NodeStatus,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { podExecutor } from "../src/kubernetes/index.js"
import { askingForEnds, type Features, workflowsWith } from "./arbitrary.js"
import { insistently, joinReplica, type Replica, type ReplicaOptions, trouble } from "./replicas.js"
import { isRemembered, outcomeOf } from "./world.js"

/** Five workflows that share their locks; images say how pods of some templates end. */
function manifestsOf(seed: number, features: Partial<Features>): readonly Workflow[] {
  const drawn = fc.sample(workflowsWith(features), { seed, numRuns: 5 })
  return drawn.map((workflow, index) => {
    const metadata = { ...workflow.metadata, name: `wf-${index}`, namespace: "default" }
    const { spec } = askingForEnds(workflow)
    const templates = spec.templates?.map((template, place) =>
      template.container !== undefined &&
      !isRemembered(template.name ?? "") &&
      (place * 7 + seed) % 4 === 0
        ? { ...template, container: { ...template.container, image: "bad" } }
        : template,
    )
    return { ...workflow, metadata, spec: { ...spec, templates: templates ?? [] } }
  })
}

/** How steps run in one of the worlds. */
export interface Work {
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
      return outcomeOf(isRemembered(task.templateName) ? "known" : task.nodeName, seed)
    },
    stop: (key) => void running.delete(key),
  })
  return { executorOf, violations }
}

export const functions: Work = { features: {}, open: openFunctions }

const taking = { startMs: 1000, readyMs: 500, exitMs: 1000 }
const images = { none: { command: ["true"] }, bad: { command: ["false"] } }

/** Each step is one pod, whoever asks for it, so none can run twice. */
export const pods: Work = {
  features: { daemons: false },
  pods: { default: taking, rules: [{ image: "bad", behavior: { ...taking, exitCode: 1 } }] },
  open: () => ({
    executorOf: (_replica, cluster) => podExecutor({ cluster, images, reportMs: 5000 }),
    violations: [],
  }),
}

/**
 * Somebody who looks in now and then: halts a workflow for a while, and resumes what waits for people, as `argo resume` does. The
 * node's end is written into the object that was read, if nobody has written since.
 */
export async function attend(clock: VirtualClock, cluster: Cluster, seed: number): Promise<void> {
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

/** A world of several replicas. */
export interface Conditions {
  readonly work: Work
  readonly replicas: readonly string[]
  /** What workflows may hold; what else there is of it is drawn. */
  readonly features: Partial<Features>
  readonly faults?: FaultOptions
  /** What people do meanwhile. */
  readonly people: (clock: VirtualClock, cluster: Cluster, seed: number) => Promise<void>
}

/** Runs five workflows for twenty minutes, and longer in a storm. */
export async function runWorld(seed: number, conditions: Conditions) {
  const { work, replicas: names, features, faults, people } = conditions
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
  const limits = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "default", name: "limits" },
    data: { few: "2" },
  }
  await insistently(clock, async () => {
    await cluster.create(builtInKind("v1", "ConfigMap") as Kind, limits as never)
  })
  for (const manifest of manifestsOf(seed, { ...features, ...work.features })) {
    await insistently(clock, async () => void (await cluster.create(workflows, manifest)))
  }
  const meanwhile = people(clock, cluster, seed)
  if (faults !== undefined) await trouble(clock, { replicas, join, seed })
  await clock.advance(1_200_000)
  await meanwhile
  const { items } = await cluster.list(workflows)
  return { clock, cluster, items, violations }
}
