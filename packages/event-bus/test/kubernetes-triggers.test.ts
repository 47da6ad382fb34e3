import { isClusterError } from "@argo-ts/k8s"
import type { JsonObject, Kind, KubernetesObject } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import {
  eventBuses,
  eventSources,
  type Sensor,
  sensors,
  type TriggerTemplate,
} from "../src/index.js"
import { openWorld, type World, workflows } from "./world.js"

interface ConfigMap extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
}

const configMaps = builtInKind("v1", "ConfigMap") as Kind<ConfigMap>
const argo = "argoproj.io/v1alpha1"
const key = { namespace: "ci", name: "settings" }

const source = {
  apiVersion: argo,
  kind: "EventSource",
  metadata: { name: "webhook", namespace: "ci" },
  spec: { webhook: { post: { endpoint: "/", port: "12000" } } },
}

function sensorOf(template: Omit<TriggerTemplate, "name">): Sensor {
  return {
    apiVersion: argo,
    kind: "Sensor",
    metadata: { name: "sensor", namespace: "ci" },
    spec: {
      dependencies: [{ name: "post", eventSourceName: "webhook", eventName: "post" }],
      triggers: [{ template: { name: "t", ...template } }],
    },
  }
}

async function fire(template: Omit<TriggerTemplate, "name">, posts = 1): Promise<World> {
  const world = await openWorld()
  await world.cluster.create(eventSources, source)
  await world.cluster.create(sensors, sensorOf(template))
  await world.clock.advance(100)
  for (let index = 0; index < posts; index++) {
    await world.post({ path: "/", body: JSON.stringify({ n: index, label: "x" }) })
    await world.clock.advance(1000)
  }
  return world
}

async function last(world: World): Promise<string> {
  const sensor = await world.cluster.get(sensors, { namespace: "ci", name: "sensor" })
  const { outcome, message } = sensor?.status?.triggers?.[0]?.last ?? {}
  return `${outcome}: ${message}`
}

const parameters = [{ src: { dependencyName: "post", dataKey: "body.n" }, dest: "data.n" }]

function settings(operation: "create" | "update" | "patch" | "delete", rest: JsonObject = {}) {
  const resource = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings" },
    data: { fixed: "1" },
    ...rest,
  }
  return { k8s: { operation, source: { resource }, parameters } }
}

describe("objects", () => {
  test("create makes it in the sensor's namespace; a second event finds the name taken", async () => {
    const world = await fire(settings("create"), 2)
    const made = await world.cluster.get(configMaps, key)
    expect(made?.data).toEqual({ fixed: "1", n: "0" })
    expect(await last(world)).toBe('Failed: a ConfigMap called "settings" already exists')
  })

  test("update creates, then lays the template over what is there", async () => {
    const world = await fire(settings("update"))
    const made = await world.cluster.get(configMaps, key)
    await world.cluster.update(configMaps, {
      ...made,
      data: { ...made?.data, mine: "yes" },
    } as never)
    await world.post({ path: "/", body: '{"n":7}' })
    await world.clock.advance(100)
    expect((await world.cluster.get(configMaps, key))?.data).toEqual({
      fixed: "1",
      n: "7",
      mine: "yes",
    })
  })

  test("patch creates what is not there, and merges into what is", async () => {
    const world = await fire(settings("patch"), 2)
    expect((await world.cluster.get(configMaps, key))?.data).toEqual({ fixed: "1", n: "1" })
    expect(await last(world)).toBe("Succeeded: patched ConfigMap ci/settings")
  })

  test("delete deletes, and does not mind when nothing is there", async () => {
    const world = await fire(settings("delete"), 2)
    expect(await last(world)).toBe("Succeeded: deleted ConfigMap ci/settings")
    expect(await world.cluster.get(configMaps, key)).toBeUndefined()
  })

  test("a kind that is not served, and an object the server refuses, fail with a sentence", async () => {
    const unknown = await fire(settings("create", { kind: "Nothing" }))
    expect(await last(unknown)).toBe('Failed: the cluster serves no "Nothing" in "v1"')
    const nameless = await fire(settings("create", { metadata: {} }))
    expect(await last(nameless)).toBe("Failed: the ConfigMap has neither name nor generateName")
    const elsewhere = await fire(settings("create", { metadata: { name: "x", namespace: "none" } }))
    expect(await last(elsewhere)).toMatch(/^Failed: .*none/)
  })

  test("a cluster that cannot answer now is no attempt: it is asked again", async () => {
    const world = await openWorld()
    await world.cluster.create(eventSources, source)
    await world.cluster.create(sensors, sensorOf(settings("create")))
    await world.clock.advance(100)
    const { ClusterError } = await import("@argo-ts/k8s")
    const error = new ClusterError("ServiceUnavailable", "try later")
    expect(isClusterError(error)).toBe(true)
    world.sim.failNext(error, (verb, kind) => verb === "create" && kind.kind === "ConfigMap")
    await world.post({ path: "/", body: '{"n":1}' })
    await world.clock.advance(10_000)
    expect(await last(world)).toBe("Succeeded: created ConfigMap ci/settings")
  })
})

describe("argoWorkflow", () => {
  test("submit creates a Workflow with upstream's labels", async () => {
    const resource = { apiVersion: argo, kind: "Workflow", metadata: { name: "run" }, spec: {} }
    const world = await fire({ argoWorkflow: { operation: "submit", source: { resource } } })
    const { items } = await world.cluster.list(workflows)
    expect(
      items.map(({ metadata }) => [metadata.name, metadata.labels?.["events.argoproj.io/sensor"]]),
    ).toEqual([["run", "sensor"]])
  })

  test("each event has its own generated name", async () => {
    const resource = {
      apiVersion: argo,
      kind: "Workflow",
      metadata: { generateName: "run-" },
      spec: {},
    }
    const world = await fire({ argoWorkflow: { operation: "submit", source: { resource } } }, 5)
    const { items } = await world.cluster.list(workflows)
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(5)
  })
})

test("a sensor that is invalid says why, and handles its events once it is mended", async () => {
  const world = await openWorld()
  await world.cluster.create(eventSources, source)
  const broken = sensorOf({ log: {}, conditions: "nobody" })
  const stored = await world.cluster.create(sensors, broken)
  await world.clock.advance(100)
  expect((await world.post({ path: "/", body: "{}" })).status).toBe(200)
  const told = await world.cluster.get(sensors, { namespace: "ci", name: "sensor" })
  expect(told?.status?.conditions?.[0]).toMatchObject({
    status: "False",
    reason: "InvalidSensor",
    message: expect.stringContaining('conditions "nobody"'),
  })
  const { spec } = sensorOf({ log: {} })
  await world.cluster.update(sensors, { ...(told ?? stored), spec })
  await world.clock.advance(1000)
  expect(await last(world)).toBe("Succeeded: logged")
})

test("events are recorded for each sensor that listens on the same bus", async () => {
  const calls: string[] = []
  const functions = {
    note: (_argument: unknown, { sensor }: { readonly sensor: string }) => calls.push(sensor),
  }
  const world = await openWorld({ functions })
  const template = { function: { name: "note" } }
  const base = sensorOf(template)
  for (const [name, eventBusName] of [
    ["one", "default"],
    ["two", undefined],
    ["other", "special"],
  ] as const) {
    const spec = eventBusName === undefined ? base.spec : { ...base.spec, eventBusName }
    await world.cluster.create(sensors, { ...base, metadata: { name, namespace: "ci" }, spec })
  }
  await world.cluster.create(eventSources, source)
  await world.clock.advance(100)
  await world.post({ path: "/", body: "{}" })
  await world.clock.advance(100)
  expect(calls).toEqual(["one", "two"])
})

test("a bus that is not built yet is told by everyone who needs it, and mended it serves", async () => {
  const world = await openWorld()
  const bus = {
    apiVersion: argo,
    kind: "EventBus",
    metadata: { name: "default", namespace: "ci" },
    spec: { kafka: { url: "kafka:9092" } },
  }
  const stored = await world.cluster.create(eventBuses, bus)
  await world.cluster.create(eventSources, source)
  await world.cluster.create(sensors, sensorOf({ log: {} }))
  await world.clock.advance(100)
  const reasons = async (): Promise<readonly unknown[]> => {
    const found = [
      await world.cluster.get(eventBuses, { namespace: "ci", name: "default" }),
      await world.cluster.get(eventSources, { namespace: "ci", name: "webhook" }),
      await world.cluster.get(sensors, { namespace: "ci", name: "sensor" }),
    ]
    return found.map((each) => each?.status?.conditions?.at(-1)?.reason)
  }
  expect(await reasons()).toEqual(["InvalidEventBus", "EventBusNotReady", "EventBusNotReady"])
  expect(world.webhooks.addresses()).toEqual({})
  const key = { namespace: "ci", name: "default" }
  const live = (await world.cluster.get(eventBuses, key)) ?? stored
  await world.cluster.update(eventBuses, { ...live, spec: { nats: { native: {} } } })
  await world.clock.advance(20_000)
  expect(await reasons()).toEqual([undefined, undefined, undefined])
  expect((await world.post({ path: "/", body: "{}" })).status).toBe(200)
})
