import type { ClusterError } from "@argo-ts/k8s"
import { createManager, isClusterError } from "@argo-ts/k8s"
import { epochMs, type Kind, type KubernetesObject, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import {
  builtInControllers,
  type ClusterSim,
  createClusterSim,
  type FaultOptions,
} from "../src/index.js"

const configMaps = builtInKind("v1", "ConfigMap") as Kind
const secrets = builtInKind("v1", "Secret") as Kind
const deployments = builtInKind("apps/v1", "Deployment") as Kind
const nodes = builtInKind("v1", "Node") as Kind
const pods = builtInKind("v1", "Pod") as Kind
const namespace = "default"

function makeSim(
  faults: FaultOptions,
  seed = 1,
): {
  readonly sim: ClusterSim
  readonly clock: ReturnType<typeof createVirtualClock>
} {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  return { clock, sim: createClusterSim({ clock, seed, controllers: false, faults }) }
}

function object(kind: Kind, name: string): KubernetesObject {
  return { apiVersion: "v1", kind: kind.kind, metadata: { namespace, name } }
}

function follow({ cluster }: ClusterSim, kind: Kind, resourceVersion: string, log: string[]): void {
  cluster.watch(
    kind,
    { resourceVersion },
    {
      event(event) {
        if (event.type !== "BOOKMARK") log.push(`${event.type} ${event.object.metadata.name}`)
      },
      end: (error) => log.push(`end ${(error as ClusterError | undefined)?.code ?? "in order"}`),
    },
  )
}

describe("faults of requests", () => {
  test("a broken connection leaves open whether a write was done", async () => {
    const { sim } = makeSim({ connectionResets: 1 })
    const outcomes = new Set<boolean>()
    for (let index = 0; index < 20; index++) {
      const name = `a-${index}`
      const error: unknown = await sim.cluster
        .create(configMaps, object(configMaps, name))
        .catch((e) => e)
      expect(isClusterError(error, "ServiceUnavailable")).toBe(true)
      const own = sim.as({ username: "root", groups: ["system:masters"] })
      // Reads break too; what is there is seen by trying until one gets through to the end.
      const found: unknown = await own.create(configMaps, object(configMaps, name)).catch((e) => e)
      outcomes.add(isClusterError(found, "AlreadyExists"))
    }
    expect(outcomes).toEqual(new Set([true, false]))
  })

  test("too many requests say when to come back", async () => {
    const { sim } = makeSim({ tooManyRequests: 1 })
    await expect(sim.cluster.list(configMaps)).rejects.toMatchObject({
      code: "TooManyRequests",
      details: { retryAfterSeconds: 1 },
    })
  })

  test("a slow list shows what there was when it was asked", async () => {
    const { sim, clock } = makeSim({ slowLists: 1, slowListMsMax: 1_000 })
    const listed = sim.cluster.list(configMaps)
    await sim.cluster.create(configMaps, object(configMaps, "a"))
    let isThere = false
    void listed.then(() => {
      isThere = true
    })
    await Promise.resolve()
    expect(isThere).toBe(false)
    await clock.advance(1_000)
    expect((await listed).items).toEqual([])
  })

  test("a read of version 0 may lie in the past, and a watch from it repeats what followed", async () => {
    const { sim } = makeSim({ staleReads: 1 })
    for (const name of ["a", "b", "c"])
      await sim.cluster.create(configMaps, object(configMaps, name))
    const names = new Set<number>()
    for (let index = 0; index < 10; index++) {
      names.add((await sim.cluster.list(configMaps, { resourceVersion: "0" })).items.length)
    }
    expect(Math.min(...names)).toBeLessThan(3)
    const log: string[] = []
    follow(sim, configMaps, "0", log)
    await new Promise((resolve) => setImmediate(resolve))
    expect(log.toSorted()).toEqual(["ADDED a", "ADDED b", "ADDED c"])
    expect((await sim.cluster.list(configMaps)).items).toHaveLength(3)
  })
})

describe("faults of watches", () => {
  test("a broken one loses what was on its way; resuming misses nothing", async () => {
    const { sim } = makeSim({ brokenWatches: 1 })
    const { resourceVersion } = await sim.cluster.list(configMaps)
    const log: string[] = []
    follow(sim, configMaps, resourceVersion, log)
    await sim.cluster.create(configMaps, object(configMaps, "a"))
    expect(log).toEqual(["end ServiceUnavailable"])
    follow(sim, configMaps, resourceVersion, log)
    await Promise.resolve()
    expect(log).toEqual(["end ServiceUnavailable", "ADDED a"])
  })

  test("late events keep their order on one watch and lose it between two", async () => {
    const orders = new Set<string>()
    for (let seed = 1; seed <= 20; seed++) {
      const { sim, clock } = makeSim({ lateEvents: 0.5, lateEventMsMax: 100 }, seed)
      const { resourceVersion } = await sim.cluster.list(configMaps)
      const log: string[] = []
      follow(sim, configMaps, resourceVersion, log)
      follow(sim, secrets, resourceVersion, log)
      await sim.cluster.create(configMaps, object(configMaps, "a"))
      await sim.cluster.create(configMaps, object(configMaps, "b"))
      await sim.cluster.create(secrets, object(secrets, "s"))
      await clock.advance(1_000)
      expect(log.filter((line) => line !== "ADDED s")).toEqual(["ADDED a", "ADDED b"])
      orders.add(log.join(", "))
    }
    expect(orders.size).toBeGreaterThan(1)
  })

  test("forgotten history expires those that are behind", async () => {
    const { sim } = makeSim({ compactions: 1 })
    const { resourceVersion } = await sim.cluster.list(configMaps)
    await sim.cluster.create(configMaps, object(configMaps, "a"))
    const log: string[] = []
    follow(sim, configMaps, resourceVersion, log)
    await Promise.resolve()
    expect(log).toEqual(["end Expired"])
  })
})

describe("faults of time and machines", () => {
  test("the server's clock is off by a drawn amount, the same for a seed", async () => {
    const skew = async (seed: number): Promise<number> => {
      const { sim, clock } = makeSim({ clockSkewMsMax: 60_000 }, seed)
      const { metadata } = await sim.cluster.create(configMaps, object(configMaps, "a"))
      return Date.parse(metadata.creationTimestamp) - clock.now()
    }
    const skews = await Promise.all([1, 2, 3, 4].map(skew))
    expect(new Set(skews).size).toBeGreaterThan(1)
    expect(skews.every((each) => Math.abs(each) <= 61_000)).toBe(true)
    expect(await skew(1)).toBe(skews[0])
  })

  test("nodes go down and come back", async () => {
    const { sim, clock } = makeSim({ nodeLosses: 1, nodeLossMs: 30_000 })
    await sim.cluster.create(nodes, { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } })
    const isDown = async (): Promise<string | undefined> =>
      (await sim.cluster.get(nodes, { name: "n1" }))?.metadata.annotations?.["sim.argo-ts.dev/down"]
    await clock.advance(60_000)
    expect(await isDown()).toBe("true")
    await clock.advance(30_000)
    expect(await isDown()).toBeUndefined()
    await sim.close()
    await clock.advance(600_000)
    expect(await isDown()).toBeUndefined()
  })

  test.each([1, 2, 3])("controllers converge through all of it (seed %i)", async (seed) => {
    const faults = {
      conflicts: 0.1,
      tooManyRequests: 0.05,
      internalErrors: 0.05,
      unavailable: 0.05,
      connectionResets: 0.05,
      slowLists: 0.2,
      droppedWatches: 0.01,
      brokenWatches: 0.01,
      lateEvents: 0.1,
      compactions: 0.02,
      clockSkewMsMax: 500,
    }
    const { sim, clock } = makeSim(faults, seed)
    const root = sim.cluster
    const manager = createManager({ cluster: root, clock, logger: silentLogger })
      .add(...builtInControllers())
      .start()
    const labels = { app: "web" }
    const template = { metadata: { labels }, spec: { containers: [{ name: "m", image: "app:1" }] } }
    const spec = { replicas: 4, selector: { matchLabels: labels }, template }
    const web = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace, name: "web" },
      spec,
    }
    const create = async (): Promise<unknown> =>
      root.create(deployments, web as KubernetesObject).catch((error: unknown) => {
        if (!isClusterError(error, "AlreadyExists")) return create()
        return undefined
      })
    await create()
    await clock.advance(1_200_000)
    const counted = async (): Promise<number> => {
      const listed = root.list(pods, { namespace })
      const settled = listed.then((page) => page.items.length).catch(() => -1)
      await clock.advance(10_000)
      const count = await settled
      return count < 0 ? counted() : count
    }
    expect(await counted()).toBe(4)
    await manager.stop()
  })
})
