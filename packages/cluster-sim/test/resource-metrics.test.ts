import { defineKind } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { kind, type Loose, nodes, pod, world } from "./world.js"

const group = { group: "metrics.k8s.io", version: "v1beta1", hasStatus: false } as const
const podMetrics = defineKind<Loose>({
  ...group,
  kind: "PodMetrics",
  plural: "pods",
  scope: "Namespaced",
})
const nodeMetrics = defineKind<Loose>({
  ...group,
  kind: "NodeMetrics",
  plural: "nodes",
  scope: "Cluster",
})
const deployed = { namespace: "default", name: "web" }

test("what running pods and their nodes use is read as metrics.k8s.io", async () => {
  const usage = [
    { cpu: "100m", memory: "32Mi" },
    { atMs: 60_000, cpu: "1500m" },
  ]
  const { clock, sim } = world({ nodes: 2, pods: { default: { usage } } })
  const { cluster } = sim
  const pods = kind("v1", "Pod")
  await cluster.create(pods, pod({}, { labels: { app: "web" } }))
  await cluster.create(pods, pod({}, { name: "other" }))
  expect((await cluster.list(podMetrics)).items).toEqual([])
  await clock.advance(10_000)
  const [found, ...more] = (
    await cluster.list(podMetrics, {
      namespace: "default",
      labelSelector: { matchLabels: { app: "web" } },
    })
  ).items
  expect(more).toEqual([])
  expect(found).toMatchObject({
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "PodMetrics",
    metadata: { ...deployed, labels: { app: "web" } },
    timestamp: "2026-01-01T00:00:10Z",
    window: "15s",
    containers: [{ name: "main", usage: { cpu: "100m", memory: "32Mi" } }],
  })
  expect((await cluster.get(podMetrics, deployed))?.metadata.name).toBe("web")
  expect(await cluster.get(podMetrics, { ...deployed, name: "absent" })).toBeUndefined()
  await clock.advance(60_000)
  const used = (await cluster.list(nodeMetrics)).items.map((each) => each["usage"])
  expect(used).toEqual([
    { cpu: "1500m", memory: "33554432" },
    { cpu: "1500m", memory: "33554432" },
  ])
  const annotations = { "sim.argo-ts.dev/down": "true" }
  await cluster.patch(
    nodes,
    { name: "node-0" },
    { type: "merge", patch: { metadata: { annotations } } },
  )
  expect((await cluster.list(nodeMetrics)).items.map(({ metadata }) => metadata.name)).toEqual([
    "node-1",
  ])
  expect((await cluster.list(podMetrics)).items).toHaveLength(1)
})

test("metrics are only read, are not among the kinds unless one asks, and need rights", async () => {
  const { sim } = world()
  const { cluster } = sim
  const refused = { code: "MethodNotAllowed" }
  await expect(cluster.create(podMetrics, pod())).rejects.toMatchObject(refused)
  await expect(cluster.delete(podMetrics, deployed)).rejects.toMatchObject(refused)
  expect(() => cluster.watch(nodeMetrics, {}, { event: () => {}, end: () => {} })).toThrow(
    "does not allow this method",
  )
  const isMetrics = ({ group: of }: { readonly group: string }): boolean => of === group.group
  expect((await cluster.kinds()).filter(isMetrics)).toEqual([])
  expect((await cluster.kinds({ readOnly: true })).filter(isMetrics)).toHaveLength(2)
  const jane = sim.as({ username: "jane" })
  await expect(jane.list(podMetrics, { namespace: "default" })).rejects.toMatchObject({
    code: "Forbidden",
    message:
      'pods.metrics.k8s.io is forbidden: User "jane" cannot list resource "pods" in API group "metrics.k8s.io" in the namespace "default"',
  })
})
