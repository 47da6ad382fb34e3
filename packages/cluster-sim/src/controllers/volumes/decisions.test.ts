import type { Stored } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { decideClaim } from "./claim-decision.js"
import { decideProtection } from "./protection.js"
import type { PersistentVolume, StorageClass, VolumeClaim } from "./volume.js"
import { decideVolume } from "./volume-decision.js"

function meta(name: string, more: object = {}) {
  const identity = { uid: `uid-of-${name}`, resourceVersion: "1" }
  return { name, ...identity, creationTimestamp: "2026-01-01T00:00:00Z", ...more }
}

function claim(spec: object = {}, metadata: object = {}): Stored<VolumeClaim> {
  const resources = { requests: { storage: "1Gi" } }
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: meta("data", { namespace: "shop", ...metadata }),
    spec: { accessModes: ["ReadWriteOnce"], resources, ...spec },
    status: { phase: "Pending" },
  }
}

function volume(spec: object = {}, more: object = {}): Stored<PersistentVolume> {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: meta("v"),
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
    status: { phase: "Available" },
    ...more,
  }
}

function storageClass(name: string, more: object = {}): Stored<StorageClass> {
  const kind = "StorageClass"
  return { apiVersion: "storage.k8s.io/v1", kind, metadata: meta(name), provisioner: "p", ...more }
}

const later = { volumeBindingMode: "WaitForFirstConsumer" }
const decided = (
  of: Stored<VolumeClaim>,
  volumes: readonly Stored<PersistentVolume>[] = [],
  classes: readonly Stored<StorageClass>[] = [],
  waitingPods: readonly string[] = [],
) => {
  const decision = decideClaim(of, { volumes, classes, waitingPods })
  return decision.type === "Wait" || decision.type === "Lose"
    ? `${decision.type} ${decision.event?.reason ?? "silently"}`
    : decision.type
}

describe("a claim", () => {
  const bound = { annotations: { "pv.kubernetes.io/bind-completed": "yes" } }
  const taken = (uid: string) => ({ claimRef: { namespace: "shop", name: "data", uid } })

  test.each([
    ["free volume", claim(), [volume()], [], "Bind"],
    ["nothing", claim(), [], [], "Wait FailedBinding"],
    ["class unknown", claim({ storageClassName: "x" }), [], [], "Wait ProvisioningFailed"],
    ["class", claim({ storageClassName: "x" }), [], [storageClass("x")], "Provision"],
    [
      "volume of another class",
      claim({ storageClassName: "x" }),
      [volume()],
      [storageClass("x")],
      "Provision",
    ],
    [
      "delayed",
      claim({ storageClassName: "x" }),
      [volume({ storageClassName: "x" })],
      [storageClass("x", later)],
      "Wait WaitForFirstConsumer",
    ],
    [
      "delayed, with a node",
      claim(
        { storageClassName: "x" },
        { annotations: { "volume.kubernetes.io/selected-node": "n" } },
      ),
      [],
      [storageClass("x", later)],
      "Provision",
    ],
    ["named volume absent", claim({ volumeName: "v" }), [], [], "Wait silently"],
    [
      "named volume unsuitable",
      claim({ volumeName: "v", volumeMode: "Block" }),
      [volume()],
      [],
      "Wait VolumeMismatch",
    ],
    [
      "named volume another's",
      claim({ volumeName: "v" }),
      [volume(taken("else"))],
      [],
      "Wait FailedBinding",
    ],
    ["bound", claim({ volumeName: "v" }, bound), [volume(taken("uid-of-data"))], [], "Bind"],
    ["bound to nothing", claim({}, bound), [], [], "Lose ClaimLost"],
    ["bound to what is gone", claim({ volumeName: "v" }, bound), [], [], "Lose ClaimLost"],
    [
      "bound to what is another's",
      claim({ volumeName: "v" }, bound),
      [volume(taken("else"))],
      [],
      "Lose ClaimMisbound",
    ],
  ] as const)("%s", (...[, of, volumes, classes, expected]) => {
    expect(decided(of, volumes, classes)).toBe(expected)
  })

  test("names the pods that have no node yet", () => {
    const of = claim({ storageClassName: "x" })
    const surroundings = { volumes: [], classes: [storageClass("x", later)] }
    expect(decideClaim(of, { ...surroundings, waitingPods: ["a"] })).toMatchObject({
      event: { reason: "WaitForPodScheduled", message: "waiting for pod a to be scheduled" },
    })
    expect(decideClaim(of, { ...surroundings, waitingPods: ["a", "b"] })).toMatchObject({
      event: { message: "waiting for pods a,b to be scheduled" },
    })
  })

  test("from before there was a default class gets the newest", () => {
    const marked = (name: string, day: string) =>
      storageClass(name, {
        metadata: meta(name, {
          creationTimestamp: `2026-01-${day}T00:00:00Z`,
          annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
        }),
      })
    const classes = [marked("old", "01"), marked("young", "02")]
    expect(decideClaim(claim(), { volumes: [], classes, waitingPods: [] })).toEqual({
      type: "Classify",
      storageClass: "young",
    })
  })
})

describe("a volume", () => {
  const uid = "uid-of-data"
  const claimRef = { namespace: "shop", name: "data", uid }
  const here = claim({ volumeName: "v" })
  const made = { metadata: meta("v", { annotations: { "pv.kubernetes.io/provisioned-by": "p" } }) }
  const released = { status: { phase: "Released" } }
  const deleted = { claimRef, persistentVolumeReclaimPolicy: "Delete" }
  const byController = {
    metadata: meta("v", { annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } }),
  }
  test.each([
    ["nobody's", volume(), undefined, { type: "Settle", phase: "Available" }],
    [
      "kept by name",
      volume({ claimRef: { namespace: "shop", name: "data" } }),
      undefined,
      { type: "Settle", phase: "Available" },
    ],
    ["bound", volume({ claimRef }), here, { type: "Settle", phase: "Bound" }],
    ["its claim has yet to say so", volume({ claimRef }), claim(), { type: "Wait" }],
    ["left", volume({ claimRef }), undefined, { type: "Settle", phase: "Released" }],
    [
      "left for another of the same name",
      volume({ claimRef: { ...claimRef, uid: "old" } }),
      here,
      { type: "Settle", phase: "Released" },
    ],
    ["left, kept", volume({ claimRef }, released), undefined, { type: "Wait" }],
    [
      "left, made by a provisioner",
      volume(deleted, { ...released, ...made }),
      undefined,
      { type: "Wait" },
    ],
    [
      "left, hostPath below /tmp",
      volume({ ...deleted, hostPath: { path: "/tmp/x" } }, released),
      undefined,
      { type: "Delete" },
    ],
    [
      "left, wiped",
      volume({ ...deleted, persistentVolumeReclaimPolicy: "Recycle", nfs: {} }, released),
      undefined,
      { type: "Recycle" },
    ],
    [
      "its claim is elsewhere",
      volume({ claimRef }, byController),
      claim({ volumeName: "w" }),
      { type: "Free", keepsName: false },
    ],
    [
      "its claim is elsewhere, it was kept by hand",
      volume({ claimRef }),
      claim({ volumeName: "w" }),
      { type: "Free", keepsName: true },
    ],
    [
      "its claim is elsewhere, it was made for it",
      volume(deleted, made),
      claim({ volumeName: "w" }),
      { type: "Settle", phase: "Released" },
    ],
  ] as const)("%s", (_what, of, found, expected) => {
    expect(decideVolume(of, found)).toEqual(expected)
  })

  test.each([
    [
      { ...deleted, csi: {} },
      'error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
    ],
    [
      { ...deleted, hostPath: { path: "/tmp" } },
      "host_path deleter only supports /tmp/.+ but received provided /tmp",
    ],
    [
      { ...deleted, persistentVolumeReclaimPolicy: "Recycle" },
      "No recycler plugin found for the volume!",
    ],
  ])("that nobody can unmake fails: %j", (spec, message) => {
    expect(decideVolume(volume(spec, released), undefined)).toMatchObject({ type: "Fail", message })
  })
})

test("protection is put on, kept while it is needed, and taken off", () => {
  const going = { deletionTimestamp: "2026-01-01T00:00:00Z" }
  expect(decideProtection({}, "p", false)).toEqual(["p"])
  expect(decideProtection({ finalizers: ["p"] }, "p", true)).toBeUndefined()
  expect(decideProtection({ finalizers: ["p", "q"], ...going }, "p", true)).toBeUndefined()
  expect(decideProtection({ finalizers: ["p", "q"], ...going }, "p", false)).toEqual(["q"])
  expect(decideProtection({ finalizers: ["q"], ...going }, "p", false)).toBeUndefined()
})
