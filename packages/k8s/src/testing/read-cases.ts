import type { LabelSelectorRequirement } from "@argo-ts/kernel"
import { expect } from "vitest"
import {
  type ConformanceCase,
  type ConformanceWorld,
  configMap,
  createAll,
  customObject,
  expectRefusal,
  kinds,
  namesOf,
  record,
  rootCertificateMap,
} from "./world.js"

const { configMaps, pods } = kinds

async function select(
  world: ConformanceWorld,
  ...matchExpressions: LabelSelectorRequirement[]
): Promise<string[]> {
  const { cluster, namespace } = world
  const { items } = await cluster.list(configMaps, {
    namespace,
    labelSelector: { matchExpressions },
  })
  return namesOf(items)
}

async function setLabel(world: ConformanceWorld, name: string, x: string | null): Promise<void> {
  const patch = { metadata: { labels: { x } } }
  const key = { namespace: world.namespace, name }
  await world.cluster.patch(configMaps, key, { type: "merge", patch })
}

/** Lists and watches, by spec/cluster §12 F. */
export const readCases: readonly ConformanceCase[] = [
  {
    name: "101: pages show one version of the collection while it changes",
    async run(world) {
      const { cluster, namespace } = world
      const { items: foreign } = await cluster.list(configMaps, { namespace })
      await createAll(world, ["a", "b", "c", "d", "e"])
      const first = await cluster.list(configMaps, { namespace, limit: 2 })
      expect(first.remainingItemCount).toBe(3 + foreign.length)
      await cluster.delete(configMaps, { namespace, name: "d" })
      await createAll(world, ["cc"])
      const next = await cluster.list(configMaps, {
        namespace,
        limit: 2,
        continue: first.continue ?? "",
      })
      const last = await cluster.list(configMaps, {
        namespace,
        limit: 9,
        continue: next.continue ?? "",
      })
      const names = [first, next, last].flatMap(({ items }) => namesOf(items))
      expect(names).toEqual(["a", "b", "c", "d", "e"])
      expect([next, last].map((page) => page.resourceVersion)).toEqual([
        first.resourceVersion,
        first.resourceVersion,
      ])
      expect(last.continue ?? "").toBe("")
    },
  },
  {
    name: "102, 103: selected pages count nothing; a token goes alone and must be one",
    async run(world) {
      const { cluster, namespace } = world
      for (const name of ["a", "b"]) {
        await cluster.create(configMaps, configMap(world, { name, labels: { x: "1" } }))
      }
      const labelSelector = { matchLabels: { x: "1" } }
      const page = await cluster.list(configMaps, { namespace, labelSelector, limit: 1 })
      expect(page.remainingItemCount).toBeUndefined()
      const both = { namespace, continue: page.continue ?? "", resourceVersion: "1" }
      await expectRefusal(
        cluster.list(configMaps, both),
        "BadRequest",
        "not allowed when using continue",
      )
      await expectRefusal(cluster.list(configMaps, { namespace, continue: "?" }), "BadRequest")
    },
  },
  {
    name: "104: a version from the future is a Timeout",
    async run({ cluster, namespace }) {
      const future = cluster.list(configMaps, { namespace, resourceVersion: "99999999" })
      await expectRefusal(future, "Timeout", "Too large resource version")
    },
  },
  {
    name: "106: label selectors",
    async run(world) {
      for (const [name, x] of [
        ["a", "1"],
        ["b", "2"],
        ["c", undefined],
      ] as const) {
        const labels = x === undefined ? {} : { labels: { x } }
        await world.cluster.create(configMaps, configMap(world, { name, ...labels }))
      }
      const key = "x"
      expect(await select(world, { key, operator: "In", values: ["1", "2"] })).toEqual(["a", "b"])
      expect(await select(world, { key, operator: "In", values: ["2"] })).toEqual(["b"])
      expect(await select(world, { key, operator: "NotIn", values: ["1"] })).toEqual(["b", "c"])
      expect(await select(world, { key, operator: "Exists" })).toEqual(["a", "b"])
      expect(await select(world, { key, operator: "DoesNotExist" })).toEqual(["c"])
    },
  },
  {
    name: "107: field selectors by kind",
    async run(world) {
      const { cluster, custom, namespace } = world
      await createAll(world, ["a", "b"])
      const byName = { namespace, fieldSelector: { "metadata.name": "b" } }
      const { items } = await cluster.list(configMaps, byName)
      expect(items.map((item) => item.metadata.name)).toEqual(["b"])
      const unknown = { namespace, fieldSelector: { "spec.foo": "1" } }
      await expectRefusal(
        cluster.list(pods, unknown),
        "BadRequest",
        "field label not supported: spec.foo",
      )
      await cluster.create(custom, customObject(world, "c", {}))
      await expectRefusal(
        cluster.list(custom, unknown),
        "BadRequest",
        "is not a known field selector",
      )
    },
  },
  {
    name: "108: a watch from a list's version sees exactly what follows, in order",
    async run(world) {
      const { cluster, namespace } = world
      await createAll(world, ["a"])
      const { resourceVersion } = await cluster.list(configMaps, { namespace })
      await createAll(world, ["b"])
      await setLabel(world, "a", "1")
      const recording = record(cluster, configMaps, { namespace, resourceVersion })
      await cluster.delete(configMaps, { namespace, name: "b" })
      expect(await recording.first(3)).toEqual(["ADDED b", "MODIFIED a x=1", "DELETED b"])
      const versions = recording.events.map((event) =>
        event.type === "BOOKMARK" ? 0 : Number(event.object.metadata.resourceVersion),
      )
      expect(versions.toSorted((left, right) => left - right)).toEqual(versions)
      recording.stop()
    },
  },
  {
    name: "109: a watch without a version begins with everything there is",
    async run(world) {
      const { cluster, namespace } = world
      await createAll(world, ["a", "b"])
      const recording = record(cluster, configMaps, { namespace })
      expect((await recording.first(2)).toSorted()).toEqual(["ADDED a", "ADDED b"])
      recording.stop()
    },
  },
  {
    name: "110: entering a selection is ADDED, leaving it is DELETED with the old labels",
    async run(world) {
      const { cluster, namespace } = world
      const { resourceVersion } = await cluster.list(configMaps, { namespace })
      const labelSelector = { matchLabels: { x: "1" } }
      const recording = record(cluster, configMaps, { namespace, labelSelector, resourceVersion })
      await createAll(world, ["a"])
      await setLabel(world, "a", "1")
      await setLabel(world, "a", "2")
      const last = await cluster.get(configMaps, { namespace, name: "a" })
      expect(await recording.first(2)).toEqual(["ADDED a x=1", "DELETED a x=1"])
      expect(recording.events[1]).toMatchObject({
        object: { metadata: { resourceVersion: last?.metadata.resourceVersion } },
      })
      recording.stop()
    },
  },
  {
    name: "105: how a version is meant is checked, and Exact shows the collection as it was",
    async run(world) {
      const { cluster, namespace } = world
      const [a] = await createAll(world, ["a"])
      const resourceVersion = a?.metadata.resourceVersion ?? ""
      await createAll(world, ["b"])
      const exact = { namespace, resourceVersionMatch: "Exact" } as const
      const then = await cluster.list(configMaps, { ...exact, resourceVersion })
      expect(namesOf(then.items)).toEqual(["a"])
      expect(then.resourceVersion).toBe(resourceVersion)
      const notOlder = { namespace, resourceVersion, resourceVersionMatch: "NotOlderThan" } as const
      const since = await cluster.list(configMaps, notOlder)
      expect(namesOf(since.items)).toEqual(["a", "b"])
      for (const wrong of [exact, { ...exact, resourceVersion: "0" }]) {
        await expectRefusal(cluster.list(configMaps, wrong), "Invalid", "resourceVersionMatch")
      }
      const odd = { namespace, resourceVersion, resourceVersionMatch: "Sometimes" as "Exact" }
      await expectRefusal(
        cluster.list(configMaps, odd),
        "Invalid",
        'Unsupported value: "Sometimes"',
      )
    },
  },
  {
    name: "115: initial events end with a bookmark, and changes follow",
    async run(world) {
      const { cluster, namespace } = world
      await createAll(world, ["a", "b"])
      const seen: string[] = []
      let notify: () => void = () => {}
      const stop = cluster.watch(
        configMaps,
        {
          namespace,
          sendInitialEvents: true,
          resourceVersionMatch: "NotOlderThan",
          allowWatchBookmarks: true,
        },
        {
          event(event) {
            if (event.type === "BOOKMARK") {
              if (event.isInitialEventsEnd === true) seen.push("end")
            } else if (event.object.metadata.name !== rootCertificateMap) {
              seen.push(`${event.type} ${event.object.metadata.name}`)
            }
            notify()
          },
          end: () => notify(),
        },
      )
      const until = async (count: number): Promise<void> => {
        while (seen.length < count) {
          await new Promise<void>((resolve) => {
            notify = resolve
          })
        }
      }
      await until(3)
      await createAll(world, ["c"])
      await until(4)
      expect(seen).toEqual(["ADDED a", "ADDED b", "end", "ADDED c"])
      stop()
    },
  },
  {
    name: "objects of a caller stay the caller's",
    async run(world) {
      const { cluster, namespace } = world
      const mine = configMap(world, { name: "a" }, { k: "v" })
      await cluster.create(configMaps, mine)
      const data = mine.data as { k: string }
      data.k = "changed behind the cluster's back"
      const found = await cluster.get(configMaps, { namespace, name: "a" })
      expect(found?.data).toEqual({ k: "v" })
    },
  },
]
