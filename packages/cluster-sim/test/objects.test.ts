import {
  addFinalizer,
  type Conditioned,
  createEventRecorder,
  events,
  isConditionTrue,
  patchConditions,
  removeFinalizer,
} from "@argo-ts/k8s"
import {
  type Condition,
  defineKind,
  epochMs,
  keyOf,
  type Stored,
  silentLogger,
} from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { describe, expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"

const things = defineKind<Conditioned>({
  group: "example.com",
  version: "v1",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
  hasStatus: true,
})
const start = epochMs(1_767_225_600_000)

async function createWorld() {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock, kinds: [things], controllers: false })
  const { cluster } = sim
  const metadata = { namespace: "default", name: "a" }
  const thing = await cluster.create(things, {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata,
  })
  const read = () => cluster.get(things, keyOf(thing)) as Promise<Stored<Conditioned>>
  return { clock, sim, cluster, thing, read }
}

const condition = (type: string, status: Condition["status"]): Condition => ({
  type,
  status,
  reason: "Because",
  message: "",
})

describe("conditions", () => {
  test("of others survive, though the object was read before they came", async () => {
    const { cluster, thing, read } = await createWorld()
    const foreign = condition("Foreign", "True")
    await patchConditions(cluster, things, thing, { set: [foreign], now: start })
    const now = epochMs(start + 60_000)
    const change = { set: [condition("Ready", "True")], now }
    await patchConditions(cluster, things, thing, change)
    expect((await read()).status?.conditions).toEqual([
      { ...foreign, lastTransitionTime: "2026-01-01T00:00:00Z" },
      { ...condition("Ready", "True"), lastTransitionTime: "2026-01-01T00:01:00Z" },
    ])
    expect(isConditionTrue(await read(), "Ready")).toBe(true)
    expect(isConditionTrue(await read(), "Ready", 1)).toBe(false)
  })

  test("keep their transition while their status stays, and write nothing where nothing changes", async () => {
    const { cluster, thing } = await createWorld()
    const change = { set: [condition("Ready", "False")], now: start }
    const first = await patchConditions(cluster, things, thing, change)
    const later = { ...change, now: epochMs(start + 1_000) }
    expect(await patchConditions(cluster, things, first, later)).toBe(first)
    const reworded = { ...condition("Ready", "False"), message: "still not" }
    const second = await patchConditions(cluster, things, first, { ...later, set: [reworded] })
    expect(second.status?.conditions).toEqual([
      { ...reworded, lastTransitionTime: "2026-01-01T00:00:00Z" },
    ])
    const last = await patchConditions(cluster, things, second, {
      remove: ["Ready"],
      now: start,
    })
    expect(last.status?.conditions).toEqual([])
  })

  test("are not written to another object of the same name", async () => {
    const { cluster, thing } = await createWorld()
    await cluster.delete(things, keyOf(thing))
    const { uid: _uid, resourceVersion: _version, ...metadata } = thing.metadata
    await cluster.create(things, { ...thing, metadata })
    const change = { set: [condition("Ready", "True")], now: start }
    await expect(patchConditions(cluster, things, thing, change)).rejects.toThrow("gone")
  })
})

describe("finalizers", () => {
  test("come and go beside those of others, and hold the object back", async () => {
    const { cluster, thing, read } = await createWorld()
    await addFinalizer(cluster, things, thing, "example.com/a")
    const both = await addFinalizer(cluster, things, thing, "example.com/b")
    expect(both.metadata.finalizers).toEqual(["example.com/a", "example.com/b"])
    expect(await addFinalizer(cluster, things, both, "example.com/b")).toBe(both)
    await cluster.delete(things, keyOf(thing))
    const terminating = await read()
    expect(await addFinalizer(cluster, things, terminating, "example.com/c")).toBe(terminating)
    await removeFinalizer(cluster, things, thing, "example.com/a")
    await removeFinalizer(cluster, things, both, "example.com/a")
    expect((await read()).metadata.finalizers).toEqual(["example.com/b"])
    await removeFinalizer(cluster, things, both, "example.com/b")
    expect(await read()).toBeUndefined()
    await removeFinalizer(cluster, things, both, "example.com/b")
  })
})

describe("event recorder", () => {
  test("counts the same words, also after a restart, and combines similar ones", async () => {
    const { clock, cluster, thing } = await createWorld()
    const options = { cluster, clock, logger: silentLogger, component: "test" }
    const first = createEventRecorder(options)
    const event = { type: "Normal", reason: "Synced", message: "all is well" } as const
    first.record(thing, event)
    first.record(thing, event)
    await first.flush()
    const second = createEventRecorder(options)
    second.record(thing, event)
    for (let index = 0; index < 20; index++) {
      second.record(thing, { type: "Warning", reason: "Failed", message: `attempt ${index}` })
    }
    await second.flush()
    const { items } = await cluster.list(events, { namespace: "default" })
    const counted = items.map(({ reason, count, message }) => ({ reason, count, message }))
    expect(counted).toContainEqual({ reason: "Synced", count: 3, message: "all is well" })
    expect(counted).toContainEqual({
      reason: "Failed",
      count: 11,
      message: "(combined from similar events): attempt 19",
    })
    expect(counted).toHaveLength(11)
  })
})
