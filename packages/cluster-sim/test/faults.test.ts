import { ClusterError, createManager, isClusterError } from "@argo-ts/k8s"
import { epochMs, type Kind, type KubernetesObject, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { builtInControllers, createClusterSim, type FaultOptions } from "../src/index.js"

const configMaps = builtInKind("v1", "ConfigMap") as Kind
const deployments = builtInKind("apps/v1", "Deployment") as Kind
const pods = builtInKind("v1", "Pod") as Kind
const start = epochMs(1_767_225_600_000)
const web = { namespace: "default", name: "web" }

function configMap(name: string): KubernetesObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "default", name } }
}

async function outcomes(seed: number, faults: FaultOptions): Promise<string[]> {
  const sim = createClusterSim({
    clock: createVirtualClock(start),
    seed,
    controllers: false,
    faults,
  })
  const codes: string[] = []
  for (let index = 0; index < 60; index++) {
    const request = sim.cluster.create(configMaps, configMap(`a-${index}`))
    codes.push(
      await request.then(
        () => "done",
        (error: unknown) => (error as ClusterError).code,
      ),
    )
  }
  return codes
}

describe("faults", () => {
  test("come from the seed and leave nothing behind", async () => {
    const faults = { internalErrors: 0.2, unavailable: 0.2 }
    const codes = await outcomes(1, faults)
    expect(new Set(codes)).toEqual(new Set(["done", "InternalError", "ServiceUnavailable"]))
    expect(await outcomes(1, faults)).toEqual(codes)
    expect(await outcomes(2, faults)).not.toEqual(codes)
  })

  test("a next failure is asked for by request", async () => {
    const { cluster, failNext } = createClusterSim({ clock: createVirtualClock(start) })
    failNext(new ClusterError("TooManyRequests", "slow down"), (verb) => verb === "create")
    expect(await cluster.list(configMaps)).toBeDefined()
    await expect(cluster.create(configMaps, configMap("a"))).rejects.toThrow("slow down")
    expect(await cluster.create(configMaps, configMap("a"))).toBeDefined()
  })

  test("forgotten history ends watches that ask for it", async () => {
    const sim = createClusterSim({ clock: createVirtualClock(start) })
    const { resourceVersion } = await sim.cluster.list(configMaps)
    await sim.cluster.create(configMaps, configMap("a"))
    sim.expireHistory()
    const ended = new Promise<unknown>((end) => {
      sim.cluster.watch(configMaps, { resourceVersion }, { event: () => {}, end })
    })
    expect(isClusterError(await ended, "Expired")).toBe(true)
  })

  test.each([1, 2, 3, 4, 5])("controllers converge through them (seed %i)", async (seed) => {
    const clock = createVirtualClock(start)
    const faults = { conflicts: 0.2, internalErrors: 0.1, unavailable: 0.05, droppedWatches: 0.02 }
    const sim = createClusterSim({ clock, seed, faults, controllers: [] })
    const create = async (): Promise<void> => {
      const labels = { app: "web" }
      const template = {
        metadata: { labels },
        spec: { containers: [{ name: "m", image: "app:1" }] },
      }
      const spec = { replicas: 4, selector: { matchLabels: labels }, template }
      const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: web, spec }
      await sim.cluster.create(deployments, object).catch(create)
    }
    const { cluster } = sim
    const manager = createManager({ cluster, clock, logger: silentLogger })
      .add(...builtInControllers())
      .start()
    await create()
    await clock.advance(600_000)
    const direct = async <T>(read: () => Promise<T>): Promise<T> => read().catch(() => direct(read))
    const deployment = await direct(() => cluster.get(deployments, web))
    expect(deployment).toMatchObject({ status: { readyReplicas: 4, updatedReplicas: 4 } })
    expect((await direct(() => cluster.list(pods))).items).toHaveLength(4)
    await manager.stop()
  })
})
