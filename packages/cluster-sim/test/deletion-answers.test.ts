import { epochMs, type JsonObject, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, namespaces: ["t"], controllers: false })
const kindOf = (apiVersion: string, name: string): Kind => builtInKind(apiVersion, name) as Kind
const core = "/api/v1/namespaces/t"
let served: ServedCluster

beforeAll(async () => {
  served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

async function remove(path: string): Promise<JsonObject> {
  const response = await fetch(`${served.url}${path}`, { method: "DELETE" })
  expect(response.status).toBe(200)
  return (await response.json()) as JsonObject
}

async function makePod(name: string, nodeName?: string): Promise<JsonObject> {
  const spec = {
    containers: [{ name: "c", image: "i:1" }],
    ...(nodeName !== undefined && { nodeName }),
  }
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { namespace: "t", name }, spec }
  const made = await sim.cluster.create(kindOf("v1", "Pod"), pod as KubernetesObject)
  return made as unknown as JsonObject
}

test("a dry run of a deletion tells when a pod would end, and ends nothing", async () => {
  const made = await makePod("bound", "n")
  expect(await remove(`${core}/pods/bound?dryRun=All&gracePeriodSeconds=5`)).toMatchObject({
    kind: "Pod",
    metadata: { deletionTimestamp: "2026-01-01T00:00:05Z", deletionGracePeriodSeconds: 5 },
  })
  const still = await sim.cluster.get(kindOf("v1", "Pod"), { namespace: "t", name: "bound" })
  expect(still).toEqual(made)
})

test("a pod that ends at once is answered as it went, in the version in which it went", async () => {
  const { resourceVersion } = (await makePod("loose"))["metadata"] as { resourceVersion: string }
  const dry = await remove(`${core}/pods/loose?dryRun=All`)
  const ended = { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 0 }
  expect(dry).toMatchObject({ kind: "Pod", metadata: { ...ended, resourceVersion } })
  const gone = await remove(`${core}/pods/loose`)
  expect(gone).toMatchObject({ kind: "Pod", metadata: ended })
  const { metadata } = gone as { metadata: { resourceVersion: string } }
  expect(Number(metadata.resourceVersion)).toBe(Number(resourceVersion) + 1)
})

test("a dry run says of most kinds that the object would go", async () => {
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "t", name: "a" } }
  const { metadata } = await sim.cluster.create(kindOf("v1", "ConfigMap"), map)
  const success = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: "a", kind: "configmaps", uid: metadata.uid },
  }
  expect(await remove(`${core}/configmaps/a?dryRun=All`)).toEqual(success)
  expect(await remove(`${core}/configmaps/a`)).toEqual(success)
})

test("an event that goes is called as its group calls it", async () => {
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace: "t", name: "e" },
    involvedObject: { kind: "Pod", namespace: "t", name: "p" },
    type: "Normal",
  }
  await sim.cluster.create(kindOf("v1", "Event"), event as KubernetesObject)
  expect(await remove("/apis/events.k8s.io/v1/namespaces/t/events/e")).toMatchObject({
    kind: "Status",
    details: { name: "e", group: "events.k8s.io", kind: "events" },
  })
})
