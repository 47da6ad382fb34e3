import type { JsonObject } from "@argo-ts/kernel"
import { expect } from "vitest"
import { isClusterError } from "../cluster-error.js"
import {
  type ConformanceCase,
  type ConformanceWorld,
  configMap,
  customObject,
  deployment,
  expectRefusal,
  kinds,
  type Loose,
  record,
} from "./world.js"

const { configMaps, deployments, secrets } = kinds

function make(world: ConformanceWorld, name = "a", data: JsonObject = {}): Promise<Loose> {
  return world.cluster.create(configMaps, configMap(world, { name }, data))
}

async function increment(world: ConformanceWorld): Promise<void> {
  const { cluster, namespace } = world
  for (;;) {
    const found = await cluster.get(configMaps, { namespace, name: "a" })
    const count = `${Number(found?.data?.["n"] ?? 0) + 1}`
    try {
      await cluster.update(configMaps, { ...(found as Loose), data: { n: count } })
      return
    } catch (error) {
      if (!isClusterError(error, "Conflict")) throw error
    }
  }
}

/** Creating, updating and status, by spec/cluster §12 A and B. */
export const writeCases: readonly ConformanceCase[] = [
  {
    name: "4, 5: an absent object is undefined to read and NotFound to write",
    async run(world) {
      const { cluster, namespace } = world
      expect(await cluster.get(configMaps, { namespace, name: "x" })).toBeUndefined()
      const message = 'deployments.apps "x" not found'
      await expectRefusal(cluster.update(deployments, deployment(world, "x")), "NotFound", message)
    },
  },
  {
    name: "6, 7: a missing namespace lists empty and refuses creation",
    async run({ cluster, ...world }) {
      const elsewhere = { ...world, cluster, namespace: "nowhere" }
      expect((await cluster.list(configMaps, { namespace: "nowhere" })).items).toEqual([])
      await expectRefusal(make(elsewhere), "NotFound", 'namespaces "nowhere" not found')
    },
  },
  {
    name: "18, 19: a bad name and a missing one are Invalid",
    async run(world) {
      await expectRefusal(make(world, "A_b"), "Invalid", "metadata.name: Invalid value")
      const nameless = world.cluster.create(configMaps, configMap(world, {}))
      await expectRefusal(nameless, "Invalid", "name or generateName is required")
    },
  },
  {
    name: "21: the server sets identity, whatever the client says",
    async run(world) {
      const { cluster } = world
      const wanted = { name: "a", uid: "mine", creationTimestamp: "2001-01-01T00:00:00Z" }
      const { metadata } = await cluster.create(configMaps, configMap(world, wanted))
      expect(metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
      expect(metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      expect(metadata.creationTimestamp).not.toBe("2001-01-01T00:00:00Z")
      expect(metadata.resourceVersion).toMatch(/^\d+$/)
    },
  },
  {
    name: "22, 23: a version on creation and a taken name are refused",
    async run(world) {
      const versioned = configMap(world, { name: "a", resourceVersion: "1" })
      const request = world.cluster.create(configMaps, versioned)
      await expectRefusal(request, "InternalError", "resourceVersion should not be set")
      await make(world)
      await expectRefusal(make(world), "AlreadyExists", 'configmaps "a" already exists')
    },
  },
  {
    name: "24: generateName adds five characters, to at most 58",
    async run(world) {
      const { cluster } = world
      const short = await cluster.create(configMaps, configMap(world, { generateName: "gg-" }))
      expect(short.metadata.name).toMatch(/^gg-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
      const generateName = "x".repeat(80)
      const long = await cluster.create(configMaps, configMap(world, { generateName }))
      expect(long.metadata.name).toHaveLength(63)
    },
  },
  {
    name: "25, 26, 27: updates with an old version, without one, and of nothing",
    async run(world) {
      const { cluster } = world
      const first = await make(world)
      await cluster.update(configMaps, { ...first, data: { a: "1" } })
      const stale = cluster.update(configMaps, { ...first, data: { a: "2" } })
      await expectRefusal(stale, "Conflict", "the object has been modified")
      const { resourceVersion: _version, ...metadata } = first.metadata
      const blind = await cluster.update(configMaps, { ...first, metadata, data: { a: "3" } })
      expect(blind.data).toEqual({ a: "3" })
      await cluster.create(world.custom, customObject(world, "c", {}))
      const custom = cluster.update(world.custom, customObject(world, "c", { n: 1 }))
      await expectRefusal(custom, "Invalid", "must be specified for an update")
    },
  },
  {
    name: "28: a wrong uid is a conflict to update and immutable to patch",
    async run(world) {
      const { cluster, namespace } = world
      const made = await make(world)
      const other = { ...made, metadata: { ...made.metadata, uid: "x" } }
      await expectRefusal(cluster.update(configMaps, other), "Conflict", "UID in precondition")
      const patch = { metadata: { uid: "x" } }
      const request = cluster.patch(configMaps, { namespace, name: "a" }, { type: "merge", patch })
      await expectRefusal(request, "Invalid", "field is immutable")
    },
  },
  {
    name: "29, 30: what changes nothing keeps the version and is no event",
    async run(world) {
      const { cluster, namespace } = world
      const made = await make(world, "a", { k: "v" })
      const { resourceVersion = "" } = made.metadata
      const recording = record(cluster, configMaps, { namespace, resourceVersion })
      const same = await cluster.update(configMaps, { ...made })
      const key = { namespace, name: "a" }
      const patched = await cluster.patch(configMaps, key, { type: "merge", patch: {} })
      expect([same, patched].map((each) => each.metadata.resourceVersion)).toEqual([
        resourceVersion,
        resourceVersion,
      ])
      await make(world, "b")
      expect(await recording.first(1)).toEqual(["ADDED b"])
      recording.stop()
    },
  },
  {
    name: "31, 32: patches are conditional by version and cannot rename",
    async run(world) {
      const { cluster, namespace } = world
      const made = await make(world)
      await cluster.update(configMaps, { ...made, data: { a: "1" } })
      const send = (metadata: JsonObject): Promise<Loose> => {
        const patch = { metadata, data: { b: "1" } }
        return cluster.patch(configMaps, { namespace, name: "a" }, { type: "merge", patch })
      }
      const { resourceVersion = "" } = made.metadata
      await expectRefusal(send({ resourceVersion }), "Conflict")
      await expectRefusal(send({ name: "z" }), "BadRequest")
      await expectRefusal(send({ deletionTimestamp: "2030-01-01T00:00:00Z" }), "Invalid")
      const back = await send({ creationTimestamp: "2001-01-01T00:00:00Z" })
      expect(back.metadata.creationTimestamp).toBe(made.metadata.creationTimestamp)
    },
  },
  {
    name: "33: no increment of two racing writers is lost",
    async run(world) {
      await make(world, "a", { n: "0" })
      const race = async (): Promise<void> => {
        for (let round = 0; round < 30; round++) await increment(world)
      }
      await Promise.all([race(), race()])
      const { cluster, namespace } = world
      const found = await cluster.get(configMaps, { namespace, name: "a" })
      expect(found?.data).toEqual({ n: "60" })
    },
  },
  {
    name: "34: versions grow across kinds",
    async run(world) {
      const { cluster } = world
      const versions: number[] = []
      for (const name of ["a", "b"]) {
        versions.push(Number((await make(world, name)).metadata.resourceVersion))
        const made = await cluster.create(deployments, deployment(world, name))
        versions.push(Number(made.metadata.resourceVersion))
      }
      expect(versions.toSorted((left, right) => left - right)).toEqual(versions)
      expect(new Set(versions).size).toBe(4)
    },
  },
  {
    name: "35, 36, 37: generation counts changes of the spec; status has its own endpoint",
    async run(world) {
      const { cluster, namespace } = world
      const key = { namespace, name: "d" }
      const made = await cluster.create(deployments, deployment(world, "d", { generation: 7 }))
      expect(made.metadata.generation).toBe(1)
      const send = async (patch: JsonObject, subresource?: string): Promise<Loose> =>
        cluster.patch(
          deployments,
          key,
          { type: "merge", patch },
          subresource === undefined ? {} : { subresource },
        )
      const generation = async (patch: JsonObject): Promise<number> =>
        (await send(patch)).metadata.generation ?? 0
      const before = await generation({ metadata: { labels: { l: "1" } } })
      expect(await generation({ spec: { minReadySeconds: 1 } })).toBe(before + 1)
      expect(await generation({ spec: { minReadySeconds: 1 } })).toBe(before + 1)
      expect(await generation({ metadata: { annotations: { n: "1" } } })).toBe(before + 2)
      const main = await send({ status: { replicas: 9 } })
      expect(main.status?.["replicas"]).not.toBe(9)
      const status = await send(
        {
          metadata: { labels: { l: "2" }, annotations: { m: "1" } },
          spec: { minReadySeconds: 5 },
          status: { collisionCount: 3 },
        },
        "status",
      )
      expect(status.status).toMatchObject({ collisionCount: 3 })
      expect(status.spec).toMatchObject({ minReadySeconds: 1 })
      expect(status.metadata.labels).toEqual({ l: "1" })
      expect(status.metadata.annotations).toMatchObject({ m: "1" })
      expect(status.metadata.generation).toBe(before + 2)
    },
  },
  {
    name: "38, 39: a custom resource's /status takes no metadata; a ConfigMap has none",
    async run(world) {
      const { cluster, custom, namespace } = world
      const object = { ...customObject(world, "c", { n: 1 }), status: { lost: true } }
      const made: Loose = await cluster.create(custom, object)
      expect(made.status).toBeUndefined()
      const patch = { metadata: { labels: { l: "1" } }, spec: { n: 2 }, status: { ok: true } }
      const options = { subresource: "status" }
      const key = { namespace, name: "c" }
      const after: Loose = await cluster.patch(custom, key, { type: "merge", patch }, options)
      expect(after).toMatchObject({ spec: { n: 1 }, status: { ok: true } })
      expect(after.metadata.labels).toBeUndefined()
      await make(world)
      const none = cluster.patch(
        configMaps,
        { namespace, name: "a" },
        { type: "merge", patch: {} },
        options,
      )
      await expectRefusal(none, "NotFound", "could not find the requested resource")
    },
  },
  {
    name: "40: /scale reads and writes the replicas",
    async run(world) {
      const { cluster, namespace } = world
      const key = { namespace, name: "d" }
      await cluster.create(deployments, deployment(world, "d"))
      const options = { subresource: "scale" }
      const scale: Loose | undefined = await cluster.get(deployments, key, options)
      expect(scale).toMatchObject({ kind: "Scale", status: { selector: "app=d" } })
      const send = (replicas: number): Promise<Loose> =>
        cluster.patch(deployments, key, { type: "merge", patch: { spec: { replicas } } }, options)
      await expectRefusal(send(-1), "Invalid", "must be greater than or equal to 0")
      expect((await send(2)).spec).toEqual({ replicas: 2 })
      expect((await cluster.get(deployments, key))?.spec).toMatchObject({ replicas: 2 })
    },
  },
  {
    name: "41: a dry run answers and stores nothing",
    async run(world) {
      const { cluster, namespace } = world
      const made = await cluster.create(configMaps, configMap(world, { name: "a" }), {
        dryRun: true,
      })
      expect(made.metadata.uid).toBeDefined()
      expect(made.metadata.resourceVersion).toBeUndefined()
      expect(await cluster.get(configMaps, { namespace, name: "a" })).toBeUndefined()
    },
  },
  {
    name: "44, 45, 46: immutable data, immutable selectors, Secret's stringData",
    async run(world) {
      const { cluster, namespace } = world
      const fixed = { ...configMap(world, { name: "a" }, { k: "v" }), immutable: true } as Loose
      const made = await cluster.create(configMaps, fixed)
      await expectRefusal(cluster.update(configMaps, { ...made, data: { k: "w" } }), "Invalid")
      const web = await cluster.create(deployments, deployment(world, "d"))
      const spec = { ...web.spec, selector: { matchLabels: { other: "x" } } }
      // Without a version: a Deployment's controller may have written meanwhile.
      const { resourceVersion: _version, ...metadata } = web.metadata
      await expectRefusal(
        cluster.update(deployments, { ...web, metadata, spec } as Loose),
        "Invalid",
        "field is immutable",
      )
      const secret = await cluster.create(secrets, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace, name: "s" },
        data: { a: "eA==" },
        stringData: { a: "y" },
      } as Loose)
      expect(secret.data).toEqual({ a: "eQ==" })
      expect(Object.keys(secret)).not.toContain("stringData")
    },
  },
]
