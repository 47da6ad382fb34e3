import { ClusterError } from "@argo-ts/k8s"
import { OperationError, type Stored, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import type { LockAnswer, LockRequest } from "../core/locks.js"
import { createClusterLocks } from "./cluster-locks.js"
import type { ConfigMap } from "./config-maps.js"

const object = { namespace: "default", name: "locks" }

function ask(workflow: string, lock = "default/Mutex/m"): LockRequest {
  const id = `default/${workflow}`
  return { holder: id, workflow: id, locks: [lock], priority: 0, createdAt: 0 }
}

/** One ConfigMap, a clock, and any number of replicas; `refuse` answers every request with an error. */
function createWorld() {
  const clock = createVirtualClock()
  let stored: Stored<ConfigMap> | undefined
  let version = 0
  const world = { requests: 0, writes: 0, refuse: undefined as Error | undefined }
  const answer = async <T>(work: () => T): Promise<T> => {
    world.requests++
    if (world.refuse !== undefined) throw world.refuse
    return work()
  }
  const store = (given: ConfigMap): Stored<ConfigMap> => {
    const { resourceVersion } = given.metadata
    if (resourceVersion !== stored?.metadata.resourceVersion) {
      throw new ClusterError(stored === undefined ? "NotFound" : "Conflict", "changed meanwhile")
    }
    world.writes++
    const metadata = { ...given.metadata, ...object, resourceVersion: String(++version) }
    stored = { ...given, metadata } as Stored<ConfigMap>
    return stored
  }
  const cluster = {
    get: () => answer(() => stored),
    create: (_kind: unknown, given: ConfigMap) => answer(() => store(given)),
    update: (_kind: unknown, given: ConfigMap) => answer(() => store(given)),
  }
  const join = (limits = (): Promise<number> => Promise.resolve(1)) =>
    createClusterLocks({
      cluster: cluster as never,
      clock,
      logger: silentLogger,
      object,
      limits,
    })
  return { clock, world, join, stored: () => stored }
}

const stillOwned = (): void => undefined

test("two replicas share one mutex: the second is told when the ConfigMap says so", async () => {
  const { clock, join, stored } = createWorld()
  const [first, second] = [join(), join()]
  const told: string[] = []
  const tell =
    (who: string) =>
    ({ type }: LockAnswer): void => {
      told.push(`${who} ${type}`)
    }
  first.for(stillOwned).acquire(ask("a"), tell("a"))
  second.for(stillOwned).acquire(ask("b"), tell("b"))
  await clock.advance(10_000)
  expect(told.toSorted()).toEqual(["a Acquired", "b Queued"])
  first.for(stillOwned).release("default/a")
  await clock.advance(10_000)
  second.see(stored() as Stored<ConfigMap>)
  expect(told.at(-1)).toBe("b Acquired")
  expect(second.for(stillOwned).holdersOf("default/Mutex/m")).toEqual(["default/b"])
})

test("who waits here for several locks hears of the next that is missing, whoever gives the first back", async () => {
  const { clock, join, stored } = createWorld()
  const [first, second] = [join(), join()]
  const [one, two] = ["default/Mutex/one", "default/Mutex/two"]
  first.for(stillOwned).acquire(ask("a", one), () => undefined)
  first.for(stillOwned).acquire(ask("b", two), () => undefined)
  const told: string[] = []
  const both = { ...ask("c"), locks: [one, two] }
  const tell = (answer: LockAnswer): void => {
    told.push("lock" in answer ? answer.lock : answer.type)
  }
  await clock.advance(1000)
  second.for(stillOwned).acquire(both, tell)
  for (const holder of ["default/a", "default/b"]) {
    await clock.advance(1000)
    first.for(stillOwned).release(holder)
    await clock.advance(1000)
    second.see(stored() as Stored<ConfigMap>)
    second.see(stored() as Stored<ConfigMap>)
  }
  expect(told).toEqual([one, two, "Acquired"])
})

test("what another replica takes while limits are read is not written over", async () => {
  const { clock, join, stored } = createWorld()
  const semaphore = "default/ConfigMap/limits/one"
  const answers: ((limit: number) => void)[] = []
  const slow = join(() => new Promise((resolve) => answers.push(resolve)))
  const quick = join()
  const told: string[] = []
  slow.for(stillOwned).acquire(ask("a", semaphore), ({ type }) => told.push(`a ${type}`))
  await clock.advance(0)
  quick.for(stillOwned).acquire(ask("b", semaphore), ({ type }) => told.push(`b ${type}`))
  await clock.advance(0)
  slow.see(stored() as Stored<ConfigMap>)
  for (let tries = 0; tries < 3; tries++) {
    for (const answer of answers.splice(0)) answer(1)
    await clock.advance(1000)
  }
  expect(told).toEqual(["b Acquired", "a Queued"])
  expect(slow.for(stillOwned).holdersOf(semaphore)).toEqual(["default/b"])
})

test("what could not be written is tried again; what changes nothing is not written", async () => {
  const { clock, world, join } = createWorld()
  const locks = join()
  const told: string[] = []
  world.refuse = new ClusterError("ServiceUnavailable", "away")
  locks.for(stillOwned).acquire(ask("a"), ({ type }) => told.push(type))
  await clock.advance(60_000)
  expect(told).toEqual([])
  world.refuse = undefined
  await clock.advance(60_000)
  expect(told).toEqual(["Acquired"])
  locks.see(undefined)
  locks.for(stillOwned).acquire(ask("a"), ({ type }) => told.push(type))
  await clock.advance(60_000)
  expect(told).toEqual(["Acquired", "Acquired"])
  expect(world.writes).toBe(1)
})

test.each(["lost", "closed"])(
  "a replica that is %s writes nothing and asks for nothing more",
  async (how) => {
    const { clock, world, join } = createWorld()
    const locks = join()
    let isLost = false
    const check = (): void => {
      if (isLost) throw new OperationError("not ours", { code: "OwnershipLost", retryable: true })
    }
    world.refuse = new ClusterError("ServiceUnavailable", "away")
    locks.for(check).acquire(ask("a"), () => expect.unreachable())
    await clock.advance(10_000)
    if (how === "lost") isLost = true
    else locks.close()
    world.refuse = undefined
    const before = world.requests
    await clock.advance(60_000)
    expect(world.requests).toBe(before)
    expect(world.writes).toBe(0)
  },
)

test("whoever takes a workflow over gives back what its former owner could not", async () => {
  const { clock, join, stored } = createWorld()
  const former = join()
  let isLost = false
  const check = (): void => {
    if (isLost) throw new OperationError("not ours", { code: "OwnershipLost", retryable: true })
  }
  former.for(check).acquire({ ...ask("a"), holder: "default/a/done" }, () => undefined)
  await clock.advance(1000)
  isLost = true
  former.for(check).release("default/a/done")
  await clock.advance(1000)
  const next = join()
  const told: string[] = []
  next.for(stillOwned).retain("default/a", new Set(["default/a/next"]))
  const request = { ...ask("a"), holder: "default/a/next" }
  next.for(stillOwned).acquire(request, ({ type }) => told.push(type))
  await clock.advance(1000)
  expect(told).toEqual(["Acquired"])
  expect(JSON.parse(stored()?.data?.["state"] ?? "")).toMatchObject({
    held: [{ holder: "default/a/next" }],
    waiting: [],
  })
})
