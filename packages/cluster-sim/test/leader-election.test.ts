import {
  controller,
  createManager,
  createMetricsRegistry,
  electLeader,
  type LeaderElection,
  type LeaseObject,
  leases,
} from "@argo-ts/k8s"
import { createRandomStreams, epochMs, type Kind, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock, sleep } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"
import { createReplicaHost, type ReplicaHost } from "./replica-host.js"

const configMaps = builtInKind("v1", "ConfigMap") as Kind
const start = epochMs(1_767_225_600_000)
const lease = { namespace: "default", name: "controller" }

function createWorld(seed: number) {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock, controllers: false })
  const random = createRandomStreams(seed).stream("hosts")
  const join = (name: string, rate = 1): { host: ReplicaHost; election: LeaderElection } => {
    const skewMs = random.integer(7_200_000) - 3_600_000
    const { cluster } = sim
    const host = createReplicaHost({
      name,
      clock,
      cluster,
      random,
      rate,
      skewMs,
      latencyMaxMs: 200,
    })
    const options = { cluster: host.cluster, clock: host.clock, logger: silentLogger }
    return { host, election: electLeader({ ...options, lease, identity: name }) }
  }
  const read = async (): Promise<LeaseObject | undefined> => sim.cluster.get(leases, lease)
  return { clock, sim, random, join, read }
}

describe("leader election", () => {
  test("the first takes the lease and renews it; the second takes over when it is given back", async () => {
    const { clock, join, read } = createWorld(1)
    const a = join("a")
    await clock.advance(1_000)
    const b = join("b")
    await clock.advance(60_000)
    expect([a.election.isLeader(), b.election.isLeader()]).toEqual([true, false])
    expect(b.election.leader()).toBe("a")
    const { spec } = (await read()) as LeaseObject
    expect(spec).toMatchObject({
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
    })
    expect(spec.renewTime).toMatch(/\.\d{6}Z$/)
    const stopped = a.election.stop()
    await clock.advance(1_000)
    await stopped
    expect((await read())?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 })
    await clock.advance(5_000)
    expect(b.election.isLeader()).toBe(true)
    expect([a.election.fence(), b.election.fence()]).toEqual([undefined, 1])
    expect((await read())?.spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 })
  })

  test("a leader that cannot renew aborts its work before another may lead", async () => {
    const { clock, join } = createWorld(2)
    const a = join("a")
    await clock.advance(1_000)
    const b = join("b")
    await clock.advance(10_000)
    const log: string[] = []
    const work = a.election.run("ns/x", async ({ signal, check }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve))
      log.push(`aborted, b leads: ${b.election.isLeader()}`)
      check()
    })
    const outcome = work.catch((error) => error.code)
    a.host.cut()
    await clock.advance(30_000)
    expect(await outcome).toBe("OwnershipLost")
    expect(log).toEqual(["aborted, b leads: false"])
    expect([a.election.isLeader(), b.election.isLeader()]).toEqual([false, true])
    expect(await a.election.run("ns/x", async () => "never")).toBeUndefined()
    a.host.heal()
    await clock.advance(30_000)
    expect([a.election.leader(), b.election.isLeader()]).toEqual(["b", true])
  })

  test("a stop renews until the last work has ended", async () => {
    const { clock, join, read } = createWorld(3)
    const { election } = join("a")
    await clock.advance(1_000)
    const work = election.run("x", async ({ check }) => {
      await sleep(clock, 40_000, "work")
      check()
      return "done"
    })
    const stopped = election.stop()
    await clock.advance(39_000)
    expect(election.isLeader()).toBe(false)
    expect((await read())?.spec.holderIdentity).toBe("a")
    await clock.advance(2_000)
    await stopped
    expect(await work).toBe("done")
    expect((await read())?.spec.holderIdentity).toBe("")
  })

  test("durations that cannot work together are refused", () => {
    const { sim, clock } = createWorld(4)
    const options = { cluster: sim.cluster, clock, logger: silentLogger, lease, identity: "a" }
    expect(() => electLeader({ ...options, renewDeadlineMs: 15_000 })).toThrow("greater than")
    expect(() => electLeader({ ...options, retryPeriodMs: 9_000 })).toThrow("retryPeriodMs")
    expect(() => electLeader({ ...options, leaseDurationMs: 15_500 })).toThrow("whole seconds")
  })

  test.for(Array.from({ length: 10 }, (_, seed) => seed))(
    "never two leaders, and always one again: seed %i",
    async (seed) => {
      const { clock, join, random } = createWorld(seed)
      // The slowest and the fastest clock differ by a factor of 1.4; the durations allow 1.5.
      const replicas = [join("a", 1), join("b", 1.2), join("c", 0.86)]
      const leading = (): string[] =>
        replicas
          .filter(({ host, election }) => host.isRunning() && election.isLeader())
          .map(({ host }) => host.name)
      const leaders = new Set<string>()
      const end = epochMs(start + 600_000)
      while (clock.now() < end) {
        const { host } = replicas[random.integer(3)] as (typeof replicas)[number]
        const harm = random.integer(2) === 0 ? host.cut : host.pause
        harm()
        const until = epochMs(clock.now() + 2_000 + random.integer(40_000))
        while (clock.now() < until) {
          await clock.advance(100)
          expect(leading().length).toBeLessThanOrEqual(1)
          for (const each of leading()) leaders.add(each)
        }
        host.heal()
        host.resume()
      }
      await clock.advance(45_000)
      expect(leading()).toHaveLength(1)
      expect(leaders.size).toBeGreaterThan(1)
    },
  )
})

test("whether a process leads is a metric", async () => {
  const { clock, sim } = createWorld(5)
  const metrics = createMetricsRegistry()
  const options = { cluster: sim.cluster, clock, logger: silentLogger, lease, metrics }
  const election = electLeader({ ...options, identity: "a" })
  const line = 'leader_election_master_status{name="controller"}'
  expect(metrics.print()).toContain(`${line} 0\n`)
  await clock.advance(1_000)
  expect(metrics.print()).toContain(`${line} 1\n`)
  await election.stop()
  expect(metrics.print()).toContain(`${line} 0\n`)
})

test("a manager reconciles only while its replica leads, and catches up when it comes to lead", async () => {
  const { clock, join, sim } = createWorld(6)
  const log: string[] = []
  const run = ({ host, election }: ReturnType<typeof join>): void => {
    const named = controller("named", configMaps).reconcile(async ({ name }, { cluster }) => {
      await cluster.get(configMaps, { namespace: "default", name })
      log.push(`${host.name}: ${name}`)
      return {}
    })
    const { cluster } = host
    const options = { cluster, clock: host.clock, logger: silentLogger, ownership: election }
    createManager(options)
      .add(named)
      .start()
      .ready.catch(() => {})
  }
  const create = (name: string): Promise<unknown> => {
    const metadata = { namespace: "default", name }
    return sim.cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata })
  }
  const a = join("a")
  await clock.advance(1_000)
  const b = join("b")
  run(a)
  run(b)
  await create("x")
  await clock.advance(5_000)
  expect(log).toEqual(["a: x"])
  a.host.cut()
  await create("y")
  await clock.advance(30_000)
  expect(log.slice(1).toSorted()).toEqual(["b: x", "b: y"])
})
