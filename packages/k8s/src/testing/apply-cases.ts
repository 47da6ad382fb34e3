import type { JsonObject, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
import type { JsonPatchOperation } from "../ports.js"
import {
  type ConformanceCase,
  type ConformanceWorld,
  configMap,
  deployment,
  expectRefusal,
  kinds,
  type Loose,
  refusal,
} from "./world.js"

const { configMaps, deployments } = kinds

function apply(
  world: ConformanceWorld,
  fieldManager: string,
  data: JsonObject,
  force = false,
): Promise<Stored<Loose>> {
  const object = configMap(world, { name: "a" }, data)
  return world.cluster.apply(configMaps, object, { fieldManager, force })
}

function owners(object: Loose): unknown[] {
  return (object.metadata.managedFields ?? []).map((entry) => [entry.manager, entry.fieldsV1])
}

function containersOf(object: Loose): JsonObject[] {
  const spec = object.spec as unknown as { template: { spec: { containers: JsonObject[] } } }
  return spec.template.spec.containers
}

const templateOf = (containers: JsonObject[]): JsonObject => ({
  spec: { template: { spec: { containers } } },
})

/** Server-side apply and patches, by spec/cluster §12 D and E. */
export const applyCases: readonly ConformanceCase[] = [
  {
    name: "66, 67: apply creates, owns exactly what it sent, and repeats without a write",
    async run(world) {
      const made = await apply(world, "A", { a: "1" })
      expect(owners(made)).toEqual([["A", { "f:data": { "f:a": {} } }]])
      const again = await apply(world, "A", { a: "1" })
      expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion)
    },
  },
  {
    name: "69, 70, 71: the same value is shared, another one conflicts, force takes it",
    async run(world) {
      await apply(world, "A", { a: "1", b: "1" })
      const shared = await apply(world, "B", { a: "1" })
      expect(
        shared.metadata.managedFields?.map(({ manager, time }) => [manager, time === undefined]),
      ).toEqual([
        ["B", true],
        ["A", false],
      ])
      const error = await refusal(apply(world, "C", { a: "2" }))
      expect(error).toMatchObject({
        code: "Conflict",
        details: { causes: [{ reason: "FieldManagerConflict", field: ".data.a" }, {}] },
      })
      const forced = await apply(world, "C", { a: "2" }, true)
      expect(forced.data).toEqual({ a: "2", b: "1" })
      expect(owners(forced)).toEqual(
        expect.arrayContaining([
          ["A", { "f:data": { "f:b": {} } }],
          ["C", { "f:data": { "f:a": {} } }],
        ]),
      )
    },
  },
  {
    name: "72, 73: dropping an own field removes it; an update takes ownership",
    async run(world) {
      const { cluster, namespace } = world
      await apply(world, "A", { a: "1", b: "1" })
      expect((await apply(world, "A", { a: "1" })).data).toEqual({ a: "1" })
      const patch = { data: { a: "2" } }
      const options = { fieldManager: "U" }
      await cluster.patch(configMaps, { namespace, name: "a" }, { type: "merge", patch }, options)
      const message = 'conflict with "U" using v1: .data.a'
      await expectRefusal(apply(world, "A", { a: "1" }), "Conflict", message)
    },
  },
  {
    name: "79, 80: containers merge by name and args are owned whole",
    async run(world) {
      const { cluster } = world
      const base = deployment(world, "d")
      await cluster.apply(deployments, base, { fieldManager: "A" })
      const part = (containers: JsonObject[]): Loose => {
        const { spec: _base, ...rest } = base
        return { ...rest, spec: { ...(templateOf(containers)["spec"] as JsonObject) } } as Loose
      }
      const extra = [
        { name: "a", args: ["x"] },
        { name: "b", image: "b:1" },
      ]
      const both = await cluster.apply(deployments, part(extra), { fieldManager: "B" })
      expect(containersOf(both).map(({ name }) => name)).toEqual(["a", "b"])
      const other = cluster.apply(deployments, part([{ name: "a", args: ["y"] }]), {
        fieldManager: "C",
      })
      await expectRefusal(other, "Conflict", '.spec.template.spec.containers[name="a"].args')
      const { spec: _spec, ...nothing } = base
      const without = await cluster.apply(deployments, nothing as Loose, { fieldManager: "B" })
      expect(containersOf(without)).toHaveLength(1)
    },
  },
  {
    name: "74, 75: identity in an apply is checked",
    async run(world) {
      const { cluster } = world
      const options = { fieldManager: "A" }
      const managed = configMap(world, { name: "a", managedFields: [{ manager: "x" }] })
      await expectRefusal(cluster.apply(configMaps, managed, options), "BadRequest", "must be nil")
      const uid = configMap(world, { name: "a", uid: "x" })
      await expectRefusal(cluster.apply(configMaps, uid, options), "Conflict", "uid mismatch")
      const version = { ...configMap(world, { name: "a" }), apiVersion: "v2" }
      await expectRefusal(cluster.apply(configMaps, version, options), "BadRequest")
    },
  },
  {
    name: "87: JSON patches hold whole or not at all",
    async run(world) {
      const { cluster, namespace } = world
      await apply(world, "A", { a: "1" })
      const send = (...operations: JsonPatchOperation[]): Promise<Stored<Loose>> =>
        cluster.patch(configMaps, { namespace, name: "a" }, { type: "json", operations })
      await expectRefusal(send({ op: "test", path: "/data/a", value: "2" }), "Invalid")
      await expectRefusal(send({ op: "remove", path: "/data/zz" }), "Invalid")
      const half = send(
        { op: "add", path: "/data/b", value: "1" },
        { op: "add", path: "/x/y/z", value: 1 },
      )
      await expectRefusal(half, "Invalid", "the server rejected our request due to an error")
      const done = await send({ op: "replace", path: "/data/b", value: "1" })
      expect(done.data).toEqual({ a: "1", b: "1" })
    },
  },
  {
    name: "89, 90: merge patches delete by null and cannot change the kind",
    async run(world) {
      const { cluster, namespace } = world
      await apply(world, "A", { a: "1", b: "2" })
      const send = (patch: JsonObject): Promise<Stored<Loose>> =>
        cluster.patch(configMaps, { namespace, name: "a" }, { type: "merge", patch })
      expect((await send({ data: { a: null } })).data).toEqual({ b: "2" })
      await expectRefusal(send({ kind: "Secret" }), "Invalid")
    },
  },
  {
    name: "99: a custom resource takes no strategic patch",
    async run(world) {
      const { cluster, custom, namespace } = world
      const apiVersion = `${custom.group}/${custom.version}`
      const metadata = { namespace, name: "c" }
      await cluster.create(custom, { apiVersion, kind: custom.kind, metadata })
      const request = cluster.patch(custom, metadata, { type: "strategic", patch: {} })
      await expectRefusal(request, "UnsupportedMediaType")
    },
  },
]
