import type { Cluster } from "@argo-ts/k8s"
import type { Stored } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { kind, type Loose, pods, world } from "./world.js"

const replicaSets = kind("apps/v1", "ReplicaSet")
const classes = kind("scheduling.k8s.io/v1", "PriorityClass")
const accounts = kind("v1", "ServiceAccount")
const key = { namespace: "default", name: "web" }

const spec = {
  containers: [{ name: "main", image: "app:1", env: [{ name: "A", value: "1" }] }],
}

/** A ReplicaSet whose pods no controller makes, and what makes them by hand. */
async function createSet(cluster: Cluster) {
  const labels = { app: "web" }
  const set = await cluster.create(replicaSets, {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: key,
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  })
  const owner = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: "web",
    uid: set.metadata.uid,
    controller: true,
  }
  const pod = (name: string, own: object): Promise<Stored<Loose>> =>
    cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: "default", name, ownerReferences: [owner] },
      spec: own,
    })
  return { template: set["spec"].template.spec, pod }
}

test("pods of one template are what pods of the same words are, and share it", async () => {
  const { sim, clock } = world()
  await clock.advance(0)
  const { template, pod } = await createSet(sim.cluster)
  const [first, second, other] = [
    await pod("first", template),
    await pod("second", template),
    await pod("other", JSON.parse(JSON.stringify(template))),
  ]
  expect(second["spec"]).toBe(first["spec"])
  expect([first["spec"], first["status"]]).toEqual([other["spec"], other["status"]])
  expect(first["spec"]).toMatchObject({ priority: 0, serviceAccountName: "default" })
})

test("what else a pod follows from is asked anew where it changes", async () => {
  const { sim, clock } = world()
  await clock.advance(0)
  const { cluster } = sim
  const { template, pod } = await createSet(cluster)
  const before = await pod("before", template)
  await cluster.create(classes, {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "everybody" },
    value: 7,
    globalDefault: true,
  })
  const classed = await pod("classed", template)
  await cluster.patch(
    accounts,
    { namespace: "default", name: "default" },
    { type: "merge", patch: { imagePullSecrets: [{ name: "registry" }] } },
  )
  const secret = await pod("secret", template)
  expect([before, classed, secret].map((each) => each["spec"].priority)).toEqual([0, 7, 7])
  expect([classed, secret].map((each) => each["spec"].imagePullSecrets)).toEqual([
    undefined,
    [{ name: "registry" }],
  ])
  await cluster.delete(accounts, { namespace: "default", name: "default" })
  await expect(pod("late", template)).rejects.toThrow(/service account default\/default/)
})

test.each([[[null]], ["nobody"], [[{ controller: true, uid: 7 }]]])(
  "owners that are none, %j, are refused as in any pod",
  async (ownerReferences) => {
    const { sim, clock } = world()
    await clock.advance(0)
    const create = sim.cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...key, ownerReferences: ownerReferences as never },
      spec,
    })
    await expect(create).rejects.toMatchObject({ name: "ClusterError" })
  },
)
