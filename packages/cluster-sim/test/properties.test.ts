import type { WatchEvent } from "@argo-ts/k8s"
import {
  epochMs,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type ObjectMeta,
} from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import { type ClusterSim, createClusterSim } from "../src/index.js"

interface Item extends KubernetesObject {
  readonly data?: JsonObject
}

const items = builtInKind("v1", "ConfigMap") as Kind<Item>
const namespace = "default"
const names = ["a", "b", "c", "d"]

type Call =
  | {
      readonly call: "create"
      readonly name: string
      readonly owner: string
      readonly held: boolean
    }
  | {
      readonly call: "update"
      readonly name: string
      readonly value: string
      readonly label: string
    }
  | {
      readonly call: "apply"
      readonly name: string
      readonly value: string
      readonly manager: string
    }
  | { readonly call: "release"; readonly name: string }
  | {
      readonly call: "delete"
      readonly name: string
      readonly policy: "Background" | "Foreground" | "Orphan"
    }
  | { readonly call: "advance" }

const name = fc.constantFrom(...names)
const value = fc.constantFrom("1", "2", "__proto__")
const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.oneof(
    fc.record({ call: fc.constant("create" as const), name, owner: name, held: fc.boolean() }),
    fc.record({
      call: fc.constant("update" as const),
      name,
      value,
      label: fc.constantFrom("x", "y"),
    }),
    fc.record({
      call: fc.constant("apply" as const),
      name,
      value,
      manager: fc.constantFrom("A", "B"),
    }),
    fc.record({ call: fc.constant("release" as const), name }),
    fc.record({
      call: fc.constant("delete" as const),
      name,
      policy: fc.constantFrom("Background" as const, "Foreground" as const, "Orphan" as const),
    }),
    fc.constant<Call>({ call: "advance" }),
  ),
  { maxLength: 30 },
)

interface Run {
  readonly sim: ClusterSim
  readonly clock: VirtualClock
  readonly versions: number[]
  readonly events: WatchEvent<Item>[]
  readonly selected: WatchEvent<Item>[]
}

function object(metadata: ObjectMeta, data: JsonObject): Item {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, ...metadata }, data }
}

async function perform(sim: ClusterSim, clock: VirtualClock, call: Call): Promise<unknown> {
  if (call.call === "advance") return clock.advance(1_000)
  const { cluster } = sim
  const key = { namespace, name: call.name }
  const known = await cluster.get(items, key)
  switch (call.call) {
    case "create": {
      const owner = await cluster.get(items, { namespace, name: call.owner })
      const uid = owner?.metadata.uid
      const ownerReferences =
        uid === undefined
          ? []
          : [
              {
                apiVersion: "v1",
                kind: "ConfigMap",
                name: call.owner,
                uid,
                blockOwnerDeletion: true,
              },
            ]
      const finalizers = call.held ? ["x.y/z"] : []
      return cluster.create(items, object({ name: call.name, ownerReferences, finalizers }, {}))
    }
    case "update": {
      if (known === undefined) return undefined
      const metadata = { ...known.metadata, labels: { l: call.label } }
      const data = Object.fromEntries([
        ["k", call.value],
        [call.value, "1"],
      ])
      return cluster.update(items, { ...known, metadata, data })
    }
    case "apply": {
      const data = { [call.manager]: call.value, shared: call.value }
      const options = { fieldManager: call.manager, force: call.value === "1" }
      return cluster.apply(items, object({ name: call.name }, data), options)
    }
    case "release": {
      const patch = { metadata: { finalizers: null } }
      return cluster.patch(items, key, { type: "merge", patch })
    }
    case "delete":
      return cluster.delete(items, key, { propagationPolicy: call.policy })
    default:
      return call satisfies never
  }
}

async function run(sequence: readonly Call[]): Promise<Run> {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const sim = createClusterSim({ clock, controllers: false })
  const versions: number[] = []
  const events: WatchEvent<Item>[] = []
  const selected: WatchEvent<Item>[] = []
  sim.onWrite(({ resourceVersion }) => versions.push(Number(resourceVersion)))
  const follow = (into: WatchEvent<Item>[]) => ({
    event: (event: WatchEvent<Item>) => into.push(event),
    end: () => {},
  })
  sim.cluster.watch(items, { namespace }, follow(events))
  sim.cluster.watch(items, { labelSelector: { matchLabels: { l: "x" } } }, follow(selected))
  for (const call of sequence) {
    await perform(sim, clock, call).catch((error: unknown) => {
      expect((error as Error).name, String((error as Error).stack)).toBe("ClusterError")
    })
  }
  return { sim, clock, versions, events, selected }
}

function replay(events: readonly WatchEvent<Item>[]): Item[] {
  const objects = new Map<string, Item>()
  for (const event of events) {
    if (event.type === "BOOKMARK") continue
    const { name: key } = event.object.metadata
    expect(objects.has(key)).toBe(event.type !== "ADDED")
    if (event.type === "DELETED") objects.delete(key)
    else objects.set(key, event.object)
  }
  return [...objects.values()].toSorted((left, right) =>
    (left.metadata.name ?? "") < (right.metadata.name ?? "") ? -1 : 1,
  )
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen)
}

describe("any sequence of requests", () => {
  test.prop([calls])(
    "grows versions and tells watches exactly what lists show",
    async (sequence) => {
      const { sim, versions, events, selected } = await run(sequence)
      expect(versions).toEqual(versions.map((_version, index) => (versions[0] ?? 0) + index))
      const all = await sim.cluster.list(items, { namespace })
      expect(replay(events)).toEqual(all.items)
      const labelled = await sim.cluster.list(items, { labelSelector: { matchLabels: { l: "x" } } })
      expect(replay(selected)).toEqual(labelled.items)
      expect(labelled.items).toEqual(
        all.items.filter((item) => item.metadata.labels?.["l"] === "x"),
      )
      expect(all.items.every(isDeeplyFrozen)).toBe(true)
      await sim.close()
    },
  )

  test.prop([calls])("leaves no orphan once garbage is collected", async (sequence) => {
    const { sim, clock } = await run(sequence)
    await clock.advance(10_000)
    const { items: all } = await sim.cluster.list(items)
    const uids = new Set(all.map((item) => item.metadata.uid))
    for (const item of all) {
      const references = item.metadata.ownerReferences ?? []
      const isGoing = item.metadata.deletionTimestamp !== undefined
      expect(isGoing || references.every((reference) => uids.has(reference.uid))).toBe(true)
    }
    await sim.close()
  })

  test.prop([calls], { numRuns: 30 })("gives the same objects in every run", async (sequence) => {
    const [one, two] = [await run(sequence), await run(sequence)]
    const lists = await Promise.all([one, two].map(({ sim }) => sim.cluster.list(items)))
    expect(JSON.stringify(lists[1])).toBe(JSON.stringify(lists[0]))
    expect(JSON.stringify(two.events)).toBe(JSON.stringify(one.events))
  })
})
