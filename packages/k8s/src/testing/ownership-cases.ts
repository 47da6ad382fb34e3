import type { JsonObject, ManagedFieldsEntry, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
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

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

function applyMap(
  world: ConformanceWorld,
  fieldManager: string,
  data: JsonObject,
): Promise<Stored<Loose>> {
  return world.cluster.apply(configMaps, configMap(world, { name: "a" }, data), { fieldManager })
}

function patchMap(
  world: ConformanceWorld,
  patch: JsonObject,
  fieldManager = "U",
): Promise<Stored<Loose>> {
  const key = { namespace: world.namespace, name: "a" }
  return world.cluster.patch(configMaps, key, { type: "merge", patch }, { fieldManager })
}

function entryOf(object: Loose, manager: string): ManagedFieldsEntry | undefined {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager)
}

/** What a manager applies to the Deployment `d`: its containers, and nothing else. */
function containersConfig(world: ConformanceWorld, containers: JsonObject[]): Loose {
  const { spec: _spec, ...rest } = deployment(world, "d")
  return { ...rest, spec: { template: { spec: { containers } } } } as Loose
}

function containersOf(object: Loose): JsonObject[] {
  const spec = object.spec as unknown as { template: { spec: { containers: JsonObject[] } } }
  return spec.template.spec.containers
}

/** Who owns what, by spec/cluster §12 D. */
export const ownershipCases: readonly ConformanceCase[] = [
  {
    name: "70: several conflicts are told together, by manager",
    async run(world) {
      await applyMap(world, "A", { a: "1", b: "1" })
      await patchMap(world, { data: { c: "1" } })
      const error = await refusal(applyMap(world, "B", { a: "2", b: "2", c: "2" }))
      expect(error.message).toBe(
        'Apply failed with 3 conflicts: conflicts with "A":\n- .data.a\n- .data.b\nconflicts with "U" using v1:\n- .data.c',
      )
      expect(error.details["causes"]).toHaveLength(3)
    },
  },
  {
    name: "72: a field that another applies too stays when one drops it",
    async run(world) {
      await applyMap(world, "A", { a: "1", b: "1" })
      await applyMap(world, "B", { a: "1" })
      expect((await applyMap(world, "A", {})).data).toEqual({ a: "1" })
      expect((await applyMap(world, "B", {})).data ?? {}).toEqual({})
    },
  },
  {
    name: "76: what is not declared, and what is there twice, cannot be applied",
    async run(world) {
      const { cluster } = world
      const odd = { ...configMap(world, { name: "a" }), odd: 1 } as Loose
      const options = { fieldManager: "A", fieldValidation: "Ignore" } as const
      await expectRefusal(
        cluster.apply(configMaps, odd, options),
        "InternalError",
        ".odd: field not declared in schema",
      )
      const twice = containersConfig(world, [
        { name: "a", image: "a:1" },
        { name: "a", image: "a:2" },
      ])
      const message = 'duplicate entries for key [name="a"]'
      await expectRefusal(
        cluster.apply(deployments, twice, { fieldManager: "A" }),
        "InternalError",
        message,
      )
    },
  },
  {
    name: "78: who clears the owners begins anew: what there was conflicts then",
    async run(world) {
      await applyMap(world, "A", { a: "1" })
      const cleared = await patchMap(world, { metadata: { managedFields: [] } })
      expect(cleared.metadata.managedFields ?? []).toEqual([])
      const message = 'conflict with "before-first-apply" using v1: .data.a'
      await expectRefusal(applyMap(world, "B", { a: "2" }), "Conflict", message)
      const applied = await applyMap(world, "B", { b: "1" })
      expect(entryOf(applied, "before-first-apply")).toMatchObject({
        operation: "Update",
        fieldsV1: { "f:data": { "f:a": {} } },
      })
    },
  },
  {
    name: "79: a manager that applies nothing takes back only what is its own",
    async run(world) {
      const { cluster } = world
      const mine = deployment(world, "d")
      await cluster.apply(deployments, mine, { fieldManager: "A" })
      const env = [{ name: "X", value: "1" }]
      const theirs = containersConfig(world, [
        { name: "a", env },
        { name: "b", image: "b:1" },
      ])
      const both = await cluster.apply(deployments, theirs, { fieldManager: "B" })
      expect(containersOf(both)).toMatchObject([{ name: "a", env }, { name: "b" }])
      const { spec: _spec, ...nothing } = deployment(world, "d")
      const alone = await cluster.apply(deployments, nothing as Loose, { fieldManager: "B" })
      expect(containersOf(alone)).toHaveLength(1)
      expect(containersOf(alone)[0]).not.toHaveProperty("env")
    },
  },
  {
    name: "81: ports of one number and two protocols are two; a key says the protocol it leaves out",
    async run(world) {
      const { cluster } = world
      const one = (ports: JsonObject[]): Loose =>
        containersConfig(world, [{ name: "a", ports } as JsonObject])
      await cluster.apply(deployments, deployment(world, "d"), { fieldManager: "base" })
      await cluster.apply(deployments, one([{ containerPort: 80 }]), { fieldManager: "A" })
      const udp = one([{ containerPort: 80, protocol: "UDP" }])
      const both = await cluster.apply(deployments, udp, { fieldManager: "B" })
      expect(containersOf(both)[0]?.["ports"]).toEqual([
        { containerPort: 80, protocol: "TCP" },
        { containerPort: 80, protocol: "UDP" },
      ])
      const fields = JSON.stringify(entryOf(both, "A")?.fieldsV1)
      expect(fields).toContain(JSON.stringify('k:{"containerPort":80,"protocol":"TCP"}'))
    },
  },
  {
    name: "82: an apply to /status owns the status and nothing of the spec",
    async run(world) {
      const { cluster } = world
      await cluster.create(deployments, deployment(world, "d"))
      const { spec: _spec, ...rest } = deployment(world, "d")
      const config = { ...rest, spec: { minReadySeconds: 9 }, status: { collisionCount: 4 } }
      const options = { fieldManager: "S", subresource: "status" }
      const applied = await cluster.apply(deployments, config as Loose, options)
      expect(applied.status).toMatchObject({ collisionCount: 4 })
      expect(applied.spec?.["minReadySeconds"] ?? 0).toBe(0)
      expect(entryOf(applied, "S")).toMatchObject({
        operation: "Apply",
        subresource: "status",
        fieldsV1: { "f:status": { "f:collisionCount": {} } },
      })
    },
  },
  {
    name: "83: replicas that /scale has set belong to it",
    async run(world) {
      const { cluster, namespace } = world
      await cluster.apply(deployments, deployment(world, "d"), { fieldManager: "A" })
      const patch = { type: "merge", patch: { spec: { replicas: 1 } } } as const
      const options = { fieldManager: "K", subresource: "scale" }
      await cluster.patch(deployments, { namespace, name: "d" }, patch, options)
      const found = await cluster.get(deployments, { namespace, name: "d" })
      expect(entryOf(found as Loose, "K")).toMatchObject({
        operation: "Update",
        apiVersion: "apps/v1",
        subresource: "scale",
        fieldsV1: { "f:spec": { "f:replicas": {} } },
      })
      const again = cluster.apply(deployments, deployment(world, "d"), { fieldManager: "A" })
      const message = 'conflict with "K" with subresource "scale" using apps/v1: .spec.replicas'
      await expectRefusal(again, "Conflict", message)
    },
  },
  {
    name: "84: kubectl takes over what its client-side apply has noted",
    async run(world) {
      const { cluster } = world
      const fieldManager = "kubectl-client-side-apply"
      const noted = configMap(world, { name: "a" }, { a: "1" })
      const annotations = { [lastApplied]: `${JSON.stringify(noted)}\n` }
      await cluster.create(configMaps, configMap(world, { name: "a", annotations }, { a: "1" }), {
        fieldManager,
      })
      const applied = await applyMap(world, "kubectl", { a: "2" })
      expect(applied.data).toEqual({ a: "2" })
      const note = JSON.parse(applied.metadata.annotations?.[lastApplied] ?? "{}") as Loose
      expect(note.data).toEqual({ a: "2" })
    },
  },
  {
    name: "85: of more than ten updaters the oldest become one",
    async run(world) {
      await world.cluster.create(configMaps, configMap(world, { name: "a" }), { fieldManager: "m" })
      await applyMap(world, "A", { own: "1" })
      let last: Loose | undefined
      for (let index = 0; index < 13; index++) {
        last = await patchMap(world, { data: { [`k${index}`]: "1" } }, `m${index}`)
        await world.pass()
      }
      const updaters = (last?.metadata.managedFields ?? []).filter(
        ({ operation }) => operation === "Update",
      )
      expect(updaters.length).toBeLessThanOrEqual(11)
      expect(updaters.map(({ manager }) => manager)).toContain("ancient-changes")
    },
  },
  {
    name: "86: owners are replaced by a JSON patch that holds only for the version it has seen",
    async run(world) {
      const { cluster, namespace } = world
      const first = await applyMap(world, "A", { a: "1" })
      const managedFields = (first.metadata.managedFields ?? []).map((entry) => ({
        ...entry,
        manager: "kubectl",
      }))
      const send = (resourceVersion: string): Promise<Stored<Loose>> =>
        cluster.patch(
          configMaps,
          { namespace, name: "a" },
          {
            type: "json",
            operations: [
              {
                op: "replace",
                path: "/metadata/managedFields",
                value: managedFields as unknown as JsonObject[],
              },
              { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
            ],
          },
        )
      const second = await patchMap(world, { data: { b: "1" } })
      const stale = first.metadata.resourceVersion ?? ""
      await expectRefusal(send(stale), "Conflict", "the object has been modified")
      const replaced = await send(second.metadata.resourceVersion ?? "")
      expect(entryOf(replaced, "A")).toBeUndefined()
      expect(entryOf(replaced, "kubectl")).toMatchObject({ operation: "Apply" })
    },
  },
]
