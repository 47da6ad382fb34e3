import type { JsonObject } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { kind, type Loose, pods, world } from "./world.js"

const ranges = kind("v1", "LimitRange")
const claims = kind("v1", "PersistentVolumeClaim")
const replicaSets = kind("apps/v1", "ReplicaSet")
const namespace = "default"

/** A world whose default namespace has these limits. */
async function limited(...limits: readonly JsonObject[]) {
  const { sim, clock } = world()
  const metadata = { namespace, name: "limits" }
  const range = { apiVersion: "v1", kind: "LimitRange", metadata, spec: { limits } }
  await sim.cluster.create(ranges, range as Loose)
  return { clock, cluster: sim.cluster }
}

const podOf = (...resources: readonly JsonObject[]): Loose => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace, name: "p" },
  spec: {
    containers: resources.map((each, index) => ({
      name: `c${index}`,
      image: "i:1",
      resources: each,
    })),
  },
})

test("containers that ask for nothing get what their namespace gives, and the pod says so", async () => {
  const { cluster } = await limited({
    type: "Container",
    default: { cpu: "500m", memory: "64Mi" },
    defaultRequest: { cpu: "100m" },
  })
  const made = await cluster.create(pods, podOf({}, { limits: { cpu: "2", memory: "1Gi" } }))
  const [first, second] = made["spec"].containers
  expect(first.resources).toEqual({
    limits: { cpu: "500m", memory: "64Mi" },
    requests: { cpu: "100m", memory: "64Mi" },
  })
  expect(second.resources.limits).toEqual({ cpu: "2", memory: "1Gi" })
  expect(made.metadata.annotations).toEqual({
    "kubernetes.io/limit-ranger":
      "LimitRanger plugin set: cpu, memory request for container c0; cpu, memory limit for container c0",
  })
  expect(made["status"]).toMatchObject({ qosClass: "Burstable" })
})

test("so do pods of a template, those made before there were limits excepted", async () => {
  const { sim, clock } = world()
  const labels = { app: "a" }
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i:1" }] } }
  await sim.cluster.create(replicaSets, {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { namespace, name: "a" },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  } as Loose)
  await clock.advance(10_000)
  const limits = [{ type: "Container", default: { cpu: "1" } }]
  const metadata = { namespace, name: "limits" }
  const range = { apiVersion: "v1", kind: "LimitRange", metadata, spec: { limits } }
  await sim.cluster.create(ranges, range as Loose)
  const patch = { type: "merge", patch: { spec: { replicas: 2 } } } as const
  await sim.cluster.patch(replicaSets, { namespace, name: "a" }, patch)
  await clock.advance(10_000)
  const { items } = await sim.cluster.list(pods)
  const cpus = items.map(({ spec }) => spec.containers[0].resources.limits?.cpu)
  expect(cpus.toSorted()).toEqual(["1", undefined])
})

test.each<[string, JsonObject, readonly JsonObject[], string]>([
  [
    "less than the least and more than the most",
    { type: "Container", min: { cpu: "100m" }, max: { cpu: "1" } },
    [{ requests: { cpu: "50m" }, limits: { cpu: "3" } }],
    "[minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per Container is 1, but limit is 3]",
  ],
  [
    "limits that are too many times the requests",
    { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
    [{ requests: { cpu: "250m" }, limits: { cpu: "1" } }],
    "cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000",
  ],
  [
    "containers that are too much together",
    { type: "Pod", max: { memory: "1Gi" } },
    [{ limits: { memory: "768Mi" } }, { limits: { memory: "512Mi" } }],
    "maximum memory usage per Pod is 1Gi, but limit is 1280Mi",
  ],
  [
    "a pod that says nothing",
    { type: "Pod", min: { cpu: "1" } },
    [{}],
    "minimum cpu usage per Pod is 1.  No request is specified",
  ],
])("refused: %s", async (_name, limit, resources, why) => {
  const { cluster } = await limited(limit)
  const options = { dryRun: true }
  await expect(cluster.create(pods, podOf(...resources), options)).rejects.toThrow(
    `pods "p" is forbidden: ${why}`,
  )
})

test("claims are limited too, and may not grow past it", async () => {
  const { cluster } = await limited({
    type: "PersistentVolumeClaim",
    min: { storage: "1Gi" },
    max: { storage: "2Gi" },
  })
  const claim = (storage: string): Loose => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { namespace, name: "c" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
  })
  const rule = 'persistentvolumeclaims "c" is forbidden: '
  await expect(cluster.create(claims, claim("500Mi"))).rejects.toThrow(
    `${rule}minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi`,
  )
  await expect(cluster.create(claims, claim("3Gi"))).rejects.toThrow(
    `${rule}maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi`,
  )
  await cluster.create(claims, claim("1Gi"))
})
