import { describe, expect, test } from "vitest"
import { kind, type Loose, nodes, pod, pods, world } from "./world.js"

const statefulSets = kind("apps/v1", "StatefulSet")
const daemonSets = kind("apps/v1", "DaemonSet")
const services = kind("v1", "Service")
const endpoints = kind("v1", "Endpoints")
const slices = kind("discovery.k8s.io/v1", "EndpointSlice")
const claims = kind("v1", "PersistentVolumeClaim")
const key = { namespace: "default", name: "web" }
const labels = { app: "web" }

function template(image: string): object {
  return { metadata: { labels }, spec: { containers: [{ name: "main", image }] } }
}

function statefulSet(more: object = {}): Loose {
  const spec = {
    selector: { matchLabels: labels },
    template: template("app:1"),
    serviceName: "web",
  }
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: key,
    spec: { replicas: 3, ...spec, ...more },
  }
}

const image = (to: string) => ({
  type: "strategic" as const,
  patch: { spec: { template: { spec: { containers: [{ name: "main", image: to }] } } } },
})

describe("StatefulSet", () => {
  test("waits in silence for the end of a pod that has the name of one of its own", async () => {
    const { clock, sim, pod: get, events } = world()
    const { spec } = template("other:1") as { readonly spec: object }
    const stranger = { apiVersion: "v1", kind: "Pod", metadata: { ...key, name: "web-0" }, spec }
    await sim.cluster.create(pods, stranger)
    await sim.cluster.create(statefulSets, statefulSet())
    await clock.advance(30_000)
    expect(await events("FailedCreate")).toEqual([])
    await sim.cluster.delete(pods, { ...key, name: "web-0" })
    await clock.advance(60_000)
    const controllers = (await get("web-0"))?.metadata.ownerReferences?.map((each) => each.kind)
    expect(controllers).toEqual(["StatefulSet"])
  })

  test("starts its pods in order, each when the one before is ready, with claims of their own", async () => {
    const { clock, sim, pod: get, problems } = world()
    const volumeClaimTemplates = [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ]
    await sim.cluster.create(statefulSets, statefulSet({ volumeClaimTemplates }))
    await clock.advance(1_500)
    expect([await get("web-0"), await get("web-1")].map((each) => each === undefined)).toEqual([
      false,
      true,
    ])
    await clock.advance(20_000)
    const last = await get("web-2")
    expect(last).toMatchObject({
      metadata: {
        labels: {
          "apps.kubernetes.io/pod-index": "2",
          "statefulset.kubernetes.io/pod-name": "web-2",
        },
      },
      spec: { hostname: "web-2", subdomain: "web" },
    })
    expect(last?.["spec"].volumes).toContainEqual({
      name: "data",
      persistentVolumeClaim: { claimName: "data-web-2" },
    })
    expect((await sim.cluster.list(claims)).items).toHaveLength(3)
    const set = await sim.cluster.get(statefulSets, key)
    expect(set?.["status"]).toMatchObject({ replicas: 3, readyReplicas: 3, updatedReplicas: 3 })
    expect(problems).toEqual([])
  })

  test("rolls from the highest ordinal down to the partition, then finishes", async () => {
    const { clock, sim, pod: get } = world()
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 2 } }
    await sim.cluster.create(statefulSets, statefulSet({ updateStrategy }))
    await clock.advance(30_000)
    await sim.cluster.patch(statefulSets, key, image("app:2"))
    await clock.advance(60_000)
    const images = async (): Promise<string[]> =>
      Promise.all(
        [0, 1, 2].map(async (index) => (await get(`web-${index}`))?.["spec"].containers[0].image),
      )
    expect(await images()).toEqual(["app:1", "app:1", "app:2"])
    const half = await sim.cluster.get(statefulSets, key)
    expect(half?.["status"]).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 })
    const patch = { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } }
    await sim.cluster.patch(statefulSets, key, { type: "merge", patch })
    await clock.advance(60_000)
    expect(await images()).toEqual(["app:2", "app:2", "app:2"])
    const { status } = (await sim.cluster.get(statefulSets, key)) as Loose
    expect(status.currentRevision).toBe(status.updateRevision)
  })

  test("scales down from the highest, one at a time", async () => {
    const { clock, sim } = world()
    await sim.cluster.create(statefulSets, statefulSet())
    await clock.advance(30_000)
    const gone: string[] = []
    sim.onWrite(({ kind: { plural }, key: { name }, after }) => {
      if (plural === "pods" && after === undefined) gone.push(name)
    })
    const patch = { spec: { replicas: 1 } }
    await sim.cluster.patch(statefulSets, key, { type: "merge", patch })
    await clock.advance(60_000)
    expect(gone).toEqual(["web-2", "web-1"])
  })
})

describe("StatefulSet whose ordinals begin at five", () => {
  const ordinals = { start: 5 }

  test("its partition counts members, not ordinals", async () => {
    const { clock, sim, pod: get } = world()
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 2 } }
    await sim.cluster.create(statefulSets, statefulSet({ ordinals, updateStrategy }))
    await clock.advance(30_000)
    await sim.cluster.patch(statefulSets, key, image("app:2"))
    await clock.advance(60_000)
    const images = [5, 6, 7].map(
      async (index) => (await get(`web-${index}`))?.["spec"].containers[0].image,
    )
    expect(await Promise.all(images)).toEqual(["app:1", "app:1", "app:2"])
  })
})

describe("StatefulSet that shrinks", () => {
  const scale = { type: "merge", patch: { spec: { replicas: 1 } } } as const

  test("counts a member that is going as ready for as long as it says so", async () => {
    const { clock, sim } = world({ pods: { default: { terminateMs: 5_000 } } })
    await sim.cluster.create(statefulSets, statefulSet())
    await clock.advance(30_000)
    await sim.cluster.patch(statefulSets, key, scale)
    await clock.advance(1_000)
    const { status } = (await sim.cluster.get(statefulSets, key)) as Loose
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3 })
    await clock.advance(60_000)
    const after = (await sim.cluster.get(statefulSets, key)) as Loose
    expect(after["status"]).toMatchObject({ replicas: 1, readyReplicas: 1, availableReplicas: 1 })
  })

  test("waits for a member that is not ready while a lower one is not, either", async () => {
    const late = [
      { atMs: 10_000, ready: false },
      { atMs: 40_000, ready: true },
    ]
    const labelSelector = {
      matchExpressions: [
        { key: "apps.kubernetes.io/pod-index", operator: "In" as const, values: ["1", "2"] },
      ],
    }
    const { clock, sim } = world({
      pods: { rules: [{ labelSelector, behavior: { readiness: late } }] },
    })
    await sim.cluster.create(statefulSets, statefulSet())
    await clock.advance(20_000)
    await sim.cluster.patch(statefulSets, key, scale)
    const left = async (): Promise<string[]> =>
      (await sim.cluster.list(pods)).items.map(({ metadata }) => metadata.name)
    await clock.advance(5_000)
    expect(await left()).toEqual(["web-0", "web-1", "web-2"])
    await clock.advance(60_000)
    expect(await left()).toEqual(["web-0"])
  })
})

describe("DaemonSet", () => {
  const daemonSet = (): Loose => ({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: key,
    spec: { selector: { matchLabels: labels }, template: template("app:1") },
  })

  test("runs a pod on every node that it tolerates, and on those that come later", async () => {
    const taints = [{ key: "gpu", value: "yes", effect: "NoSchedule" as const }]
    const list = [{ name: "a" }, { name: "b" }, { name: "c", taints }]
    const { clock, sim, problems } = world({ nodes: list })
    await sim.cluster.create(daemonSets, daemonSet())
    await clock.advance(10_000)
    const placed = async (): Promise<string[]> =>
      (await sim.cluster.list(pods)).items.map((each) => each["spec"].nodeName).toSorted()
    expect(await placed()).toEqual(["a", "b"])
    await sim.cluster.create(nodes, { apiVersion: "v1", kind: "Node", metadata: { name: "d" } })
    await clock.advance(10_000)
    expect(await placed()).toEqual(["a", "b", "d"])
    expect((await sim.cluster.get(daemonSets, key))?.["status"]).toMatchObject({
      desiredNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
    })
    expect(problems).toEqual([])
  })

  test("starts new pods beside the old ones where it may surge", async () => {
    const { clock, sim, problems } = world({ nodes: 3 })
    const updateStrategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
    const set = daemonSet()
    await sim.cluster.create(daemonSets, { ...set, spec: { ...set["spec"], updateStrategy } })
    await clock.advance(30_000)
    await sim.cluster.patch(daemonSets, key, image("app:2"))
    let most = 0
    let fewest = 3
    const members = async () => (await sim.cluster.list(pods)).items
    for (let second = 0; second < 60; second++) {
      await clock.advance(1_000)
      const all = await members()
      const staying = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      most = Math.max(most, staying.length)
      const ready = await sim.cluster.get(daemonSets, key)
      fewest = Math.min(fewest, ready?.["status"].numberAvailable ?? 0)
    }
    const images = (await members()).map((each) => each["spec"].containers[0].image)
    expect({ images, most, fewest }).toEqual({
      images: ["app:2", "app:2", "app:2"],
      most: 4,
      fewest: 3,
    })
    expect(problems).toEqual([])
  })

  test("tells of a pod that has failed, and makes another", async () => {
    const { clock, sim, events } = world({ nodes: 1 })
    await sim.cluster.create(daemonSets, daemonSet())
    await clock.advance(30_000)
    const [before] = (await sim.cluster.list(pods)).items
    const { name = "" } = before?.metadata ?? {}
    const patch = { status: { phase: "Failed" } }
    const at = { namespace: "default", name }
    await sim.cluster.patch(pods, at, { type: "merge", patch }, { subresource: "status" })
    await clock.advance(60_000)
    expect((await sim.cluster.list(pods)).items).toMatchObject([{ status: { phase: "Running" } }])
    expect(await events("FailedDaemonPod")).toMatchObject([
      {
        type: "Warning",
        message: `Found failed daemon pod default/${name} on node node-0, will try to kill it`,
      },
    ])
  })

  test("replaces one pod after the other", async () => {
    const { clock, sim } = world({ nodes: 3 })
    await sim.cluster.create(daemonSets, daemonSet())
    await clock.advance(10_000)
    const available: number[] = []
    sim.onWrite(({ kind: { plural }, after }) => {
      if (plural !== "daemonsets") return
      available.push((after as Loose | undefined)?.["status"]?.numberAvailable ?? 0)
    })
    await sim.cluster.patch(daemonSets, key, image("app:2"))
    await clock.advance(60_000)
    expect(Math.min(...available)).toBe(2)
    const { items } = await sim.cluster.list(pods)
    expect(items.map((each) => each["spec"].containers[0].image)).toEqual([
      "app:2",
      "app:2",
      "app:2",
    ])
  })
})

describe("endpoints of a service", () => {
  const service: Loose = {
    apiVersion: "v1",
    kind: "Service",
    metadata: key,
    spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "web" }] },
  }
  const serving = (name: string): Loose =>
    pod(
      {
        containers: [
          { name: "main", image: "app:1", ports: [{ name: "web", containerPort: 8080 }] },
        ],
      },
      { name, labels },
    )

  test("follow its pods: none, unready, ready, going", async () => {
    const { clock, sim, problems } = world({ pods: { default: { terminateMs: 9_000 } } })
    await sim.cluster.create(services, service)
    await clock.advance(1_000)
    const slice = async (): Promise<Loose | undefined> => (await sim.cluster.list(slices)).items[0]
    expect(await slice()).toMatchObject({ addressType: "IPv4", endpoints: null, ports: null })
    await sim.cluster.create(pods, serving("one"))
    await clock.advance(5_000)
    expect(await slice()).toMatchObject({
      metadata: { labels: { "kubernetes.io/service-name": "web" } },
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      endpoints: [
        {
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: "node-0",
          targetRef: { kind: "Pod", name: "one" },
        },
      ],
    })
    const older = await sim.cluster.get(endpoints, key)
    expect(older?.["subsets"][0]).toMatchObject({
      addresses: [{ targetRef: { name: "one" } }],
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    })
    await sim.cluster.delete(pods, { namespace: "default", name: "one" })
    await clock.advance(3_000)
    expect((await slice())?.["endpoints"]).toMatchObject([
      { conditions: { ready: false, serving: true, terminating: true } },
    ])
    await sim.cluster.delete(services, key)
    await clock.advance(20_000)
    expect([await slice(), await sim.cluster.get(endpoints, key)]).toEqual([undefined, undefined])
    expect(problems).toEqual([])
  })
})

describe("sets whose pods are refused", () => {
  const quotas = kind("v1", "ResourceQuota")
  const quota = (hardPods: string): Loose => ({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { namespace: "default", name: "q" },
    spec: { hard: { pods: hardPods } },
  })
  const daemonSet: Loose = {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: key,
    spec: { selector: { matchLabels: labels }, template: template("app:1") },
  }

  test.for([
    ["DaemonSet", daemonSets, daemonSet, /^Error creating: pods "web-\w+" is forbidden: exceeded/],
    [
      "StatefulSet",
      statefulSets,
      statefulSet({ replicas: 1 }),
      /^create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: exceeded/,
    ],
  ] as const)(
    "a %s tells why, and has them once there is room",
    async ([_name, of, object, why]) => {
      const { sim, clock, events, problems } = world()
      await sim.cluster.create(quotas, quota("0"))
      await sim.cluster.create(of, object)
      await clock.advance(15_000)
      expect((await sim.cluster.list(pods, { namespace: "default" })).items).toEqual([])
      expect((await events("FailedCreate"))[0]).toMatchObject({
        type: "Warning",
        message: expect.stringMatching(why) as string,
      })
      await sim.cluster.patch(
        quotas,
        { namespace: "default", name: "q" },
        { type: "merge", patch: { spec: { hard: { pods: "5" } } } },
      )
      await clock.advance(10_000)
      expect((await sim.cluster.list(pods, { namespace: "default" })).items).toHaveLength(1)
      expect(problems).toEqual([])
    },
  )
})
