import { createClusterSim, type FaultOptions } from "@argo-ts/cluster-sim"
import { createRandomStreams, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { type Clock, createVirtualClock, sleep } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import type { LockState } from "../src/core/locks.js"
import {
  type Executor,
  type Outcome,
  type Task,
  type Template,
  type Workflow,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { podExecutor } from "../src/kubernetes/index.js"
import { pods } from "../src/kubernetes/pods/kinds.js"
import { insistently, joinReplica, type Replica, storm } from "./replicas.js"

interface ConfigMap extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
}
const configMaps = builtInKind("v1", "ConfigMap") as Kind<ConfigMap>
const lockObject = { namespace: "default", name: "argo-ts-workflow-locks" }
/** How many workflows run at once, over all replicas. */
const atOnce = 4
const names = Array.from({ length: 9 }, (_, index) => `wf-${index}`)

/** Two steps beside each other that share one mutex over all workflows, a semaphore of two, and one that needs nothing. */
function workflow(name: string): Workflow {
  const leaf = { container: { image: "alpine", command: ["true"] } }
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace: "default" },
    spec: {
      entrypoint: "main",
      templates: [
        {
          name: "main",
          dag: {
            tasks: [
              { name: "alone", template: "alone" },
              { name: "few", template: "few" },
              { name: "free", template: "free", dependencies: ["alone", "few"] },
            ],
          },
        },
        { name: "alone", ...leaf, synchronization: { mutexes: [{ name: "door" }] } },
        {
          name: "few",
          ...leaf,
          synchronization: { semaphores: [{ configMapKeyRef: { name: "limits", key: "few" } }] },
        },
        { name: "free", ...leaf },
      ],
    },
  }
}

interface Running {
  readonly task: Task
  readonly replica: Replica
}

/** Watches all steps of all replicas from outside. */
function createReferee() {
  const running = new Map<string, Running>()
  const violations: string[] = []
  const starts = new Map<string, number>()
  const alive = (): readonly Running[] =>
    [...running.values()].filter(({ replica }) => !replica.isDead)
  const check = (): void => {
    const owners = new Map<string, string>()
    const busy = new Set(alive().map(({ task }) => task.workflow))
    if (busy.size > atOnce) violations.push(`at once: ${[...busy].join(", ")}`)
    for (const { task, replica } of alive()) {
      const owner = owners.get(task.workflow)
      if (owner !== undefined && owner !== replica.name) {
        violations.push(`${task.workflow} runs on ${owner} and ${replica.name}`)
      }
      owners.set(task.workflow, replica.name)
    }
    for (const [template, limit] of [
      ["alone", 1],
      ["few", 2],
    ] as const) {
      const holders = alive().filter(({ task }) => task.templateName === template)
      if (holders.length > limit) {
        const who = holders.map(({ task, replica }) => `${task.workflow}@${replica.name}`)
        violations.push(`${template}: ${who.join(", ")}`)
      }
    }
  }
  return {
    violations,
    starts,
    alive,
    begin(id: string, one: Running): void {
      running.set(id, one)
      starts.set(one.task.nodeName, (starts.get(one.task.nodeName) ?? 0) + 1)
      check()
    },
    end: (id: string): boolean => running.delete(id),
  }
}

type Referee = ReturnType<typeof createReferee>

/** Steps take their time; those of a dead replica never end. */
function slowExecutor(clock: Clock, referee: Referee, replica: Replica): Executor {
  const stops = new Map<string, () => void>()
  let count = 0
  return {
    accepts: () => true,
    start(task, world) {
      const id = `${replica.name}/${task.key}/${count++}`
      referee.begin(id, { task, replica })
      world.started(task)
      return new Promise<Outcome>((resolve) => {
        const end = (phase: Outcome["phase"]): void => {
          if (replica.isDead) return
          referee.end(id)
          stops.delete(task.key)
          resolve({ phase })
        }
        stops.set(task.key, () => end("Failed"))
        void sleep(clock, 4000, id).then(() => end("Succeeded"))
      })
    },
    stop: (key) => stops.get(key)?.(),
  }
}

function createWorld(seed: number, faults?: FaultOptions) {
  const clock = createVirtualClock()
  const sim = createClusterSim({
    clock,
    kinds: workflowKinds,
    seed,
    ...(faults === undefined ? {} : { faults }),
  })
  const random = createRandomStreams(seed).stream("world")
  const referee = createReferee()
  let requests = 0
  const join = (name: string): Replica =>
    joinReplica(name, {
      clock,
      cluster: sim.cluster,
      parallelism: { parallelism: atOnce },
      executorOf: (replica) => slowExecutor(clock, referee, replica),
      onRequest: () => {
        requests++
      },
    })
  return { clock, sim, random, referee, join, requests: () => requests }
}

type World = ReturnType<typeof createWorld>

async function limitsIn({ sim }: World): Promise<void> {
  const metadata = { namespace: "default", name: "limits" }
  const data = { few: "2" }
  await sim.cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data })
}

async function createIn({ sim }: World, name: string): Promise<void> {
  await sim.cluster.create(workflows, workflow(name))
}

async function submit(world: World): Promise<void> {
  await limitsIn(world)
  for (const name of names) await createIn(world, name)
}

async function phases({ sim }: World): Promise<readonly (string | undefined)[]> {
  const { items } = await sim.cluster.list(workflows)
  return items.map(({ status }) => status?.phase)
}

async function locksLeft({ sim }: World): Promise<unknown> {
  const object = await sim.cluster.get(configMaps, lockObject)
  return JSON.parse(object?.data?.["state"] ?? "null")
}

/** `SHARD_SEEDS=200` for many more. */
const seeds = Array.from(
  { length: Number(process.env["SHARD_SEEDS"] ?? 6) },
  (_, index) => index + 3,
)
const allSucceeded = names.map(() => "Succeeded")

describe("three replicas", () => {
  test("share the workflows, and respect each other's locks", async () => {
    const world = createWorld(1)
    for (const name of ["a", "b", "c"]) world.join(name)
    await world.clock.advance(20_000)
    await submit(world)
    await world.clock.advance(5000)
    const busy = new Set(world.referee.alive().map(({ replica }) => replica.name))
    expect(busy.size).toBeGreaterThan(1)
    await world.clock.advance(180_000)
    expect(world.referee.violations).toEqual([])
    expect(await phases(world)).toEqual(allSucceeded)
    // Nothing ran twice: no replica came or went.
    expect([...world.referee.starts.values()]).toEqual(names.flatMap(() => [1, 1, 1]))
    expect(await locksLeft(world)).toEqual({ held: [], waiting: [] })
  })

  test("one more comes: its workflows go over when the steps that run have ended", async () => {
    const world = createWorld(2)
    world.join("a")
    await world.clock.advance(20_000)
    await submit(world)
    await world.clock.advance(3000)
    world.join("b")
    world.join("c")
    await world.clock.advance(240_000)
    expect(world.referee.violations).toEqual([])
    expect(await phases(world)).toEqual(allSucceeded)
    // The steps are shorter than a hand-over may take: each was let end, and none was begun again.
    expect(Math.max(...world.referee.starts.values())).toBe(1)
    expect(await locksLeft(world)).toEqual({ held: [], waiting: [] })
  })

  test.each(seeds)(
    "die and leave at random instants (seed %i); every workflow ends",
    async (seed) => {
      const world = createWorld(seed)
      const { clock, random, referee } = world
      let born = 0
      const replicas: Replica[] = []
      const join = (): void => {
        replicas.push(world.join(`r${born++}`))
      }
      for (let index = 0; index < 3; index++) join()
      await clock.advance(20_000)
      await submit(world)
      for (let round = 0; round < 3; round++) {
        await clock.advance(2000 + random.integer(20_000))
        const index = random.integer(replicas.length)
        const [gone] = replicas.splice(index, 1)
        if (random.integer(2) === 0 && gone !== undefined) gone.isDead = true
        else void gone?.leave()
        join()
      }
      await clock.advance(600_000)
      expect(referee.violations).toEqual([])
      expect(await phases(world)).toEqual(allSucceeded)
      expect(await locksLeft(world)).toEqual({ held: [], waiting: [] })
    },
  )
})

describe("three replicas in a storm", () => {
  test.each(seeds.slice(0, Math.max(2, seeds.length - 4)))(
    "loss, delay, repetition, and leases that expire under their owners (seed %i)",
    async (seed) => {
      const world = createWorld(seed, storm)
      const { clock, random, referee } = world
      const replicas = ["a", "b", "c"].map((name) => world.join(name))
      await clock.advance(20_000)
      await insistently(clock, () => limitsIn(world))
      for (const name of names) await insistently(clock, () => createIn(world, name))
      for (let round = 0; round < 4; round++) {
        await clock.advance(5000 + random.integer(15_000))
        const replica = replicas[random.integer(replicas.length)]
        // Longer than a lease lasts: others take over, and what it had sent arrives afterwards.
        if (replica !== undefined)
          replica.stalledUntil = clock.now() + 20_000 + random.integer(30_000)
      }
      await clock.advance(900_000)
      expect(referee.violations).toEqual([])
      expect(await phases(world)).toEqual(allSucceeded)
      expect(await locksLeft(world)).toEqual({ held: [], waiting: [] })
    },
  )
})

test("what a deleted workflow held is given back, also where nobody was there to see it go", async () => {
  const world = createWorld(7)
  const first = world.join("a")
  await world.clock.advance(20_000)
  await submit(world)
  await world.clock.advance(2000)
  first.isDead = true
  const { held } = (await locksLeft(world)) as LockState
  const ofSteps = held.filter(({ locks }) => !locks.some((lock) => lock.includes("/Parallelism/")))
  const holders = new Set(ofSteps.map(({ workflow }) => workflow))
  expect(holders.size).toBeGreaterThan(0)
  for (const id of holders) {
    const name = id.split("/")[1] ?? ""
    await world.sim.cluster.delete(workflows, { namespace: "default", name })
  }
  world.join("b")
  await world.clock.advance(400_000)
  expect(world.referee.violations).toEqual([])
  expect(await phases(world)).toEqual(allSucceeded.slice(holders.size))
  expect(await locksLeft(world)).toEqual({ held: [], waiting: [] })
})

test("one that has left asks nothing of the cluster any more, in the middle of its work or not", async () => {
  const world = createWorld(8)
  const replica = world.join("a")
  await world.clock.advance(20_000)
  await submit(world)
  await world.clock.advance(2000)
  void replica.leave()
  await world.clock.advance(60_000)
  const before = world.requests()
  await world.clock.advance(600_000)
  expect(world.requests()).toBe(before)
  expect(world.referee.alive()).toEqual([])
})

test("whoever lets a workflow go leaves its pod running, and the next owner finds it", async () => {
  const clock = createVirtualClock()
  const slow = { startMs: 1000, readyMs: 0, exitMs: 120_000 }
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds, pods: { default: slow } })
  const join = (name: string) =>
    joinReplica(name, { clock, cluster, executorOf: (_, seen) => podExecutor({ cluster: seen }) })
  const first = join("a")
  await clock.advance(20_000)
  const at = { namespace: "default", name: "wf" }
  const template: Template = { name: "main", container: { image: "x", command: ["x"] } }
  await cluster.create(workflows, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: at,
    spec: { entrypoint: "main", templates: [template] },
  })
  await clock.advance(10_000)
  const before = await cluster.get(pods, at)
  expect(before?.status?.phase).toBe("Running")
  join("b")
  void first.leave()
  await clock.advance(60_000)
  expect((await cluster.get(pods, at))?.metadata).toMatchObject({ uid: before?.metadata.uid })
  expect((await cluster.get(pods, at))?.metadata.deletionTimestamp).toBeUndefined()
  await clock.advance(120_000)
  expect((await cluster.get(workflows, at))?.status).toMatchObject({ phase: "Succeeded" })
})
