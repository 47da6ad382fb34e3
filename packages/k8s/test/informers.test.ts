import { silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { describe, expect, test } from "vitest"
import {
  ClusterError,
  type ClusterReader,
  controller,
  createInformer,
  createManager,
  generationChanged,
  type ListOptions,
} from "../src/index.js"
import { createFakeCluster, type Thing, things } from "./fake-cluster.js"

const logger = silentLogger

describe("indexes", () => {
  test("follow changes, and are shared with the watch of the same kind", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    fake.put("a", 1)
    fake.put("b", 1)
    const found: string[][] = []
    const bySize = controller("by-size", things)
      .indexes(things, "size", (thing) => [String(thing.spec.size)])
      .reconcile(async (_key, { indexed }) => {
        found.push(
          ["1", "2"].map((size) =>
            indexed<Thing>(things, "size", size)
              .map(({ metadata }) => metadata.name)
              .join(),
          ),
        )
        return {}
      })
    const running = createManager({ cluster: fake.cluster, clock, logger }).add(bySize).start()
    await running.ready
    await clock.advance(0)
    fake.put("a", 2)
    await clock.advance(0)
    fake.remove("b")
    await clock.advance(0)
    expect(found).toEqual([
      ["a,b", ""],
      ["a,b", ""],
      ["b", "a"],
      ["", "a"],
    ])
    await running.stop()
  })

  test("are added once and before they are read", async () => {
    const clock = createVirtualClock()
    const { cluster } = createFakeCluster()
    const { store } = createInformer(things, { cluster, clock, logger })
    store.addIndex("x", () => [])
    expect(() => store.addIndex("x", () => [])).toThrow("added once")
    expect(() => store.indexed("y", "")).toThrow('"y" was not')
  })
})

describe("controllers", () => {
  test("leave out changes that do not count, and look at all keys again when told to", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    fake.put("a", 1)
    const log: string[] = []
    const grown = controller("grown", things)
      .where((after, before) => (after?.spec.size ?? 0) > (before?.spec.size ?? 0))
      .resyncEvery(60_000)
      .reconcile(async (key) => {
        log.push(`${key.name}@${clock.now()}`)
        return {}
      })
    const running = createManager({ cluster: fake.cluster, clock, logger }).add(grown).start()
    await running.ready
    await clock.advance(10)
    fake.put("a", 5)
    await clock.advance(10)
    fake.put("a", 3)
    await clock.advance(60_000)
    await running.stop()
    await clock.advance(600_000)
    expect(log).toEqual(["a@0", "a@10", "a@60000"])
  })

  test("hear of every change where the kind has no generation", () => {
    const fake = createFakeCluster()
    expect(generationChanged(fake.put("a", 1), fake.put("a", 2))).toBe(true)
  })
})

describe("reflector", () => {
  test("a watch that the server closes in order is opened again at once", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    const informer = createInformer(things, { cluster: fake.cluster, clock, logger })
    await informer.synced
    await clock.advance(5_000)
    fake.breakWatches()
    fake.put("a", 1)
    expect(informer.store.list({})).toHaveLength(1)
    fake.breakWatches()
    fake.put("b", 1)
    expect(informer.store.list({})).toHaveLength(1)
    await clock.advance(2_000)
    fake.put("c", 1)
    expect(informer.store.list({}).map(({ metadata }) => metadata.name)).toEqual(["a", "c"])
  })

  test("reads everything in one piece when the version of its pages is gone", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    fake.put("a", 1)
    const asked: ListOptions[] = []
    const list = (async (kind, options = {}) => {
      asked.push(options)
      if (options.continue !== undefined) throw new ClusterError("Expired", "too old")
      const page = await fake.cluster.list(kind)
      return options.limit === undefined ? page : { ...page, continue: "next" }
    }) as ClusterReader["list"]
    const cluster = { ...fake.cluster, list }
    const informer = createInformer(things, { cluster, clock, logger })
    await informer.synced
    expect(asked).toEqual([{ limit: 500 }, { limit: 500, continue: "next" }, {}])
    expect(informer.store.list({})).toHaveLength(1)
  })
})
