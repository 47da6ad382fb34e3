import { describe, expect, test } from "vitest"
import {
  claim,
  claims,
  storageClass,
  type VolumeWorld,
  volume,
  volumes,
  volumeWorld,
} from "./volume-world.js"
import { kind, type Loose, pod } from "./world.js"

const mounting = (...names: readonly string[]): object => ({
  volumes: names.map((claimName) => ({
    name: `of-${claimName}`,
    persistentVolumeClaim: { claimName },
  })),
})

const phaseOf = async (world: VolumeWorld, name: string) =>
  (await world.claim(name))?.["status"].phase

describe("volumes that were made by hand", () => {
  test("a claim gets the smallest volume that suits it, and both say so", async () => {
    const { clock, make, ...world } = volumeWorld()
    await make(volume("large", "10Gi"), volume("fits", "2Gi"), volume("small", "500Mi"))
    await clock.advance(1_000)
    expect((await world.volume("fits"))?.["status"]).toMatchObject({ phase: "Available" })
    await make(claim("data"))
    await clock.advance(1_000)
    const bound = await world.claim("data")
    expect(bound).toMatchObject({
      metadata: {
        annotations: {
          "pv.kubernetes.io/bind-completed": "yes",
          "pv.kubernetes.io/bound-by-controller": "yes",
        },
        finalizers: ["kubernetes.io/pvc-protection"],
      },
      spec: { volumeName: "fits" },
      status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "2Gi" } },
    })
    expect(await world.volume("fits")).toMatchObject({
      metadata: {
        annotations: { "pv.kubernetes.io/bound-by-controller": "yes" },
        finalizers: ["kubernetes.io/pv-protection"],
      },
      spec: { claimRef: { kind: "PersistentVolumeClaim", name: "data", uid: bound?.metadata.uid } },
      status: { phase: "Bound", lastPhaseTransitionTime: expect.stringMatching(/Z$/) },
    })
    expect(world.problems).toEqual([])
  })

  test("class, mode, access modes and labels are looked at; a claim waits until one suits", async () => {
    const { clock, make, ...world } = volumeWorld()
    const gold = { metadata: { labels: { tier: "gold" } } }
    await make(
      volume("of-class", "1Gi", { storageClassName: "fast" }),
      volume("block", "1Gi", { volumeMode: "Block" }),
      volume("read", "1Gi", { accessModes: ["ReadOnlyMany"] }),
      volume("silver", "1Gi", {}, { labels: { tier: "silver" } }),
      claim("data", { selector: { matchLabels: { tier: "gold" } } }),
    )
    await clock.advance(60_000)
    expect(await phaseOf({ clock, make, ...world }, "data")).toBe("Pending")
    expect(await world.told("data")).toContain(
      "FailedBinding: no persistent volumes available for this claim and no storage class is set",
    )
    await make(volume("gold", "1Gi", {}, gold.metadata))
    await clock.advance(1_000)
    expect((await world.claim("data"))?.["spec"].volumeName).toBe("gold")
  })

  test("two claims never share a volume, whoever is first gets it", async () => {
    const { clock, make, ...world } = volumeWorld()
    await make(claim("a"), claim("b"), claim("c"), volume("one", "1Gi"), volume("two", "1Gi"))
    await clock.advance(10_000)
    const names = await Promise.all(
      ["a", "b", "c"].map(async (name) => (await world.claim(name))?.["spec"].volumeName),
    )
    expect(names).toEqual(["one", "two", undefined])
  })

  test("a claim that names its volume gets that one or is told why not", async () => {
    const { clock, make, ...world } = volumeWorld()
    await make(
      volume("tiny", "1Mi"),
      volume("right", "1Gi"),
      claim("refused", { volumeName: "tiny" }),
      claim("early", { volumeName: "later" }),
      claim("named", { volumeName: "right" }),
      claim("second", { volumeName: "right" }),
    )
    await clock.advance(1_000)
    expect(await world.told("refused")).toContain(
      'VolumeMismatch: Cannot bind to requested volume "tiny": requested PV is too small',
    )
    expect(await world.told("second")).toContain(
      'FailedBinding: volume "right" already bound to a different claim.',
    )
    const named = await world.claim("named")
    expect(named?.["status"].phase).toBe("Bound")
    expect(named?.metadata.annotations).toEqual({ "pv.kubernetes.io/bind-completed": "yes" })
    expect(await phaseOf({ clock, make, ...world }, "early")).toBe("Pending")
    await make(volume("later", "1Gi"))
    await clock.advance(1_000)
    expect(await phaseOf({ clock, make, ...world }, "early")).toBe("Bound")
  })

  test("a volume that is kept for a claim by name is that claim's", async () => {
    const { clock, make, ...world } = volumeWorld()
    const claimRef = { namespace: "default", name: "mine" }
    await make(volume("kept", "5Gi", { claimRef }), volume("free", "1Gi"))
    await clock.advance(1_000)
    expect((await world.volume("kept"))?.["status"].phase).toBe("Available")
    await make(claim("other"), claim("mine"))
    await clock.advance(1_000)
    expect((await world.claim("mine"))?.["spec"].volumeName).toBe("kept")
    expect((await world.claim("other"))?.["spec"].volumeName).toBe("free")
  })
})

describe("what becomes of volumes", () => {
  const bound = async (spec: object): Promise<VolumeWorld> => {
    const world = volumeWorld()
    await world.make(volume("v", "1Gi", spec), claim("data"))
    await world.clock.advance(1_000)
    expect(await phaseOf(world, "data")).toBe("Bound")
    return world
  }

  test("Retain keeps it, Released, until somebody frees it", async () => {
    const world = await bound({})
    const { clock, sim } = world
    await world.remove("claim", "data")
    await clock.advance(1_000)
    const released = await world.volume("v")
    expect(released?.["status"].phase).toBe("Released")
    await world.make(claim("data"))
    await clock.advance(1_000)
    expect(await phaseOf(world, "data")).toBe("Pending")
    const patch = { spec: { claimRef: null } }
    await sim.cluster.patch(volumes, { name: "v" }, { type: "merge", patch })
    await clock.advance(1_000)
    expect(await phaseOf(world, "data")).toBe("Bound")
  })

  test("Delete takes it along, where there is somebody who can", async () => {
    const world = await bound({ persistentVolumeReclaimPolicy: "Delete" })
    await world.remove("claim", "data")
    await world.clock.advance(1_000)
    expect(await world.volume("v")).toBeUndefined()
    const stuck = await bound({
      persistentVolumeReclaimPolicy: "Delete",
      hostPath: { path: "/data" },
    })
    await stuck.remove("claim", "data")
    await stuck.clock.advance(1_000)
    const message = "host_path deleter only supports /tmp/.+ but received provided /data"
    expect((await stuck.volume("v"))?.["status"]).toMatchObject({ phase: "Failed", message })
    expect(await stuck.told("v")).toEqual([`VolumeFailedDelete: ${message}`])
  })

  test("Recycle frees it", async () => {
    const world = await bound({ persistentVolumeReclaimPolicy: "Recycle" })
    await world.remove("claim", "data")
    await world.clock.advance(1_000)
    const free = await world.volume("v")
    expect(free?.["status"].phase).toBe("Available")
    expect(free?.["spec"].claimRef).toBeUndefined()
    expect(await world.told("v")).toEqual(["VolumeRecycled: Volume recycled"])
  })

  test("a claim whose volume is taken away by force is Lost", async () => {
    const world = await bound({})
    const patch = { metadata: { finalizers: null } }
    await world.sim.cluster.patch(volumes, { name: "v" }, { type: "merge", patch })
    await world.remove("volume", "v")
    await world.sim.cluster.patch(volumes, { name: "v" }, { type: "merge", patch }).catch(() => {})
    await world.clock.advance(1_000)
    expect(await phaseOf(world, "data")).toBe("Lost")
    expect(await world.told("data")).toContain(
      "ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!",
    )
  })
})

describe("protection", () => {
  test("a claim goes when the last pod with it has gone, a volume when it is not bound", async () => {
    const world = volumeWorld()
    const { clock } = world
    await world.make(volume("v", "1Gi"), claim("data"))
    await clock.advance(1_000)
    await world.make(pod({ ...mounting("data"), restartPolicy: "Never" }))
    await clock.advance(10_000)
    expect((await world.pod("web"))?.["status"].phase).toBe("Succeeded")
    await world.remove("claim", "data")
    await world.remove("volume", "v")
    await clock.advance(60_000)
    expect((await world.claim("data"))?.metadata.deletionTimestamp).toBeDefined()
    expect((await world.volume("v"))?.["status"].phase).toBe("Bound")
    await world.remove("pod", "web")
    await clock.advance(1_000)
    expect(await world.claim("data")).toBeUndefined()
    expect(await world.volume("v")).toBeUndefined()
    expect(world.problems).toEqual([])
  })

  test("a claim that nobody uses goes at once", async () => {
    const world = volumeWorld()
    await world.make(claim("data"))
    await world.remove("claim", "data")
    await world.clock.advance(0)
    expect(await world.claim("data")).toBeUndefined()
  })
})

describe("provisioning", () => {
  test("the default class makes a volume, which goes with its claim", async () => {
    const { clock, make, ...world } = volumeWorld({
      storageClasses: [{ name: "std", isDefault: true }],
    })
    await make(claim("data"))
    await clock.advance(2_000)
    const made = await world.claim("data")
    const name = `pvc-${made?.metadata.uid}`
    expect(made).toMatchObject({
      metadata: {
        annotations: {
          "volume.kubernetes.io/storage-provisioner": "sim.argo-ts.dev/volumes",
          "volume.beta.kubernetes.io/storage-provisioner": "sim.argo-ts.dev/volumes",
        },
      },
      spec: { storageClassName: "std", volumeName: name },
      status: { phase: "Bound", capacity: { storage: "1Gi" } },
    })
    expect(await world.volume(name)).toMatchObject({
      metadata: { annotations: { "pv.kubernetes.io/provisioned-by": "sim.argo-ts.dev/volumes" } },
      spec: { persistentVolumeReclaimPolicy: "Delete", storageClassName: "std" },
      status: { phase: "Bound" },
    })
    expect((await world.told("data")).toSorted()).toEqual([
      "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'sim.argo-ts.dev/volumes' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
      'Provisioning: External provisioner is provisioning volume for claim "default/data"',
      `ProvisioningSucceeded: Successfully provisioned volume ${name}`,
    ])
    await world.remove("claim", "data")
    await clock.advance(1_000)
    expect(await world.volume(name)).toBeUndefined()
    expect(world.problems).toEqual([])
  })

  test("a claim from before there was a default class gets it", async () => {
    const { clock, make, ...world } = volumeWorld()
    await make(claim("data"), claim("bare", { storageClassName: "" }))
    await clock.advance(1_000)
    const annotations = { "storageclass.kubernetes.io/is-default-class": "true" }
    await make(storageClass("late", { provisioner: "x", metadata: { name: "late", annotations } }))
    await clock.advance(5_000)
    expect((await world.claim("data"))?.["status"].phase).toBe("Bound")
    expect((await world.claim("bare"))?.["status"].phase).toBe("Pending")
  })

  test("a class that is not there, one without provisioner, and failures are told", async () => {
    const provisioners = { bad: { error: "rpc error: no room", provisionMs: 0 }, absent: null }
    const { clock, make, ...world } = volumeWorld({ provisioners })
    await make(
      storageClass("manual"),
      storageClass("broken", { provisioner: "bad" }),
      storageClass("idle", { provisioner: "absent" }),
      claim("none", { storageClassName: "nowhere" }),
      claim("manual", { storageClassName: "manual" }),
      claim("broken", { storageClassName: "broken" }),
      claim("idle", { storageClassName: "idle" }),
    )
    await clock.advance(100_000)
    expect(await world.told("none")).toEqual([
      'ProvisioningFailed: storageclass.storage.k8s.io "nowhere" not found',
    ])
    expect(await world.told("manual")).toContain(
      "ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner",
    )
    expect(await world.told("idle")).toHaveLength(1)
    const [failure] = (await world.events("ProvisioningFailed")).filter(
      (event) => event["involvedObject"].name === "broken",
    )
    expect(failure).toMatchObject({
      message: 'failed to provision volume with StorageClass "broken": rpc error: no room',
      // At 0, 15 and 45 s.
      count: 3,
    })
  })
})

describe("pods and their claims", () => {
  const scheduled = async (world: VolumeWorld, name = "web") =>
    (await world.pod(name))?.["status"].conditions?.find(
      ({ type }: { readonly type: string }) => type === "PodScheduled",
    )
  const help = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."

  test("a pod waits until its claims are there and bound", async () => {
    const world = volumeWorld()
    await world.make(pod(mounting("data")))
    await world.clock.advance(5_000)
    expect(await scheduled(world)).toMatchObject({
      status: "False",
      reason: "Unschedulable",
      message: `0/1 nodes are available: persistentvolumeclaim "data" not found. ${help}`,
    })
    await world.make(claim("data"))
    await world.clock.advance(5_000)
    expect((await scheduled(world)).message).toBe(
      `0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. ${help}`,
    )
    expect(await world.events("FailedScheduling")).toHaveLength(2)
    await world.make(volume("v", "1Gi"))
    await world.clock.advance(5_000)
    expect((await world.pod("web"))?.["status"].phase).toBe("Running")
    expect(world.problems).toEqual([])
  })

  test("a claim that goes, or is lost, keeps pods away", async () => {
    const world = volumeWorld()
    await world.make(volume("v", "1Gi"), claim("data"))
    await world.clock.advance(1_000)
    await world.make(pod(mounting("data")))
    await world.clock.advance(5_000)
    await world.remove("claim", "data")
    await world.make(pod(mounting("data"), { name: "late" }))
    await world.clock.advance(5_000)
    expect((await scheduled(world, "late")).message).toBe(
      `0/1 nodes are available: persistentvolumeclaim "data" is being deleted. ${help}`,
    )
  })

  test("a volume that one node reaches takes its pods there", async () => {
    const required = {
      nodeSelectorTerms: [
        {
          matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["node-2"] }],
        },
      ],
    }
    const world = volumeWorld({ nodes: 3 })
    await world.make(volume("v", "1Gi", { nodeAffinity: { required } }), claim("data"))
    await world.clock.advance(1_000)
    await world.make(pod(mounting("data")))
    await world.make(
      pod(
        { ...mounting("data"), nodeSelector: { "kubernetes.io/hostname": "node-1" } },
        { name: "no" },
      ),
    )
    await world.clock.advance(5_000)
    expect((await world.pod("web"))?.["spec"].nodeName).toBe("node-2")
    expect((await scheduled(world, "no")).message).toBe(
      "0/3 nodes are available: 1 node(s) had volume node affinity conflict, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    )
  })
})

describe("a claim for one pod alone", () => {
  test("keeps others waiting until that pod has gone", async () => {
    const world = volumeWorld({ nodes: 2 })
    const accessModes = ["ReadWriteOncePod"]
    await world.make(volume("v", "1Gi", { accessModes }), claim("data", { accessModes }))
    await world.clock.advance(1_000)
    await world.make(pod(mounting("data")))
    await world.clock.advance(5_000)
    await world.make(pod(mounting("data"), { name: "second" }))
    await world.clock.advance(5_000)
    expect(await scheduledMessage(world, "second")).toBe(
      "0/2 nodes are available: 2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    )
    await world.remove("pod", "web")
    await world.clock.advance(10_000)
    expect((await world.pod("second"))?.["status"].phase).toBe("Running")
  })
})

describe("the claims of a StatefulSet", () => {
  const sets = kind("apps/v1", "StatefulSet")
  const key = { namespace: "default", name: "web" }
  const set = (replicas: number, policy: object): Loose => ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: key,
    spec: {
      replicas,
      serviceName: "web",
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "main",
              image: "app:1",
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
      persistentVolumeClaimRetentionPolicy: policy,
    },
  })
  const scale = (world: VolumeWorld, replicas: number) =>
    world.sim.cluster.patch(sets, key, { type: "merge", patch: { spec: { replicas } } })
  const standard = [{ name: "standard", isDefault: true }] as const

  test("are bound before their pods run, and stay when the set shrinks", async () => {
    const world = volumeWorld({ storageClasses: standard })
    await world.make(set(2, {}))
    await world.clock.advance(30_000)
    expect((await world.pod("web-1"))?.["status"].phase).toBe("Running")
    const first = await world.claim("data-web-1")
    expect(first?.["status"].phase).toBe("Bound")
    await scale(world, 1)
    await world.clock.advance(60_000)
    expect((await world.claim("data-web-1"))?.metadata.uid).toBe(first?.metadata.uid)
  })

  test("go with members that are scaled away, and come back new with them", async () => {
    const world = volumeWorld({ storageClasses: standard })
    await world.make(set(2, { whenScaled: "Delete", whenDeleted: "Delete" }))
    await world.clock.advance(30_000)
    const first = await world.claim("data-web-1")
    await scale(world, 1)
    await world.clock.advance(100)
    // The pod still has it, and takes it along.
    const held = await world.claim("data-web-1")
    expect(held?.metadata.deletionTimestamp).toBeUndefined()
    expect(held?.metadata.ownerReferences).toMatchObject([{ kind: "Pod", name: "web-1" }])
    await scale(world, 2)
    await world.clock.advance(60_000)
    const second = await world.claim("data-web-1")
    expect(second?.metadata.uid).not.toBe(first?.metadata.uid)
    expect((await world.pod("web-1"))?.["status"].phase).toBe("Running")
    await world.sim.cluster.delete(sets, key)
    await world.clock.advance(60_000)
    expect((await world.sim.cluster.list(claims)).items).toEqual([])
    expect((await world.sim.cluster.list(volumes)).items).toEqual([])
  })

  test("go with the set where its policy says so later, and stay where it no longer does", async () => {
    const world = volumeWorld({ storageClasses: standard })
    const owners = async (): Promise<readonly (string | undefined)[]> =>
      (await world.sim.cluster.list(claims)).items.flatMap(({ metadata }) =>
        (metadata.ownerReferences ?? []).map(({ kind }) => kind),
      )
    const keep = async (whenDeleted: string): Promise<void> => {
      const persistentVolumeClaimRetentionPolicy = { whenDeleted, whenScaled: "Retain" }
      const patch = { spec: { persistentVolumeClaimRetentionPolicy } }
      await world.sim.cluster.patch(sets, key, { type: "merge", patch })
      await world.clock.advance(30_000)
    }
    await world.make(set(2, { whenDeleted: "Retain", whenScaled: "Retain" }))
    await world.clock.advance(30_000)
    expect(await owners()).toEqual([])
    await keep("Delete")
    expect(await owners()).toEqual(["StatefulSet", "StatefulSet"])
    await keep("Retain")
    expect(await owners()).toEqual([])
  })

  test("are made anew where they go while their pod waits", async () => {
    const world = volumeWorld()
    await world.make(set(1, {}))
    await world.clock.advance(5_000)
    await world.remove("claim", "data-web-0")
    await world.clock.advance(5_000)
    expect(await world.claim("data-web-0")).toBeDefined()
    await world.make(volume("v", "1Gi"))
    await world.clock.advance(10_000)
    expect((await world.pod("web-0"))?.["status"].phase).toBe("Running")
  })
})

describe("volumes that wait for the first consumer", () => {
  const later = { name: "later", volumeBindingMode: "WaitForFirstConsumer" } as const
  const wanted = claim("data", { storageClassName: "later" })

  test("one is made on the node of the pod", async () => {
    const world = volumeWorld({ storageClasses: [later], nodes: 2 })
    await world.make(wanted)
    await world.clock.advance(60_000)
    expect(await phaseOf(world, "data")).toBe("Pending")
    expect(await world.told("data")).toEqual([
      "WaitForFirstConsumer: waiting for first consumer to be created before binding",
    ])
    await world.make(
      pod({ ...mounting("data"), nodeSelector: { "kubernetes.io/hostname": "node-1" } }),
    )
    await world.clock.advance(500)
    expect((await world.claim("data"))?.metadata.annotations).toMatchObject({
      "volume.kubernetes.io/selected-node": "node-1",
    })
    expect((await world.pod("web"))?.["spec"].nodeName).toBeUndefined()
    await world.clock.advance(5_000)
    expect((await world.pod("web"))?.["status"].phase).toBe("Running")
    expect((await world.pod("web"))?.["spec"].nodeName).toBe("node-1")
    expect(world.problems).toEqual([])
  })

  test("one that is there is taken where the pod goes", async () => {
    const on = (node: string): object => ({
      storageClassName: "local",
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }],
            },
          ],
        },
      },
    })
    const world = volumeWorld({ nodes: 3 })
    await world.make(
      storageClass("local", { volumeBindingMode: "WaitForFirstConsumer" }),
      volume("v1", "1Gi", on("node-1")),
      volume("v2", "2Gi", on("node-2")),
      claim("data", { storageClassName: "local" }),
      claim("more", { storageClassName: "local", resources: { requests: { storage: "2Gi" } } }),
      claim("huge", { storageClassName: "local", resources: { requests: { storage: "9Gi" } } }),
    )
    await world.clock.advance(1_000)
    await world.make(pod(mounting("more")), pod(mounting("huge"), { name: "huge" }))
    await world.clock.advance(5_000)
    expect((await world.pod("web"))?.["spec"].nodeName).toBe("node-2")
    expect((await world.claim("more"))?.["spec"].volumeName).toBe("v2")
    expect(await scheduledMessage(world, "huge")).toMatch(
      /^0\/3 nodes are available: 3 node\(s\) didn't find available persistent volumes to bind\./,
    )
    await world.make(pod(mounting("data"), { name: "third" }))
    await world.clock.advance(5_000)
    expect((await world.pod("third"))?.["spec"].nodeName).toBe("node-1")
  })

  test("a pod that waits for its volumes keeps its place on the node", async () => {
    const capacity = { cpu: "1", memory: "1Gi", pods: "10" }
    const slow = { "sim.argo-ts.dev/volumes": { provisionMs: 60_000 } }
    const world = volumeWorld({
      storageClasses: [later],
      provisioners: slow,
      nodes: [{ name: "only", capacity }],
    })
    const resources = { requests: { cpu: "600m" } }
    const containers = [{ name: "main", image: "app:1", resources }]
    await world.make(wanted, pod({ ...mounting("data"), containers }))
    await world.clock.advance(1_000)
    await world.make(pod({ containers }, { name: "late" }))
    await world.clock.advance(10_000)
    expect(await scheduledMessage(world, "late")).toContain("1 Insufficient cpu")
    await world.clock.advance(60_000)
    expect((await world.pod("web"))?.["status"].phase).toBe("Running")
    expect((await world.pod("late"))?.["spec"].nodeName).toBeUndefined()
    await world.remove("pod", "web")
    await world.clock.advance(60_000)
    expect((await world.pod("late"))?.["status"].phase).toBe("Running")
  })

  test("who never gets its volume is told after ten minutes, and tries again", async () => {
    const provisioners = { "sim.argo-ts.dev/volumes": null }
    const world = volumeWorld({ storageClasses: [later], provisioners })
    await world.make(wanted, pod(mounting("data")))
    await world.clock.advance(599_000)
    expect(await world.events("FailedScheduling")).toEqual([])
    await world.clock.advance(2_000)
    expect((await world.events("FailedScheduling"))[0]).toMatchObject({
      message: 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded',
    })
    const patch = { metadata: { annotations: { "volume.kubernetes.io/selected-node": null } } }
    const key = { namespace: "default", name: "data" }
    await world.sim.cluster.patch(claims, key, { type: "merge", patch })
    await world.clock.advance(1_000)
    expect((await world.events("FailedScheduling")).map((event) => event["message"])).toContain(
      'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "data"',
    )
    expect((await world.claim("data"))?.metadata.annotations).toHaveProperty([
      "volume.kubernetes.io/selected-node",
    ])
  })
})

async function scheduledMessage(world: VolumeWorld, name: string): Promise<string> {
  const found = await world.pod(name)
  return found?.["status"].conditions?.find(
    ({ type }: { readonly type: string }) => type === "PodScheduled",
  )?.message
}
