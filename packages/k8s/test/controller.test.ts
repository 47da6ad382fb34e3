import { defineKind, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock, sleep } from "@argo-ts/kernel/clock"
import { describe, expect, test } from "vitest"
import { ClusterError, controller, createInformer, createManager } from "../src/index.js"
import { createFakeCluster, type Thing, things } from "./fake-cluster.js"

const logger = silentLogger

describe("informer", () => {
  test("lists, follows, and reports what changed while its version was gone", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    fake.put("a", 1)
    fake.put("b", 1)
    const informer = createInformer(things, { cluster: fake.cluster, clock, logger })
    const heard: string[] = []
    informer.listen((after, before) =>
      heard.push(
        `${(after ?? before)?.metadata.name}: ${before?.spec.size} -> ${after?.spec.size}`,
      ),
    )
    await informer.synced
    fake.put("a", 2)
    fake.putUnseen("c", 1)
    fake.breakWatches(new ClusterError("Expired", "too old"))
    await clock.advance(0)
    fake.remove("b")
    expect(heard).toEqual([
      "a: undefined -> 1",
      "b: undefined -> 1",
      "a: 1 -> 2",
      "c: undefined -> 1",
      "b: 1 -> undefined",
    ])
  })

  test("resumes after a broken connection, with a pause", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    const informer = createInformer(things, { cluster: fake.cluster, clock, logger })
    await informer.synced
    await clock.advance(0)
    fake.breakWatches(new Error("reset"))
    const pause = clock.nextAt() ?? 0
    expect(pause).toBeGreaterThanOrEqual(800)
    expect(pause).toBeLessThan(1600)
    await clock.advance(1600)
    fake.put("a", 1)
    expect(informer.store.list({}).map((object) => object.metadata.name)).toEqual(["a"])
    informer.stop()
  })

  test("an older write never replaces a newer object", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    const old = fake.put("a", 1)
    const informer = createInformer(things, { cluster: fake.cluster, clock, logger })
    await informer.synced
    await clock.advance(0)
    fake.put("a", 2)
    informer.observe(old)
    expect(informer.store.get({ namespace: "ns", name: "a" })?.spec.size).toBe(2)
  })
})

describe("manager", () => {
  test("lets running work end when it stops, and takes no more", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    fake.put("a", 1)
    const log: string[] = []
    const slow = controller("slow")
      .for(things)
      .reconcile(async (key, { cluster, signal }) => {
        log.push(`${key.name} begins`)
        await sleep(clock, 5_000, "work")
        await cluster.kinds()
        log.push(`${key.name} ends, ${signal.aborted ? "aborted" : "in peace"}`)
        return {}
      })
    const running = createManager({ cluster: fake.cluster, clock, logger }).add(slow).start()
    await running.ready
    await clock.advance(1_000)
    const stopped = running.stop().then(() => log.push("stopped"))
    fake.put("b", 1)
    await clock.advance(60_000)
    await stopped
    expect(log).toEqual(["a begins", "a ends, in peace", "stopped"])
  })

  test("tells work that does not end in its grace period, refuses its requests, and stops", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    fake.put("a", 1)
    const log: string[] = []
    const stuck = controller("stuck")
      .for(things)
      .reconcile(async (_key, { cluster, signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve))
        await cluster.kinds().catch((error) => log.push(`${error.code}@${clock.now()}`))
        return {}
      })
    const options = { cluster: fake.cluster, clock, logger, gracePeriodMs: 7_000 }
    const running = createManager(options).add(stuck).start()
    await running.ready
    await clock.advance(1_000)
    const stopped = running.stop().then(() => log.push(`stopped@${clock.now()}`))
    await clock.advance(6_999)
    expect(log).toEqual([])
    await clock.advance(1)
    await stopped
    expect(log.toSorted()).toEqual(["ManagerStopped@8000", "stopped@8000"])
  })

  test("a mapping, an index or a predicate that throws harms nobody else", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    const seen: string[] = []
    const fail = (): never => {
      throw new TypeError("mine")
    }
    const broken = controller("broken")
      .for(things, { where: fail })
      .watches(things, fail)
      .indexes(things, "size", fail)
      .reconcile(async (key, { indexed }) => {
        seen.push(`broken ${key.name} ${indexed(things, "size", "1").length}`)
        return {}
      })
    const sound = controller("sound", things).reconcile(async (key) => {
      seen.push(`sound ${key.name}`)
      return {}
    })
    const options = { cluster: fake.cluster, clock, logger }
    const running = createManager(options).add(broken, sound).start()
    await running.ready
    fake.put("a", 1)
    await clock.advance(0)
    fake.remove("a")
    await clock.advance(0)
    expect(seen).toEqual(["broken a 0", "sound a", "broken a 0", "sound a"])
    await running.stop()
  })

  test("tries again what others may mend, not what nobody can", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    const codes = ["NotFound", "AlreadyExists", "Forbidden", "Unauthorized", "Conflict"] as const
    const hopeless = ["Invalid", "BadRequest", "MethodNotAllowed"] as const
    for (const code of [...codes, ...hopeless]) fake.put(code, 1)
    const tries = new Map<string, number>()
    const failing = controller("failing")
      .for(things)
      .reconcile(async ({ name }) => {
        tries.set(name, (tries.get(name) ?? 0) + 1)
        throw new ClusterError(name as "NotFound", "no")
      })
    const running = createManager({ cluster: fake.cluster, clock, logger }).add(failing).start()
    await running.ready
    await clock.advance(20)
    expect(Object.fromEntries(tries)).toEqual({
      ...Object.fromEntries(codes.map((code) => [code, 3])),
      ...Object.fromEntries(hopeless.map((code) => [code, 1])),
    })
    await running.stop()
  })

  test("reconciles owners when their dependents change, and hands out what concerns a key", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    const parent = fake.put("parent", 1)
    const log: string[] = []
    const sizes = controller("sizes", things)
      .owns(things)
      .reconcile(async (key, context) => {
        const self = await context.cluster.get(things, key)
        const owned = self === undefined ? [] : context.owned<Thing>(things, self)
        const concerning = context.watched(things, key).map((object) => object.metadata.name)
        log.push(`${key.name}: ${owned.map((o) => o.spec.size)} [${concerning}]`)
        return {}
      })
    const running = createManager({ cluster: fake.cluster, clock, logger }).add(sizes).start()
    await running.ready
    await clock.advance(0)
    fake.put("child", 7, parent)
    await clock.advance(0)
    expect(log).toEqual(["parent:  [parent]", "child:  [child]", "parent: 7 [child,parent]"])
    await running.stop()
    fake.put("child", 8, parent)
    await clock.advance(1000)
    expect(log).toHaveLength(3)
  })

  test("a kind that is not served refuses a run-time watch and names itself", async () => {
    const clock = createVirtualClock()
    const fake = createFakeCluster()
    fake.put("a", 1)
    const other = defineKind({ ...things, plural: "others" })
    const outcomes: unknown[] = []
    const curious = controller("curious", things).reconcile(async (_key, context) => {
      outcomes.push(await context.watch(other, () => []).catch((error) => error.code))
      return {}
    })
    const running = createManager({ cluster: fake.cluster, clock, logger }).add(curious).start()
    await running.ready
    await clock.advance(0)
    expect(outcomes).toEqual(["NotFound"])
    await running.stop()
  })
})
