import type { JsonObject, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
import {
  type ConformanceCase,
  type ConformanceWorld,
  configMap,
  deployment,
  expectRefusal,
  kinds,
  type Loose,
} from "./world.js"

const { configMaps, deployments } = kinds

/** A Deployment whose pods have these fields. */
function withPods(world: ConformanceWorld, pod: JsonObject): Loose {
  const base = deployment(world, "d") as Loose & { readonly spec: JsonObject }
  const template = base.spec["template"] as { readonly metadata: JsonObject; spec: JsonObject }
  return {
    ...base,
    spec: { ...base.spec, template: { ...template, spec: { ...template.spec, ...pod } } },
  }
}

function podSpec(object: Loose): JsonObject {
  return (object.spec as unknown as { template: { spec: JsonObject } }).template.spec
}

function containersOf(object: Loose): JsonObject[] {
  return podSpec(object)["containers"] as unknown as JsonObject[]
}

/** Patches the pods of the Deployment `d`. */
function patchPods(world: ConformanceWorld, spec: JsonObject): Promise<Stored<Loose>> {
  return patchSpec(world, { template: { spec } })
}

function patchSpec(world: ConformanceWorld, spec: JsonObject): Promise<Stored<Loose>> {
  const key = { namespace: world.namespace, name: "d" }
  return world.cluster.patch(deployments, key, { type: "strategic", patch: { spec } })
}

const names = (list: readonly JsonObject[]): unknown[] => list.map(({ name }) => name)

/** Strategic merge patches, by spec/cluster §12 E. */
export const strategicCases: readonly ConformanceCase[] = [
  {
    name: "91: a merged list begins with what the patch says, what is the server's own keeps its place",
    async run(world) {
      const containers = [
        { name: "a", image: "a:1" },
        { name: "b", image: "b:1" },
      ]
      await world.cluster.create(deployments, withPods(world, { containers }))
      const patch = [
        { name: "a", image: "a:2" },
        { name: "c", image: "c:1" },
      ]
      const merged = await patchPods(world, { containers: patch })
      expect(names(containersOf(merged))).toEqual(["a", "c", "b"])
      expect(containersOf(merged)[0]).toMatchObject({ image: "a:2" })
    },
  },
  {
    name: "92, 93: a patch orders lists, and deletes items and variables",
    async run(world) {
      const env = [
        { name: "X", value: "1" },
        { name: "Y", value: "2" },
      ]
      const containers = [
        { name: "a", image: "a:1", env },
        { name: "b", image: "b:1" },
      ]
      await world.cluster.create(deployments, withPods(world, { containers }))
      const order = { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] }
      expect(names(containersOf(await patchPods(world, order)))).toEqual(["b", "a"])
      const change = [
        { name: "X", $patch: "delete" },
        { name: "Z", value: "3" },
      ]
      const changed = await patchPods(world, { containers: [{ name: "a", env: change }] })
      const [, a] = containersOf(changed)
      expect(names(a?.["env"] as unknown as JsonObject[])).toEqual(["Z", "Y"])
      const gone = await patchPods(world, { containers: [{ name: "b", $patch: "delete" }] })
      expect(names(containersOf(gone))).toEqual(["a"])
    },
  },
  {
    name: "94: $patch replace in a list empties it first",
    async run(world) {
      await world.cluster.create(deployments, deployment(world, "d"))
      const containers = [{ $patch: "replace" }, { name: "z", image: "z:1" }]
      expect(names(containersOf(await patchPods(world, { containers })))).toEqual(["z"])
    },
  },
  {
    name: "95: arguments and tolerations are replaced whole",
    async run(world) {
      const tolerations = [{ key: "a", operator: "Exists" }]
      const containers = [{ name: "a", image: "a:1", args: ["1", "2"] }]
      await world.cluster.create(deployments, withPods(world, { containers, tolerations }))
      const patched = await patchPods(world, {
        containers: [{ name: "a", args: ["3"] }],
        tolerations: [{ key: "b", operator: "Exists" }],
      })
      expect(containersOf(patched)[0]).toMatchObject({ args: ["3"], image: "a:1" })
      expect(podSpec(patched)["tolerations"]).toEqual([{ key: "b", operator: "Exists" }])
    },
  },
  {
    name: "96: a volume and a strategy change their type only where the patch says what stays",
    async run(world) {
      const volumes = [{ name: "v", emptyDir: {} }]
      await world.cluster.create(deployments, withPods(world, { volumes }))
      const secret = { name: "v", secret: { secretName: "s" } }
      await expectRefusal(patchPods(world, { volumes: [secret] }), "Invalid")
      const kept = { ...secret, $retainKeys: ["name", "secret"] }
      const switched = await patchPods(world, { volumes: [kept] })
      expect(podSpec(switched)["volumes"]).toEqual([
        { name: "v", secret: { secretName: "s", defaultMode: 420 } },
      ])
      const type = "Recreate"
      await expectRefusal(patchSpec(world, { strategy: { type } }), "Invalid")
      const recreate = await patchSpec(world, { strategy: { type, $retainKeys: ["type"] } })
      expect(recreate.spec?.["strategy"]).toEqual({ type })
    },
  },
  {
    name: "97: finalizers merge by value, and values can be taken out",
    async run(world) {
      const { cluster, namespace } = world
      await cluster.create(configMaps, configMap(world, { name: "a", finalizers: ["x.y/c"] }))
      const send = (metadata: JsonObject): Promise<Stored<Loose>> =>
        cluster.patch(
          configMaps,
          { namespace, name: "a" },
          { type: "strategic", patch: { metadata } },
        )
      const added = await send({ finalizers: ["x.y/d"] })
      expect(added.metadata.finalizers).toEqual(["x.y/d", "x.y/c"])
      const taken = await send({ "$deleteFromPrimitiveList/finalizers": ["x.y/d"] })
      expect(taken.metadata.finalizers).toEqual(["x.y/c"])
      await send({ "$deleteFromPrimitiveList/finalizers": ["x.y/c"] })
    },
  },
  {
    name: "98: an item without its key and an unknown directive are refused",
    async run(world) {
      await world.cluster.create(deployments, deployment(world, "d"))
      const keyless = patchPods(world, { containers: [{ image: "x" }] })
      await expectRefusal(keyless, "InternalError", "does not contain declared merge key: name")
      const unknown = patchPods(world, { containers: [{ name: "a", $patch: "foo" }] })
      await expectRefusal(unknown, "InternalError", "unknown patch type: foo")
    },
  },
  {
    name: "100: of two ports with one number the first is patched",
    async run(world) {
      const ports = [
        { name: "tcp", containerPort: 53, protocol: "TCP" },
        { name: "udp", containerPort: 53, protocol: "UDP" },
      ]
      const containers = [{ name: "a", image: "a:1", ports }]
      await world.cluster.create(deployments, withPods(world, { containers }))
      const patch = [{ name: "a", ports: [{ containerPort: 53, name: "dns" }] }]
      const [a] = containersOf(await patchPods(world, { containers: patch }))
      expect(a?.["ports"]).toEqual([
        { name: "dns", containerPort: 53, protocol: "TCP" },
        { name: "udp", containerPort: 53, protocol: "UDP" },
      ])
    },
  },
]
