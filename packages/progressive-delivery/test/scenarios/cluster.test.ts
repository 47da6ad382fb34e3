import { afterEach, expect, test } from "vitest"
import { pods, replicaSets } from "../../src/api/foreign.js"
import {
  type AnalysisTemplate,
  analysisRuns,
  analysisTemplates,
  promote,
  restart,
  rollouts,
  setImage,
  trafficSplits,
  undo,
} from "../../src/index.js"
import {
  blueGreenRollout,
  canaryRollout,
  scriptedProviders,
  withImage,
} from "../../src/testing/index.js"
import { createWorld, type World } from "../world.js"

const minute = 60_000
const worlds: World[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    expect(world.errors).toEqual([])
    await world.stop()
  }
})

async function open(...parameters: Parameters<typeof createWorld>): Promise<World> {
  const world = await createWorld(...parameters)
  worlds.push(world)
  return world
}

const errorRate: AnalysisTemplate = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AnalysisTemplate",
  metadata: { name: "error-rate", namespace: "default" },
  spec: {
    metrics: [
      {
        name: "error-rate",
        interval: "1m",
        count: 3,
        successCondition: "result[0] <= 0.02",
        provider: { prometheus: { address: "http://metrics", query: "errors" } },
      },
    ],
  },
}

async function podsByImage(world: World): Promise<{ [image: string]: number }> {
  const { items } = await world.sim.cluster.list(pods, { namespace: "default" })
  const counts: { [image: string]: number } = {}
  for (const pod of items) {
    if (pod.metadata.deletionTimestamp !== undefined) continue
    const { containers } = (pod as unknown as { spec: { containers: { image: string }[] } }).spec
    const image = containers[0]?.image ?? ""
    counts[image] = (counts[image] ?? 0) + 1
  }
  return counts
}

const canary = {
  maxSurge: "25%",
  maxUnavailable: 0,
  steps: [
    { setWeight: 20 },
    { pause: { duration: "5m" } },
    { analysis: { templates: [{ templateName: "error-rate" }] } },
    { setWeight: 50 },
    { pause: { duration: "5m" } },
    { setWeight: 100 },
  ],
}

test("a canary on a cluster: deploy, release, analyse, promote", async () => {
  const world = await open(
    scriptedProviders({ "error-rate": [{ type: "Vector", numbers: ["0.01"] }] }),
  )
  await world.sim.cluster.create(analysisTemplates, errorRate)
  await world.sim.cluster.create(rollouts, canaryRollout(canary))
  await world.clock.advance(minute)
  expect((await world.rollout("shop")).status).toMatchObject({
    phase: "Healthy",
    availableReplicas: 10,
  })
  expect((await world.rollout("shop")).metadata.annotations).toMatchObject({
    "rollout.argoproj.io/revision": "1",
  })
  await world.change("shop", (rollout) => withImage(rollout, "shop:2"))
  await world.clock.advance(2 * minute)
  expect((await world.rollout("shop")).status).toMatchObject({
    phase: "Paused",
    currentStepIndex: 1,
  })
  expect(await podsByImage(world)).toEqual({ "shop:1": 8, "shop:2": 2 })
  await world.clock.advance(20 * minute)
  expect((await world.rollout("shop")).status).toMatchObject({ phase: "Healthy", replicas: 10 })
  expect(await podsByImage(world)).toEqual({ "shop:2": 10 })
  const runs = await world.sim.cluster.list(analysisRuns, {})
  expect(runs.items.map((run) => run.status?.phase)).toEqual(["Successful"])
})

test("a bad release goes back by itself", async () => {
  const world = await open(
    scriptedProviders({ "error-rate": [{ type: "Vector", numbers: ["0.4"] }] }),
  )
  await world.sim.cluster.create(analysisTemplates, errorRate)
  await world.sim.cluster.create(rollouts, canaryRollout(canary))
  await world.clock.advance(minute)
  await world.change("shop", (rollout) => withImage(rollout, "shop:2"))
  await world.clock.advance(10 * minute)
  const { status } = await world.rollout("shop")
  expect(status).toMatchObject({ phase: "Degraded", abort: true })
  expect(status?.message).toContain("failed (1) > failureLimit (0)")
  expect(await podsByImage(world)).toEqual({ "shop:1": 10 })
})

test("restarting the controllers at any moment changes nothing", async () => {
  const tell = async (restarts: boolean): Promise<unknown> => {
    const world = await open(
      scriptedProviders({ "error-rate": [{ type: "Vector", numbers: ["0"] }] }),
    )
    await world.sim.cluster.create(analysisTemplates, errorRate)
    await world.sim.cluster.create(rollouts, canaryRollout(canary))
    await world.clock.advance(minute)
    await world.change("shop", (rollout) => withImage(rollout, "shop:2"))
    for (let at = 0; at < 20 * minute; at += 37_000) {
      if (restarts) await world.restart()
      await world.clock.advance(37_000)
    }
    const { status } = await world.rollout("shop")
    const runs = (await world.sim.cluster.list(analysisRuns, {})).items.map(
      ({ metadata }) => metadata.name,
    )
    return {
      phase: status?.phase,
      index: status?.currentStepIndex,
      stable: status?.stableRS,
      runs,
      pods: await podsByImage(world),
    }
  }
  expect(await tell(true)).toEqual(await tell(false))
})

test("a router's weights live in the cluster", async () => {
  const world = await open()
  await world.createService("shop-canary", "shop")
  await world.createService("shop-stable", "shop")
  const routed = canaryRollout({
    canaryService: "shop-canary",
    stableService: "shop-stable",
    trafficRouting: { smi: {} },
    steps: [{ setWeight: 20 }, { pause: {} }],
  })
  await world.sim.cluster.create(rollouts, routed)
  await world.clock.advance(minute)
  await world.change("shop", (rollout) => withImage(rollout, "shop:2"))
  await world.clock.advance(minute)
  const split = await world.sim.cluster.get(trafficSplits, { namespace: "default", name: "shop" })
  expect(split?.spec).toEqual({
    service: "shop-stable",
    backends: [
      { service: "shop-canary", weight: 20 },
      { service: "shop-stable", weight: 80 },
    ],
  })
  expect((await world.rollout("shop")).status?.canary?.weights).toMatchObject({
    canary: { weight: 20 },
    stable: { weight: 80 },
  })
  await world.operate("shop", promote)
  await world.clock.advance(2 * minute)
  expect((await world.rollout("shop")).status).toMatchObject({ phase: "Healthy", replicas: 10 })
})

test("a missing Service is named, and found once it is there", async () => {
  const world = await open()
  await world.sim.cluster.create(
    rollouts,
    blueGreenRollout({ activeService: "active" }, { replicas: 2 }),
  )
  await world.clock.advance(1000)
  expect((await world.rollout("shop")).status?.message).toBe(
    'InvalidSpec: spec.strategy.blueGreen.activeService: service "active" does not exist',
  )
  await world.createService("active", "shop")
  await world.clock.advance(minute)
  expect((await world.rollout("shop")).status).toMatchObject({ phase: "Healthy" })
})

test("what is not supported is refused by name", async () => {
  const world = await open()
  const rollout = canaryRollout({ trafficRouting: { plugins: { "somebody/router": {} } } })
  await world.sim.cluster.create(rollouts, rollout)
  await world.sim.cluster.create(rollouts, {
    ...canaryRollout({ trafficRouting: { nginx: {} } }, { name: "other" }),
  })
  await world.clock.advance(1000)
  expect((await world.rollout("shop")).status?.message).toContain(
    "no traffic router of that name is registered",
  )
  expect((await world.rollout("other")).status?.message).toContain("nginx: is not supported")
})

test("blue-green on a cluster, undo and set image", async () => {
  const world = await open()
  await world.createService("active", "shop")
  await world.sim.cluster.create(
    rollouts,
    blueGreenRollout({ activeService: "active" }, { replicas: 3 }),
  )
  await world.clock.advance(minute)
  await world.operate("shop", (rollout) => setImage(rollout, "shop", "shop:2"))
  await world.clock.advance(2 * minute)
  expect(await podsByImage(world)).toEqual({ "shop:2": 3 })
  const sets = await world.sim.cluster.list(replicaSets, {})
  await world.operate("shop", () => undo(sets.items))
  await world.clock.advance(2 * minute)
  expect(await podsByImage(world)).toEqual({ "shop:1": 3 })
  expect((await world.rollout("shop")).metadata.annotations?.["rollout.argoproj.io/revision"]).toBe(
    "3",
  )
})

test("restart replaces every pod, a few at a time", async () => {
  const world = await open()
  await world.sim.cluster.create(rollouts, canaryRollout({}, { replicas: 4 }))
  await world.clock.advance(minute)
  const before = (await world.sim.cluster.list(pods, {})).items.map(({ metadata }) => metadata.uid)
  await world.operate("shop", () => restart(world.clock.now()))
  await world.clock.advance(20 * minute)
  const { spec, status } = await world.rollout("shop")
  expect(status?.restartedAt).toBe(spec.restartAt)
  const after = (await world.sim.cluster.list(pods, {})).items.map(({ metadata }) => metadata.uid)
  expect(after).toHaveLength(4)
  expect(after.filter((uid) => before.includes(uid))).toEqual([])
})
