import { describe, expect, test } from "vitest"
import { claim, claims, storageClass, type VolumeWorld, volumeWorld } from "./volume-world.js"
import { kind, type Loose } from "./world.js"

const key = { namespace: "default", name: "data" }
const growing = storageClass("grows", { provisioner: "disks", allowVolumeExpansion: true })
const asked = { storageClassName: "grows" }

/** Asks for more, or less, on behalf of the claim `data`. */
async function ask({ sim }: VolumeWorld, storage: string): Promise<void> {
  const patch = { spec: { resources: { requests: { storage } } } }
  await sim.cluster.patch(claims, key, { type: "merge", patch })
}

async function granted(world: VolumeWorld): Promise<readonly unknown[]> {
  const found = await world.claim("data")
  const volume = await world.volume(found?.["spec"].volumeName)
  return [
    found?.["status"].capacity.storage,
    volume?.["spec"].capacity.storage,
    (found?.["status"].conditions ?? []).map(({ type }: Loose) => type),
  ]
}

describe("a claim that wants more", () => {
  test("is granted it a second later, and says meanwhile that it grows", async () => {
    const world = volumeWorld()
    await world.make(growing, claim("data", asked))
    await world.clock.advance(5_000)
    await ask(world, "5Gi")
    await world.clock.advance(999)
    expect(await granted(world)).toEqual(["1Gi", "1Gi", ["Resizing"]])
    await world.clock.advance(1)
    expect(await granted(world)).toEqual(["5Gi", "5Gi", []])
    const { volumeName } = (await world.claim("data"))?.["spec"] ?? {}
    const told = (await world.told("data")).filter((text) => text.includes("esiz"))
    expect(told.toSorted()).toEqual([
      `Resizing: External resizer is resizing volume ${volumeName}`,
      "VolumeResizeSuccessful: Resize volume succeeded",
    ])
    expect(world.problems).toEqual([])
  })

  test("goes on asking where growing fails, and may ask for another size", async () => {
    const provisioners = { disks: { resizeError: "no room" } }
    const world = volumeWorld({ provisioners })
    await world.make(growing, claim("data", asked))
    await world.clock.advance(5_000)
    await ask(world, "5Gi")
    await world.clock.advance(50_000)
    expect(await granted(world)).toEqual(["1Gi", "1Gi", ["Resizing"]])
    const [failure] = await world.events("VolumeResizeFailed")
    const { volumeName } = (await world.claim("data"))?.["spec"] ?? {}
    expect(failure).toMatchObject({
      message: `resize volume "${volumeName}" by resizer "disks" failed: no room`,
      // After 1, 16 and 46 s.
      count: 3,
    })
  })

  test("is refused where its class does not let it grow", async () => {
    const world = volumeWorld({ storageClasses: [{ name: "std", isDefault: true }] })
    await world.make(claim("data"))
    await world.clock.advance(5_000)
    await expect(ask(world, "5Gi")).rejects.toThrow(
      "the storageclass that provisions the pvc must support resize",
    )
  })
})

const scratch = {
  name: "scratch",
  ephemeral: {
    volumeClaimTemplate: {
      metadata: { labels: { a: "b" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
  },
}

function podWith(volume: object): Loose {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: "web" },
    spec: { containers: [{ name: "a", image: "a:1" }], volumes: [volume] },
  }
}

describe("a generic ephemeral volume", () => {
  const std = { storageClasses: [{ name: "std", isDefault: true }] }
  const phaseOf = async (world: VolumeWorld) => (await world.pod("web"))?.["status"].phase

  test("is a claim that its pod owns, waits for and takes along", async () => {
    const world = volumeWorld(std)
    await world.make(podWith(scratch))
    await world.clock.advance(500)
    expect(await phaseOf(world)).toBe("Pending")
    await world.clock.advance(5_000)
    expect(await phaseOf(world)).toBe("Running")
    const pod = await world.pod("web")
    expect(await world.claim("web-scratch")).toMatchObject({
      metadata: {
        labels: { a: "b" },
        ownerReferences: [{ kind: "Pod", name: "web", uid: pod?.metadata.uid, controller: true }],
      },
      spec: { storageClassName: "std", volumeMode: "Filesystem" },
      status: { phase: "Bound" },
    })
    await world.remove("pod", "web")
    await world.clock.advance(60_000)
    expect(await world.claim("web-scratch")).toBeUndefined()
    expect(await world.sim.cluster.list(kind("v1", "PersistentVolume"))).toMatchObject({
      items: [],
    })
    expect(world.problems).toEqual([])
  })

  test("keeps its pod waiting where somebody else has a claim of that name", async () => {
    const world = volumeWorld(std)
    await world.make(claim("web-scratch"))
    await world.clock.advance(5_000)
    await world.make(podWith(scratch))
    await world.clock.advance(60_000)
    expect(await phaseOf(world)).toBe("Pending")
    expect((await world.told("web")).join()).toContain(
      "PVC default/web-scratch was not created for pod default/web (pod is not owner)",
    )
  })
})
