import type { Cluster } from "@argo-ts/k8s"
import {
  createRandomStreams,
  formatInstant,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
} from "@argo-ts/kernel"
import { sleep, type VirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { type Workflow, workflows } from "../src/index.js"
import { storm, stormSeeds } from "./replicas.js"
import { functions, pods, runWorld } from "./storms.js"

/*
 * Somebody stops, terminates, halts, fails and deletes workflows at random, and deletes pods, while replicas die and the network is bad:
 * what becomes of a workflow is anybody's guess, but everything ends, and whoever comes next finds nothing taken.
 */

const podKind = builtInKind("v1", "Pod") as Kind

const deeds = ["stop", "terminate", "halt", "fail", "delete"] as const

/** The patch that does something to a workflow. */
function patchOf(
  what: (typeof deeds)[number],
  workflow: Workflow,
  clock: VirtualClock,
): JsonObject {
  if (what === "stop") return { spec: { shutdown: "Stop" } }
  if (what === "terminate") return { spec: { shutdown: "Terminate" } }
  if (what === "halt") return { spec: { suspend: true } }
  const finishedAt = formatInstant(clock.now())
  const ends = Object.values(workflow.status?.nodes ?? {})
    .filter(({ type, phase }) => type === "Suspend" && phase === "Running")
    .map(({ id }) => [id, { phase: "Failed", finishedAt }])
  return { spec: { suspend: null }, status: { nodes: Object.fromEntries(ends) } }
}

async function meddle(clock: VirtualClock, cluster: Cluster, seed: number): Promise<void> {
  const random = createRandomStreams(seed).stream("person")
  const one = <T>(list: readonly T[]): T | undefined =>
    list[random.integer(Math.max(1, list.length))]
  const patch = (workflow: Workflow, how: JsonObject) =>
    cluster.patch(workflows, keyOf(workflow), { type: "merge", patch: how })
  const list = async <T extends KubernetesObject>(kind: Kind<T>) =>
    (await cluster.list(kind).catch(() => ({ items: [] }))).items
  const until = clock.now() + 60_000
  for (let visit = 0; clock.now() < until; visit++) {
    await sleep(clock, 2000 + random.integer(8000), `person/${visit}`)
    const workflow = one(await list(workflows))
    const what = one(deeds) ?? "stop"
    if (workflow !== undefined) {
      await attempt(
        what === "delete"
          ? cluster.delete(workflows, keyOf(workflow))
          : patch(workflow, patchOf(what, workflow, clock)),
      )
    }
    const pod = random.integer(3) === 0 ? one(await list(podKind)) : undefined
    if (pod !== undefined) await attempt(cluster.delete(podKind, keyOf(pod)))
  }
  // In the end nothing is kept waiting for people.
  for (let visit = 0; clock.now() < until + 600_000; visit++) {
    await sleep(clock, 5000, `person/late/${visit}`)
    for (const workflow of await list(workflows)) {
      if (workflow.status?.finishedAt !== undefined) continue
      await attempt(patch(workflow, patchOf("fail", workflow, clock)))
    }
  }
}

/** Whatever goes wrong, there is a next time. */
async function attempt(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined)
}

function keyOf({ metadata: { name = "", namespace = "" } }: KubernetesObject): ObjectKey {
  return { name, namespace }
}

/** What of a workflow has not ended. */
function unended({ metadata: { name }, spec, status }: Workflow): readonly string[] {
  if (status?.finishedAt !== undefined) return []
  const nodes = Object.values(status?.nodes ?? {}).filter((node) => node.finishedAt === undefined)
  const { shutdown = "", suspend = false } = spec
  const said = nodes.map((node) => `${node.name} ${node.type} ${node.phase} ${node.message ?? ""}`)
  return [`${name} ${status?.phase} ${shutdown} ${suspend ? "suspended" : ""}`, ...said]
}

/** Pods that still run. */
async function runningPods(cluster: Cluster): Promise<readonly (string | undefined)[]> {
  const { items } = await cluster.list(podKind)
  return items
    .filter((pod) => !/Succeeded|Failed/.test(JSON.stringify((pod as { status?: unknown }).status)))
    .map(({ metadata }) => metadata.name)
}

const everyMutex = ["whole", "body", "door"].map((name) => ({ name }))

/** Whoever comes next has the locks that were left by those who are gone. */
const heir: Workflow = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { namespace: "default", name: "heir" },
  spec: {
    entrypoint: "main",
    templates: [{ name: "main", container: { image: "none", command: ["true"] } }],
    synchronization: {
      mutexes: everyMutex,
      semaphores: [{ configMapKeyRef: { name: "limits", key: "few" } }],
    },
  },
}

describe.each([
  ["functions", functions],
  ["pods", pods],
])("with steps that run as %s", (_how, work) => {
  test.each(stormSeeds(41))(
    "whatever people do in a storm, everything ends and nothing is left (seed %i)",
    async (seed) => {
      const replicas = ["a", "b", "c"]
      const world = { work, features: {}, people: meddle, replicas, faults: storm }
      const { items, violations, cluster, clock } = await runWorld(seed, world)
      expect(violations).toEqual([])
      expect(items.flatMap(unended)).toEqual([])
      expect(await runningPods(cluster)).toEqual([])
      await cluster.create(workflows, heir)
      await clock.advance(60_000)
      expect((await cluster.get(workflows, keyOf(heir)))?.status?.finishedAt).toBeDefined()
    },
  )
})
