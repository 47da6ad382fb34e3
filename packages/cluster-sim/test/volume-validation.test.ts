import { createVirtualClock } from "@argo-ts/kernel/clock"
import { describe, expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"
import { volume, volumes } from "./volume-world.js"
import { start } from "./world.js"

const open = () =>
  createClusterSim({ clock: createVirtualClock(start), controllers: false }).cluster

describe("a PersistentVolume is refused in the server's words", () => {
  test.each([
    [
      { capacity: undefined, accessModes: [], hostPath: undefined },
      'PersistentVolume "v" is invalid: [spec.accessModes: Required value, spec.capacity: Required value, spec: Required value: must specify a volume type]',
    ],
    [
      { accessModes: ["Often"] },
      'spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [
      { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] },
      "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
    ],
    [
      { capacity: { storage: "0" } },
      'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
    ],
    [
      { nfs: { server: "s", path: "/" } },
      "spec.nfs: Forbidden: may not specify more than 1 volume type",
    ],
    [
      { hostPath: undefined, local: { path: "/d" } },
      "spec.nodeAffinity: Required value: Local volume requires node affinity",
    ],
    [{ hostPath: undefined, csi: { driver: "d" } }, "spec.csi.volumeHandle: Required value"],
    [
      { persistentVolumeReclaimPolicy: "Burn" },
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
    ],
    [
      { persistentVolumeReclaimPolicy: "Recycle", hostPath: { path: "/" } },
      "may not be 'recycle' for a hostPath mount of '/'",
    ],
  ])("%j", async (spec, message) => {
    await expect(open().create(volumes, volume("v", "1Gi", spec))).rejects.toMatchObject({
      code: "Invalid",
      message: expect.stringContaining(message),
    })
  })

  test("its source and its mode stay; its claim and its policy may change", async () => {
    const cluster = open()
    await cluster.create(volumes, volume("v", "1Gi"))
    const patch = (spec: object) =>
      cluster.patch(volumes, { name: "v" }, { type: "merge", patch: { spec } as never })
    await expect(patch({ hostPath: { path: "/other" } })).rejects.toMatchObject({
      message: expect.stringContaining(
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation",
      ),
    })
    await expect(patch({ volumeMode: "Block" })).rejects.toMatchObject({
      message: expect.stringContaining(
        'spec.volumeMode: Invalid value: "Block": field is immutable',
      ),
    })
    const claimRef = { namespace: "default", name: "data" }
    await expect(
      patch({ claimRef, persistentVolumeReclaimPolicy: "Delete" }),
    ).resolves.toBeDefined()
  })
})
