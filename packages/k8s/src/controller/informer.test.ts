import { defineKind, type KubernetesObject, type Logger, type Stored } from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { describe, expect, test } from "vitest"
import { ClusterError } from "../cluster-error.js"
import type { ClusterReader, ClusterWatcher, WatchObserver, WatchOptions } from "../ports.js"
import { createInformer, type Informer } from "./informer.js"

const things = defineKind({
  group: "example.com",
  version: "v1",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
  hasStatus: false,
})
type Thing = Stored<KubernetesObject>
const expired = new ClusterError("Expired", "too old")

function thing(name: string, uid: string, version: number): Thing {
  const metadata = {
    namespace: "ns",
    name,
    uid,
    resourceVersion: String(version),
    creationTimestamp: "2026-01-01T00:00:00Z",
  }
  return { apiVersion: "example.com/v1", kind: "Thing", metadata }
}

/** A server that says what a test wants, when it wants. */
interface Script {
  readonly informer: Informer<KubernetesObject>
  readonly clock: VirtualClock
  readonly lists: number[]
  readonly watches: WatchOptions[]
  readonly heard: string[]
  readonly problems: string[]
  /** What the next lists answer. */
  answer(version: number, ...items: Thing[]): void
  tell(type: "ADDED" | "MODIFIED" | "DELETED", object: Thing): void
  bookmark(version: number): void
  end(error?: unknown): void
  /** Every watch that is opened from now on expires at once. */
  expireAll(): void
  names(): string[]
}

async function begin(version: number, ...first: Thing[]): Promise<Script> {
  const clock = createVirtualClock()
  let page = { items: first as readonly Thing[], resourceVersion: String(version) }
  let observer: WatchObserver<never> | undefined
  let isExpiring = false
  const lists: number[] = []
  const watches: WatchOptions[] = []
  const problems: string[] = []
  const heard: string[] = []
  const cluster = {
    list: async () => {
      lists.push(clock.now())
      return page
    },
    watch: (_kind: unknown, options: WatchOptions, given: WatchObserver<never>) => {
      watches.push(options)
      observer = given
      if (isExpiring) queueMicrotask(() => given.end(expired))
      return () => {}
    },
  } as unknown as ClusterReader & ClusterWatcher
  const nothing = (): void => {}
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message) => problems.push(message),
  }
  const informer = createInformer(things, { cluster, clock, logger })
  await informer.synced
  informer.listen((after, before) => {
    const [now, was] = [after, before].map((each) => each?.metadata.uid ?? "nothing")
    heard.push(`${(after ?? before)?.metadata.name}: ${was} -> ${now}`)
  })
  heard.length = 0
  return {
    informer,
    clock,
    lists,
    watches,
    heard,
    problems,
    answer(at, ...items) {
      page = { items, resourceVersion: String(at) }
    },
    tell: (type, object) => observer?.event({ type, object: object as never }),
    bookmark: (at) => observer?.event({ type: "BOOKMARK", resourceVersion: String(at) }),
    end: (error) => observer?.end(error),
    expireAll() {
      isExpiring = true
    },
    names: () =>
      informer.store.list({}).map((o) => `${o.metadata.uid}@${o.metadata.resourceVersion}`),
  }
}

describe("an answer to a write", () => {
  test("is seen before the watch tells of it, and heard of once", async () => {
    const script = await begin(5)
    script.informer.observe(thing("a", "a1", 6))
    expect(script.names()).toEqual(["a1@6"])
    script.tell("ADDED", thing("a", "a1", 6))
    expect(script.heard).toEqual(["a: nothing -> a1"])
  })

  test("that comes after the object's end does not bring it back", async () => {
    const script = await begin(5, thing("a", "a1", 3))
    script.tell("DELETED", thing("a", "a1", 8))
    script.informer.observe(thing("a", "a1", 7))
    expect(script.names()).toEqual([])
    expect(script.heard).toEqual(["a: a1 -> nothing"])
  })

  test("that a bookmark has passed is old news too", async () => {
    const script = await begin(5)
    script.bookmark(9)
    script.informer.observe(thing("a", "a1", 7))
    expect(script.names()).toEqual([])
  })

  test("of a successor outlives what the watch still says of the one before", async () => {
    const script = await begin(5, thing("a", "a1", 3))
    script.informer.observe(thing("a", "a2", 9))
    script.tell("MODIFIED", thing("a", "a1", 6))
    script.tell("DELETED", thing("a", "a1", 8))
    expect(script.names()).toEqual(["a2@9"])
    script.tell("ADDED", thing("a", "a2", 9))
    expect(script.heard).toEqual(["a: a1 -> a2"])
  })
})

describe("a list after a gone version", () => {
  test("reports what came, changed, was replaced and went", async () => {
    const first = ["a", "b", "c", "d"].map((name) => thing(name, `${name}1`, 3))
    const script = await begin(5, ...first)
    const rest = [
      thing("a", "a1", 3),
      thing("b", "b1", 8),
      thing("c", "c2", 9),
      thing("e", "e1", 9),
    ]
    script.answer(9, ...rest)
    script.end(expired)
    await script.clock.advance(0)
    expect(script.heard).toEqual([
      "b: b1 -> b1",
      "c: c1 -> c2",
      "e: nothing -> e1",
      "d: d1 -> nothing",
    ])
  })

  test("leaves alone what was written since it was asked for", async () => {
    const script = await begin(5, thing("a", "a1", 3))
    script.answer(6, thing("a", "a1", 3))
    script.informer.observe(thing("a", "a1", 8))
    script.informer.observe(thing("b", "b1", 9))
    script.end(expired)
    await script.clock.advance(0)
    expect(script.names()).toEqual(["a1@8", "b1@9"])
  })

  test("is believed where versions went back: the server was set up anew", async () => {
    const script = await begin(50, thing("a", "a1", 40), thing("b", "b1", 41))
    script.answer(20, thing("a", "a1", 12))
    script.end(expired)
    await script.clock.advance(0)
    expect(script.names()).toEqual(["a1@12"])
  })

  test("is asked for at once, and ever more slowly where its version is always gone", async () => {
    const script = await begin(5)
    script.expireAll()
    script.end(expired)
    await script.clock.advance(60_000)
    expect(script.lists.slice(0, 3)).toEqual([0, 0, expect.toSatisfy((at: number) => at >= 800)])
    expect(script.lists.length).toBeLessThan(10)
    expect(script.watches.every(({ allowWatchBookmarks }) => allowWatchBookmarks)).toBe(true)
  })
})

test("a listener that throws is logged, and the others hear everything", async () => {
  const script = await begin(5)
  const { informer } = script
  informer.listen(() => {
    throw new Error("mine")
  })
  const later: string[] = []
  informer.listen((after) => later.push(after?.metadata.name ?? "gone"))
  script.tell("ADDED", thing("a", "a1", 6))
  script.tell("DELETED", thing("a", "a1", 7))
  expect([script.heard.length, later, script.problems.length]).toEqual([2, ["a", "gone"], 2])
})
