import type { Stored } from "@argo-ts/kernel"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { kind, type Loose, pod, pods, type World, world } from "./world.js"

const services = kind("v1", "Service")
const endpoints = kind("v1", "Endpoints")
const slices = kind("discovery.k8s.io/v1", "EndpointSlice")
const key = { namespace: "default", name: "web" }
const zone = "topology.kubernetes.io/zone"
let at: World

beforeEach(() => {
  at = world({ nodes: [{ name: "a", labels: { [zone]: "north" } }] })
})
afterEach(() => at.sim.close())

async function serve(spec: object): Promise<void> {
  await at.sim.cluster.create(services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: key,
    spec: { selector: { app: "web" }, ...spec },
  })
  await at.sim.cluster.create(pods, pod({}, { labels: { app: "web" } }))
  await at.clock.advance(10_000)
}

async function slice(): Promise<Stored<Loose> | undefined> {
  return (await at.sim.cluster.list(slices)).items[0]
}

describe("endpoints of a service", () => {
  test("tell the zone of the pod's node", async () => {
    await serve({ ports: [{ port: 80 }] })
    expect((await slice())?.["endpoints"]).toMatchObject([{ nodeName: "a", zone: "north" }])
  })

  test("follow its labels", async () => {
    await serve({ ports: [{ port: 80 }] })
    const patch = { metadata: { labels: { team: "shop" } } }
    await at.sim.cluster.patch(services, key, { type: "merge", patch })
    await at.clock.advance(1_000)
    expect((await slice())?.metadata.labels).toMatchObject({ team: "shop" })
    const found = await at.sim.cluster.get(endpoints, key)
    expect(found?.metadata.labels).toEqual({ team: "shop" })
  })

  test("without address and ports are marked headless and have no ports", async () => {
    await serve({ clusterIP: "None" })
    const found = await at.sim.cluster.get(endpoints, key)
    expect(found?.metadata.labels).toEqual({ "service.kubernetes.io/headless": "" })
    expect(found?.["subsets"]).toMatchObject([{ addresses: [{ nodeName: "a" }] }])
    expect(found?.["subsets"][0]).not.toHaveProperty("ports")
  })

  test("of a port that the pod does not have are none", async () => {
    await serve({ ports: [{ port: 80, targetPort: "http" }] })
    expect((await slice())?.["endpoints"]).toHaveLength(1)
    expect(await at.sim.cluster.get(endpoints, key)).not.toHaveProperty("subsets")
  })
})
