import { isClusterError } from "@argo-ts/k8s"
import { epochMs, type JsonObject, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import { type ClusterSim, createClusterSim } from "../src/index.js"

interface Item extends KubernetesObject {
  readonly data?: JsonObject
}

const configMaps = builtInKind("v1", "ConfigMap") as Kind<Item>
const deployments = builtInKind("apps/v1", "Deployment") as Kind
const pods = builtInKind("v1", "Pod") as Kind
const namespace = "default"
const start = epochMs(1_767_225_600_000)

function makeSim(controllers = false): { readonly sim: ClusterSim; readonly clock: VirtualClock } {
  const clock = createVirtualClock(start)
  return { clock, sim: createClusterSim({ clock, controllers }) }
}

function item(name: string, value: string, owner?: KubernetesObject): Item {
  const ownerReferences = [
    { apiVersion: "v1", kind: "ConfigMap", name: "", uid: "", ...owner?.metadata },
  ].map(({ apiVersion, kind, name: of, uid }) => ({ apiVersion, kind, name: of, uid }))
  const metadata = { namespace, name, ...(owner && { ownerReferences }) }
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } }
}

async function everything({ cluster }: ClusterSim): Promise<string> {
  const all: unknown[] = []
  for (const kind of await cluster.kinds()) all.push((await cluster.list(kind)).items)
  return JSON.stringify(all)
}

type Step = readonly [call: "create" | "update" | "delete", name: string, value: string]

async function take({ cluster }: ClusterSim, steps: readonly Step[]): Promise<void> {
  for (const [call, name, value] of steps) {
    const key = { namespace, name }
    const patch = { type: "merge", patch: { data: { value } } } as const
    const owner = await cluster.get(configMaps, { namespace, name: value })
    const request =
      call === "create"
        ? cluster.create(configMaps, item(name, value, owner))
        : call === "update"
          ? cluster.patch(configMaps, key, patch)
          : cluster.delete(configMaps, key)
    await request.catch((error: unknown) => {
      if (!isClusterError(error)) throw error
    })
  }
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(
    fc.constantFrom("create" as const, "update" as const, "delete" as const),
    fc.constantFrom("a", "b", "c", "d"),
    fc.constantFrom("a", "b", "1"),
  ),
  { maxLength: 20 },
)

describe("snapshots", () => {
  test("go back to every object, version and name", async () => {
    const { sim } = makeSim()
    await sim.cluster.create(configMaps, item("a", "1"))
    const generated = { ...item("", "1"), metadata: { namespace, generateName: "x-" } }
    const snapshot = sim.snapshot()
    const before = await everything(sim)
    const first = await sim.cluster.create(configMaps, generated)
    await sim.cluster.delete(configMaps, { namespace, name: "a" })
    sim.restore(snapshot)
    expect(await everything(sim)).toBe(before)
    expect(await sim.cluster.create(configMaps, generated)).toEqual(first)
  })

  test("end watches with Expired and forget history", async () => {
    const { sim } = makeSim()
    const snapshot = sim.snapshot()
    await sim.cluster.create(configMaps, item("a", "1"))
    const ended = new Promise((end) => {
      sim.cluster.watch(configMaps, { namespace }, { event() {}, end })
    })
    sim.restore(snapshot)
    expect(await ended).toMatchObject({ code: "Expired" })
    const old = { resourceVersion: "1", resourceVersionMatch: "Exact" } as const
    await expect(sim.cluster.list(configMaps, old)).rejects.toMatchObject({ code: "Expired" })
  })

  test("belong to their cluster", () => {
    const { sim } = makeSim()
    const other = makeSim().sim.snapshot()
    expect(() => sim.restore(other)).toThrow("not taken of this cluster")
  })

  test("controllers start over from what there is", async () => {
    const { sim, clock } = makeSim(true)
    await sim.ready
    const labels = { app: "web" }
    const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "a:1" }] } }
    const snapshot = sim.snapshot()
    const create = (): Promise<unknown> =>
      sim.cluster.create(deployments, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { namespace, name: "web" },
        spec: { replicas: 3, selector: { matchLabels: labels }, template },
      } as KubernetesObject)
    for (let round = 0; round < 3; round++) {
      await create()
      await clock.advance(60_000)
      expect((await sim.cluster.list(pods, { namespace })).items).toHaveLength(3)
      sim.restore(snapshot)
      expect((await sim.cluster.list(pods, { namespace })).items).toHaveLength(0)
      await clock.advance(60_000)
    }
    await sim.close()
  })

  property.prop([steps, steps, steps])(
    "any of them can be restored at any time, and the run after one is the run that followed it",
    async (first, second, third) => {
      const { sim, clock } = makeSim()
      const settle = (): Promise<void> => clock.advance(1_000)
      await take(sim, first)
      await settle()
      const one = sim.snapshot()
      const atOne = await everything(sim)
      await take(sim, second)
      const two = sim.snapshot()
      const atTwo = await everything(sim)
      await take(sim, third)
      sim.restore(one)
      expect(await everything(sim)).toBe(atOne)
      sim.restore(two)
      expect(await everything(sim)).toBe(atTwo)
      sim.restore(one)
      await take(sim, second)
      expect((await everything(sim)).replaceAll(/"creationTimestamp":"[^"]*"/g, "")).toBe(
        atTwo.replaceAll(/"creationTimestamp":"[^"]*"/g, ""),
      )
    },
  )
})
