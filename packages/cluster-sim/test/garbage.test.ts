import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { kind, type World, world } from "./world.js"

const maps = kind("v1", "ConfigMap")
const roles = kind("rbac.authorization.k8s.io/v1", "ClusterRole")
const definitions = kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
const key = { namespace: "default", name: "owned" }
let at: World

beforeEach(() => {
  at = world({ nodes: 0 })
})
afterEach(() => at.sim.close())

function owner(apiVersion: string, name: string, uid = "0-0-0") {
  return { apiVersion, kind: name, name: "owner", uid }
}

async function own(reference: object, finalizers: readonly string[] = []) {
  const metadata = { ...key, ownerReferences: [reference], finalizers }
  await at.sim.cluster.create(maps, { apiVersion: "v1", kind: "ConfigMap", metadata } as never)
  await at.clock.advance(60_000)
  return at.sim.cluster.get(maps, key)
}

describe("an object with an owner that is not there", () => {
  test("goes where the owner's kind is served", async () => {
    expect(await own(owner("apps/v1", "Deployment"))).toBeUndefined()
  })

  test("stays where nobody can say what its owner is", async () => {
    expect(await own(owner("example.com/v1", "Fleet"))).toBeDefined()
  })

  test("stays where it has no namespace and its owner has one", async () => {
    const metadata = { name: "owned", ownerReferences: [owner("v1", "ConfigMap")] }
    await at.sim.cluster.create(roles, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata,
      rules: [],
    })
    await at.clock.advance(60_000)
    expect(await at.sim.cluster.get(roles, { name: "owned" })).toBeDefined()
  })

  test("leaves its own dependents where it is to orphan them", async () => {
    const make = (name: string, ownerReference: object, finalizers: readonly string[] = []) =>
      at.sim.cluster.create(maps, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { ...key, name, ownerReferences: [ownerReference], finalizers },
      } as never)
    const parent = await make("parent", owner("v1", "Secret"), ["orphan"])
    await make("owned", owner("v1", "ConfigMap", parent.metadata.uid))
    await at.clock.advance(60_000)
    expect(await at.sim.cluster.get(maps, { ...key, name: "parent" })).toBeUndefined()
    expect((await at.sim.cluster.get(maps, key))?.metadata.ownerReferences ?? []).toEqual([])
    expect(await at.sim.cluster.get(maps, key)).toBeDefined()
  })
})

test("what a custom object owned goes with it, even where its kind goes at the same time", async () => {
  const names = { plural: "fleets", singular: "fleet", kind: "Fleet" }
  const schema = { openAPIV3Schema: { type: "object" } }
  await at.sim.cluster.create(definitions, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "fleets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names,
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  })
  await at.clock.advance(1_000)
  const fleets = (await at.sim.cluster.kinds()).find((each) => each.kind === "Fleet")
  const fleet = await at.sim.cluster.create(fleets as typeof maps, {
    apiVersion: "example.com/v1",
    kind: "Fleet",
    metadata: { namespace: "default", name: "owner" },
  })
  expect(await own(owner("example.com/v1", "Fleet", fleet.metadata.uid))).toBeDefined()
  await at.sim.cluster.delete(definitions, { name: "fleets.example.com" })
  await at.clock.advance(60_000)
  expect(await at.sim.cluster.get(maps, key)).toBeUndefined()
})
