import { describe, expect, test } from "vitest"
import type { ClusterSimOptions } from "../src/index.js"
import { kind, type Loose, type World, world } from "./world.js"

const autoscalers = kind("autoscaling/v2", "HorizontalPodAutoscaler")
const deployments = kind("apps/v1", "Deployment")
const key = { namespace: "default", name: "web" }

function deployment(replicas = 2, container: object = {}): Loose {
  const labels = { app: "web" }
  const resources = { requests: { cpu: "100m", memory: "64Mi" } }
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: key,
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: "app:1", resources, ...container }] },
      },
    },
  }
}

function autoscaler(spec: object = {}, name = "web"): Loose {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { namespace: "default", name },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [cpuAt(50)],
      ...spec,
    },
  }
}

const cpuAt = (averageUtilization: number) => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
})

interface Scaling extends World {
  autoscaler(): Promise<Loose>
  size(): Promise<number>
  /** `type status reason` of the conditions. */
  conditions(): Promise<readonly string[]>
}

/** A Deployment with an autoscaler; its pods use what `usage` says. */
async function scaling(
  usage: NonNullable<NonNullable<ClusterSimOptions["pods"]>["default"]>["usage"],
  made: { readonly deployment?: Loose; readonly autoscaler?: Loose } = {},
): Promise<Scaling> {
  const base = world({ pods: { default: usage === undefined ? {} : { usage } } })
  const { cluster } = base.sim
  await cluster.create(deployments, made.deployment ?? deployment())
  await cluster.create(autoscalers, made.autoscaler ?? autoscaler())
  const read = async (): Promise<Loose> => (await cluster.get(autoscalers, key)) as Loose
  return {
    ...base,
    autoscaler: read,
    size: async () => (await cluster.get(deployments, key))?.["spec"].replicas,
    async conditions() {
      const { conditions = [] } = (await read())["status"]
      return conditions.map((each: Loose) => `${each["type"]} ${each["status"]} ${each["reason"]}`)
    },
  }
}

describe("an autoscaler", () => {
  test("looks for the first time after 15 s, and says that pods are too young", async () => {
    const { clock, autoscaler: read, conditions, events } = await scaling({ cpu: "50m" })
    await clock.advance(14_000)
    expect((await read())["status"]).toEqual({ currentMetrics: null, desiredReplicas: 0 })
    await clock.advance(1_000)
    expect(await conditions()).toEqual([
      "AbleToScale True SucceededGetScale",
      "ScalingActive False FailedGetResourceMetric",
    ])
    const why =
      "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)"
    expect((await read())["status"]).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 0,
      conditions: [
        { message: "the HPA controller was able to get the target's current scale" },
        { message: `the HPA was unable to compute the replica count: ${why}` },
      ],
    })
    expect((await events("FailedGetResourceMetric"))[0]).toMatchObject({ message: why, count: 1 })
    expect((await events("FailedComputeMetricsReplicas"))[0]?.["message"]).toBe(
      `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
    )
  })

  test("keeps what is on its goal, and then sleeps", async () => {
    const {
      clock,
      sim,
      autoscaler: read,
      conditions,
      size,
      problems,
    } = await scaling({ cpu: "50m" })
    await clock.advance(600_000)
    expect(await size()).toBe(2)
    expect(await conditions()).toEqual([
      "AbleToScale True ReadyForNewScale",
      "ScalingActive True ValidMetricFound",
      "ScalingLimited False DesiredWithinRange",
    ])
    expect((await read())["status"]).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [
        {
          type: "Resource",
          resource: { name: "cpu", current: { averageUtilization: 50, averageValue: "50m" } },
        },
      ],
    })
    const writes: string[] = []
    sim.onWrite(({ verb, kind: { kind: of } }) => writes.push(`${verb} ${of}`))
    await clock.advance(86_400_000)
    expect(writes).toEqual([])
    expect(problems).toEqual([])
  })

  test("grows in steps to what is used, as fast as it may", async () => {
    const { clock, size, autoscaler: read, events } = await scaling({ cpu: "500m" })
    const sizes: number[] = []
    for (let tick = 0; tick < 8; tick++) {
      await clock.advance(15_000)
      sizes.push(await size())
    }
    // From the second look on twice as many, or four; then the maximum.
    expect(sizes).toEqual([2, 4, 8, 10, 10, 10, 10, 10])
    expect((await events("SuccessfulRescale")).map((event) => event["message"]).toSorted()).toEqual(
      [
        "New size: 10; reason: cpu resource utilization (percentage of request) above target",
        "New size: 4; reason: cpu resource utilization (percentage of request) above target",
        "New size: 8; reason: cpu resource utilization (percentage of request) above target",
      ],
    )
    const { lastScaleTime, conditions } = (await read())["status"]
    expect(lastScaleTime).toBe("2026-01-01T00:01:00Z")
    expect(conditions.at(-1)).toMatchObject({
      type: "ScalingLimited",
      status: "True",
      reason: "TooManyReplicas",
    })
  })

  test("shrinks five minutes after it was last busy, though it slept for an hour", async () => {
    const { clock, size, events } = await scaling(
      [{ cpu: "50m" }, { atMs: 3_600_000, cpu: "10m" }],
      {
        deployment: deployment(5),
      },
    )
    await clock.advance(3_600_000)
    expect(await size()).toBe(5)
    await clock.advance(285_000)
    expect(await size()).toBe(5)
    await clock.advance(15_000)
    expect(await size()).toBe(1)
    expect((await events("SuccessfulRescale"))[0]?.["message"]).toBe(
      "New size: 1; reason: All metrics below target",
    )
  })

  test("keeps to its bounds whatever is measured", async () => {
    const world = await scaling({ cpu: "50m" }, { autoscaler: autoscaler({ minReplicas: 3 }) })
    await world.clock.advance(15_000)
    expect(await world.size()).toBe(3)
    const patch = { spec: { replicas: 30 } }
    await world.sim.cluster.patch(deployments, key, { type: "merge", patch })
    await world.clock.advance(15_000)
    expect(await world.size()).toBe(10)
    const messages = (await world.events("SuccessfulRescale")).map((event) => event["message"])
    expect(messages.toSorted()).toEqual([
      "New size: 10; reason: Current number of replicas above Spec.MaxReplicas",
      "New size: 3; reason: Current number of replicas below Spec.MinReplicas",
    ])
  })

  test("leaves what was scaled to zero alone", async () => {
    const world = await scaling({ cpu: "500m" }, { deployment: deployment(0) })
    await world.clock.advance(60_000)
    expect(await world.size()).toBe(0)
    expect(await world.conditions()).toContain("ScalingActive False ScalingDisabled")
    const patch = { spec: { replicas: 1 } }
    await world.sim.cluster.patch(deployments, key, { type: "merge", patch })
    await world.clock.advance(120_000)
    expect(await world.size()).toBeGreaterThan(1)
  })

  test("waits for its target, and for the kind of its target", async () => {
    const scaleTargetRef = { apiVersion: "example.com/v1", kind: "Lamp", name: "web" }
    const {
      clock,
      autoscaler: read,
      events,
    } = await scaling(undefined, {
      autoscaler: autoscaler({ scaleTargetRef }),
    })
    await clock.advance(60_000)
    const why = 'no matches for kind "Lamp" in group "example.com"'
    expect((await read())["status"].conditions).toMatchObject([
      {
        type: "AbleToScale",
        status: "False",
        reason: "FailedGetScale",
        message: `the HPA controller was unable to get the target's current scale: ${why}`,
      },
    ])
    expect((await events("FailedGetScale"))[0]).toMatchObject({ type: "Warning", message: why })
  })

  test("an absent target is named, and found when it comes", async () => {
    const world = await scaling(
      { cpu: "50m" },
      { deployment: { ...deployment(), metadata: { ...key, name: "other" } } },
    )
    await world.clock.advance(60_000)
    expect((await world.events("FailedGetScale"))[0]?.["message"]).toBe(
      'deployments.apps "web" not found',
    )
    await world.sim.cluster.create(deployments, deployment(20))
    await world.clock.advance(15_000)
    expect(await world.size()).toBe(10)
  })

  test("of several metrics the one counts that wants most; one that is unknown forbids shrinking", async () => {
    const memory = {
      type: "Resource",
      resource: { name: "memory", target: { type: "AverageValue", averageValue: "16Mi" } },
    }
    const pods = {
      type: "Pods",
      pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "1" } },
    }
    const up = await scaling(
      { cpu: "10m", memory: "32Mi" },
      { autoscaler: autoscaler({ metrics: [cpuAt(50), memory] }) },
    )
    await up.clock.advance(20_000)
    expect(await up.size()).toBe(4)
    expect((await up.autoscaler())["status"].currentMetrics).toMatchObject([
      // Too young for what they use of the processor to mean anything.
      { type: "" },
      { resource: { name: "memory", current: { averageValue: "33554432" } } },
    ])
    const down = await scaling(
      { cpu: "10m" },
      { autoscaler: autoscaler({ metrics: [cpuAt(50), pods] }) },
    )
    await down.clock.advance(900_000)
    expect(await down.size()).toBe(2)
    expect((await down.autoscaler())["status"].conditions).toContainEqual(
      expect.objectContaining({
        reason: "FailedGetPodsMetric",
        message:
          "the HPA was unable to compute the replica count: unable to get metric rps: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
      }),
    )
    expect((await down.autoscaler())["status"].currentMetrics).toMatchObject([
      { type: "Resource" },
      { type: "" },
    ])
  })

  test("two that scale the same pods are both refused", async () => {
    const world = await scaling({ cpu: "500m" })
    await world.sim.cluster.create(autoscalers, autoscaler({}, "twin"))
    await world.clock.advance(60_000)
    expect(await world.conditions()).toContain("ScalingActive False AmbiguousSelector")
    expect((await world.events("AmbiguousSelector"))[0]?.["message"]).toBe(
      "pods by selector app=web are controlled by multiple HPAs: [default/twin default/web]",
    )
    await world.sim.cluster.delete(autoscalers, { namespace: "default", name: "twin" })
  })
})

describe("behaviour", () => {
  test("policies and windows set the pace", async () => {
    const behavior = {
      scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
      scaleDown: {
        stabilizationWindowSeconds: 0,
        policies: [{ type: "Pods", value: 2, periodSeconds: 60 }],
      },
    }
    const usage = [{ cpu: "500m" }, { atMs: 600_000, cpu: "1m" }]
    const { clock, size } = await scaling(usage, { autoscaler: autoscaler({ behavior }) })
    const sizes: number[] = []
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(60_000)
      sizes.push(await size())
    }
    expect(sizes.slice(0, 5)).toEqual([3, 4, 5, 6, 7])
    expect(sizes.at(-1)).toBe(10)
  })
})

describe("what a custom kind is scaled by", () => {
  test("its scale subresource", async () => {
    const definitions = kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    const world = await scaling(undefined, {
      autoscaler: autoscaler({
        scaleTargetRef: { apiVersion: "example.com/v1", kind: "Lamp", name: "web" },
      }),
    })
    const { clock, sim } = world
    await clock.advance(30_000)
    const schema = {
      openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    }
    const scale = {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector",
    }
    await sim.cluster.create(definitions, {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "lamps.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "lamps", singular: "lamp", kind: "Lamp", listKind: "LampList" },
        versions: [
          { name: "v1", served: true, storage: true, schema, subresources: { status: {}, scale } },
        ],
      },
    })
    await clock.advance(1_000)
    const lamps = (await sim.cluster.kinds()).find(({ kind: name }) => name === "Lamp")
    if (lamps === undefined) throw new Error("lamps are not served")
    await sim.cluster.create(lamps, {
      apiVersion: "example.com/v1",
      kind: "Lamp",
      metadata: key,
      spec: { replicas: 40 },
    } as Loose)
    await clock.advance(15_000)
    expect(((await sim.cluster.get(lamps, key)) as Loose)["spec"].replicas).toBe(10)
    await clock.advance(60_000)
    expect(await world.conditions()).toContain("ScalingActive False InvalidSelector")
  })
})
