import type { JsonObject, ObjectMeta, OwnerReference, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
import type { DeleteOptions } from "../ports.js"
import {
  type ConformanceCase,
  type ConformanceWorld,
  configMap,
  expectRefusal,
  kinds,
  type Loose,
  record,
} from "./world.js"

const { configMaps, jobs, pods } = kinds

function make(
  world: ConformanceWorld,
  name: string,
  metadata: ObjectMeta = {},
): Promise<Stored<Loose>> {
  return world.cluster.create(configMaps, configMap(world, { name, ...metadata }, { k: "v" }))
}

function ownedBy(owner: Stored<Loose>, more: Partial<OwnerReference> = {}): ObjectMeta {
  const { name, uid } = owner.metadata
  return { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name, uid, ...more }] }
}

function read(world: ConformanceWorld, name: string): Promise<Stored<Loose> | undefined> {
  return world.cluster.get(configMaps, { namespace: world.namespace, name })
}

async function dropFinalizers(world: ConformanceWorld, name: string): Promise<void> {
  const patch = { metadata: { finalizers: null } }
  const key = { namespace: world.namespace, name }
  await world.cluster.patch(configMaps, key, { type: "merge", patch })
}

/** Deletion, finalizers and garbage collection, by spec/cluster §12 C. */
export const deleteCases: readonly ConformanceCase[] = [
  {
    name: "50, 51: deleting answers true once",
    async run(world) {
      const key = { namespace: world.namespace, name: "a" }
      await make(world, "a")
      expect(await world.cluster.delete(configMaps, key)).toBe(true)
      expect(await world.cluster.delete(configMaps, key)).toBe(false)
    },
  },
  {
    name: "50, 54, 58: deleting answers what goes on, what went, or that it went; a dry run the same",
    async run(world) {
      const { namespace, cluster } = world
      const said = async (name: string, options: DeleteOptions = {}): Promise<JsonObject> => {
        const answers: JsonObject[] = []
        const onAnswer = (answer: JsonObject): unknown => answers.push(answer)
        await cluster.delete(configMaps, { namespace, name }, { ...options, onAnswer })
        expect(answers).toHaveLength(1)
        return answers[0] ?? {}
      }
      const { uid, resourceVersion } = (await make(world, "a")).metadata
      const gone = { kind: "Status", status: "Success", details: { name: "a", uid } }
      expect(await said("a", { dryRun: true })).toMatchObject(gone)
      const going = await said("a", { dryRun: true, propagationPolicy: "Foreground" })
      const deletionTimestamp = expect.any(String)
      const finalizers = ["foregroundDeletion"]
      expect(going).toMatchObject({ metadata: { uid, deletionTimestamp, finalizers } })
      expect((await read(world, "a"))?.metadata).toMatchObject({ resourceVersion })
      expect(await said("a")).toMatchObject(gone)
      await make(world, "held", { finalizers: ["x.y/z"] })
      expect(await said("held")).toEqual(await read(world, "held"))
      await dropFinalizers(world, "held")
      let hasAnswered = false
      const onAnswer = (): void => {
        hasAnswered = true
      }
      expect(await cluster.delete(configMaps, { namespace, name: "a" }, { onAnswer })).toBe(false)
      expect(hasAnswered).toBe(false)
    },
  },
  {
    name: "52, 53: preconditions and policies are checked",
    async run(world) {
      const { cluster, namespace } = world
      const key = { namespace, name: "a" }
      await make(world, "a")
      const uid = cluster.delete(configMaps, key, { preconditions: { uid: "x" } })
      await expectRefusal(uid, "Conflict", "does not match the UID in record")
      const version = cluster.delete(configMaps, key, { preconditions: { resourceVersion: "1" } })
      await expectRefusal(version, "Conflict", "ResourceVersion in record")
      const policy = cluster.delete(configMaps, key, { propagationPolicy: "Foo" as "Orphan" })
      await expectRefusal(policy, "Invalid")
    },
  },
  {
    name: "54, 55: a finalizer holds a deleted object; nothing new may hold it",
    async run(world) {
      const { cluster, namespace } = world
      const key = { namespace, name: "a" }
      await make(world, "a", { finalizers: ["x.y/z"] })
      await cluster.delete(configMaps, key)
      const going = await read(world, "a")
      expect(going?.metadata.deletionTimestamp).toBeDefined()
      await cluster.delete(configMaps, key)
      expect(await read(world, "a")).toEqual(going)
      const more = { metadata: { finalizers: ["x.y/z", "x.y/more"] } }
      const request = cluster.patch(configMaps, key, { type: "merge", patch: more })
      await expectRefusal(request, "Invalid", "no new finalizers can be added")
      await expectRefusal(make(world, "a"), "AlreadyExists", "object is being deleted")
    },
  },
  {
    name: "56: dropping the last finalizer deletes the object as it was stored",
    async run(world) {
      const { cluster, namespace } = world
      const recording = record(cluster, configMaps, {
        namespace,
        resourceVersion: await now(world),
      })
      await make(world, "a", { finalizers: ["x.y/z"] })
      await cluster.delete(configMaps, { namespace, name: "a" })
      const patch = { metadata: { finalizers: null }, data: { k: "lost" } }
      await cluster.patch(configMaps, { namespace, name: "a" }, { type: "merge", patch })
      expect(await read(world, "a")).toBeUndefined()
      expect(await recording.first(3)).toEqual(["ADDED a", "MODIFIED a", "DELETED a"])
      expect(recording.events[2]).toMatchObject({ object: { data: { k: "v" } } })
      recording.stop()
    },
  },
  {
    name: "57, 60: unqualified finalizers and incomplete owners are Invalid",
    async run(world) {
      await expectRefusal(make(world, "a", { finalizers: ["x"] }), "Invalid", "fully qualified")
      const owner = await make(world, "o")
      await expectRefusal(make(world, "b", ownedBy(owner, { uid: "" })), "Invalid")
      const [reference] = ownedBy(owner, { controller: true }).ownerReferences ?? []
      const two = { ownerReferences: [reference, reference] as OwnerReference[] }
      await expectRefusal(make(world, "c", two), "Invalid", "Only one reference")
    },
  },
  {
    name: "59: a pod that runs nowhere goes at once",
    async run(world) {
      const { cluster, namespace } = world
      const spec = {
        schedulingGates: [{ name: "x.y/hold" }],
        containers: [{ name: "a", image: "app:1" }],
      }
      const metadata = { namespace, name: "p" }
      await cluster.create(pods, { apiVersion: "v1", kind: "Pod", metadata, spec })
      await cluster.delete(pods, metadata)
      expect(await cluster.get(pods, metadata)).toBeUndefined()
    },
  },
  {
    name: "61, 62: dependents follow their last owner; dangling references are stripped",
    async run(world) {
      const { cluster, namespace } = world
      const [one, two] = [await make(world, "one"), await make(world, "two")]
      const both = [ownedBy(one), ownedBy(two)].flatMap((each) => each.ownerReferences ?? [])
      await make(world, "only", ownedBy(one))
      await make(world, "both", { ownerReferences: both })
      await cluster.delete(
        configMaps,
        { namespace, name: "one" },
        { propagationPolicy: "Background" },
      )
      await world.settle()
      expect(await read(world, "only")).toBeUndefined()
      expect((await read(world, "both"))?.metadata.ownerReferences).toEqual(
        ownedBy(two).ownerReferences,
      )
    },
  },
  {
    name: "63: Orphan leaves dependents without the reference",
    async run(world) {
      const { cluster, namespace } = world
      const owner = await make(world, "o")
      await make(world, "d", ownedBy(owner))
      await cluster.delete(configMaps, { namespace, name: "o" }, { propagationPolicy: "Orphan" })
      await world.settle()
      expect(await read(world, "o")).toBeUndefined()
      expect((await read(world, "d"))?.metadata.ownerReferences).toBeUndefined()
    },
  },
  {
    name: "64: Foreground waits for what blocks it and for nothing else",
    async run(world) {
      const { cluster, namespace } = world
      const owner = await make(world, "o")
      const finalizers = ["x.y/z"]
      await make(world, "blocks", { ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers })
      await make(world, "lingers", { ...ownedBy(owner), finalizers })
      const options = { propagationPolicy: "Foreground" } as const
      await cluster.delete(configMaps, { namespace, name: "o" }, options)
      await world.settle()
      expect((await read(world, "o"))?.metadata.finalizers).toEqual(["foregroundDeletion"])
      expect((await read(world, "blocks"))?.metadata.deletionTimestamp).toBeDefined()
      await dropFinalizers(world, "blocks")
      await world.settle()
      expect(await read(world, "o")).toBeUndefined()
      expect(await read(world, "lingers")).toBeDefined()
    },
  },
  {
    name: "65: a Job deleted without a policy orphans",
    async run(world) {
      const { cluster, namespace } = world
      const metadata = { namespace, name: "j" }
      const template = {
        spec: { restartPolicy: "Never", containers: [{ name: "a", image: "app:1" }] },
      }
      const job = await cluster.create(jobs, {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata,
        spec: { suspend: true, template },
      })
      const { name, uid } = job.metadata
      const reference = { apiVersion: "batch/v1", kind: "Job", name, uid }
      await make(world, "d", { ownerReferences: [reference] })
      await cluster.delete(jobs, metadata)
      await world.settle()
      expect(await cluster.get(jobs, metadata)).toBeUndefined()
      expect((await read(world, "d"))?.metadata.ownerReferences).toBeUndefined()
    },
  },
  {
    name: "an object whose owner does not exist is collected",
    async run(world) {
      const owner = await make(world, "o")
      await make(world, "d", ownedBy(owner, { uid: "no-such-uid" }))
      await world.settle()
      expect(await read(world, "d")).toBeUndefined()
    },
  },
]

async function now(world: ConformanceWorld): Promise<string> {
  const { namespace, cluster } = world
  return (await cluster.list(configMaps, { namespace })).resourceVersion
}
