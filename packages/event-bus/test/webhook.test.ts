import { createServer } from "node:net"
import { silentLogger } from "@argo-ts/kernel"
import { describe, expect, onTestFinished, test } from "vitest"
import { busEvents, type CloudEvent, eventSources, sensors } from "../src/index.js"
import { createWebhookServers } from "../src/kubernetes/index.js"
import { openWorld, secret, secrets, type World } from "./world.js"

const argo = "argoproj.io/v1alpha1"
const auth = { name: "github-access", key: "secret" }

const source = {
  apiVersion: argo,
  kind: "EventSource",
  metadata: { name: "webhook", namespace: "ci" },
  spec: {
    webhook: {
      plain: { endpoint: "plain", port: "12000", metadata: { team: "a" } },
      get: { endpoint: "/get", port: "12000", method: "GET" },
      put: { endpoint: "/put", port: "12000", method: "PUT" },
      small: { endpoint: "/small", port: "12000", maxPayloadSize: 10 },
      safe: { endpoint: "/safe", port: "12000", authSecret: auth },
      item: { endpoint: "/items/{id}", port: "12000" },
      some: {
        endpoint: "/some",
        port: "12000",
        filter: { expression: 'body.action == "opened"' },
      },
    },
  },
}

/** A sensor that never fires: what it was sent stays where a test can see it. */
const collector = {
  apiVersion: argo,
  kind: "Sensor",
  metadata: { name: "collector", namespace: "ci" },
  spec: {
    dependencies: [
      ...Object.keys(source.spec.webhook).map((name) => ({
        name,
        eventSourceName: "webhook",
        eventName: name,
      })),
      { name: "never", eventSourceName: "nobody", eventName: "never" },
    ],
    triggers: [{ template: { name: "t", log: {} } }],
  },
}

async function listening(): Promise<World> {
  const world = await openWorld()
  await world.cluster.create(secrets, secret)
  await world.cluster.create(eventSources, source)
  await world.cluster.create(sensors, collector)
  await world.clock.advance(100)
  return world
}

async function received(world: World): Promise<readonly CloudEvent[]> {
  const { items } = await world.cluster.list(busEvents, { namespace: "ci" })
  return items.map((item) => JSON.parse(item.spec.event) as CloudEvent)
}

const json = { "content-type": "application/json" }

describe("a webhook", () => {
  test("records what was posted, as upstream shapes it", async () => {
    const world = await listening()
    const headers = { ...json, "x-custom": "1" }
    const answer = await world.post({ path: "/plain", body: '{"a":[1,null]}', headers })
    expect([answer.status, answer.text()]).toEqual([200, "success"])
    const [event] = await received(world)
    expect(event).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      source: "webhook",
      subject: "plain",
      type: "webhook",
      specversion: "1.0",
      datacontenttype: "application/json",
      time: "2026-01-01T00:00:00.200000Z",
      data: { header: { "X-Custom": ["1"] }, body: { a: [1, null] }, metadata: { team: "a" } },
    })
    expect(event?.data).not.toHaveProperty("header.Host")
  })

  test.each([
    ["an unknown path", { path: "/nowhere", body: "{}" }, 404, "404 page not found"],
    ["health", { path: "/health", body: "" }, 200, "OK"],
    ["another method", { path: "/get", body: "{}" }, 400, "http method does not match"],
    [
      "a method it knows no body for",
      { path: "/put", body: "{}", method: "PUT" },
      400,
      "unsupported http method PUT",
    ],
    ["no JSON", { path: "/plain", body: "hello" }, 400, "request body is not JSON"],
    ["an empty body", { path: "/plain", body: "" }, 400, "request body is not JSON"],
    [
      "too much",
      { path: "/small", body: '"0123456789"' },
      400,
      "request body is larger than 10 bytes",
    ],
    ["no token", { path: "/safe", body: "{}" }, 401, "Invalid Authorization Header"],
    [
      "a wrong token",
      { path: "/safe", body: "{}", headers: { authorization: "Bearer no" } },
      401,
      "Invalid Auth token",
    ],
  ])("answers %s", async (_what, request, status, text) => {
    const world = await listening()
    const answer = await world.post(request)
    expect([answer.status, answer.text()]).toEqual([status, text])
    expect(await received(world)).toEqual([])
  })

  test("takes queries, forms, path templates and the right token, which it hides", async () => {
    const world = await listening()
    await world.post({ path: "/get?b=2&a=1&b=3", body: "", method: "GET" })
    const form = { "content-type": "application/x-www-form-urlencoded" }
    await world.post({ path: "/items/7", body: "x=1&x=2", headers: form })
    const headers = { ...json, authorization: "Bearer shop-webhook-secret" }
    await world.post({ path: "/safe", body: "1", headers })
    const events = await received(world)
    const bodies = Object.fromEntries(
      events.map(({ subject, data }) => [subject, (data as { body: unknown }).body]),
    )
    expect(bodies).toEqual({ get: { a: ["1"], b: ["2", "3"] }, item: { x: ["1", "2"] }, safe: 1 })
    expect(JSON.stringify(events)).not.toContain("shop-webhook-secret")
    expect(JSON.stringify(events)).toContain("*** Masked Auth Secret ***")
  })

  test("a filter of the source drops events, which their sender does not notice", async () => {
    const world = await listening()
    const statuses: number[] = []
    for (const body of ['{"action":"opened"}', '{"action":"closed"}', "{}"]) {
      statuses.push((await world.post({ path: "/some", body })).status)
    }
    expect(statuses).toEqual([200, 200, 200])
    expect((await received(world)).map(({ data }) => (data as { body: unknown }).body)).toEqual([
      { action: "opened" },
    ])
  })

  test("equal posts of one instant are several events", async () => {
    const world = await listening()
    const request = { path: "/items/1", body: "1" }
    const answers = Promise.all([world.send(request), world.send(request)])
    await world.clock.advance(100)
    expect((await answers).map(({ status }) => status)).toEqual([200, 200])
    const sensor = await world.cluster.get(sensors, { namespace: "ci", name: "collector" })
    // The join keeps the latest event of a dependency; the other one is done with.
    expect(sensor?.status?.triggers?.[0]?.received).toHaveLength(1)
    expect(sensor?.status?.handled).toHaveLength(1)
  })

  test("answers 500 where the event cannot be recorded, and recovers", async () => {
    const world = await listening()
    world.sim.failNext(new Error("disk full"), (verb) => verb === "create")
    const lost = await world.post({ path: "/plain", body: "1" })
    expect([lost.status, lost.text()]).toEqual([500, "failed to record event"])
    expect((await world.post({ path: "/plain", body: "1" })).status).toBe(200)
  })
})

describe("servers", () => {
  test("come and go with their EventSource", async () => {
    const world = await listening()
    expect(world.webhooks.address("12000")).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(Object.keys(world.webhooks.services())).toEqual([
      "http://webhook-eventsource-svc.ci.svc:12000",
    ])
    const conditions = await world.cluster.get(eventSources, { namespace: "ci", name: "webhook" })
    expect(conditions?.status?.conditions).toMatchObject([
      { type: "SourcesProvided", status: "True" },
      { type: "Deployed", status: "True" },
    ])
    await world.cluster.delete(eventSources, { namespace: "ci", name: "webhook" })
    await world.clock.advance(100)
    expect(world.webhooks.addresses()).toEqual({})
  })

  test("a port in use is told by its number, in the status too", async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as { port: number }
    const webhooks = createWebhookServers({ ports: { "12000": port }, logger: silentLogger })
    const handle = async () => ({ status: 200, text: "" })
    const set = webhooks.setRoutes("ci/x", [{ port: "12000", endpoint: "/", handle }])
    await expect(set).rejects.toMatchObject({
      code: "PortInUse",
      message: "port 12000 is in use by another process",
    })
    await webhooks.close()
  })

  test("an invalid EventSource says why in its status, and listens to nothing", async () => {
    const world = await openWorld()
    const spec = { webhook: { a: { endpoint: "/a", port: "http" } }, kafka: { k: {} } }
    await world.cluster.create(eventSources, { ...source, spec })
    await world.clock.advance(100)
    const stored = await world.cluster.get(eventSources, { namespace: "ci", name: "webhook" })
    expect(stored?.status?.conditions?.[0]).toMatchObject({
      status: "False",
      reason: "InvalidEventSource",
      message: expect.stringContaining("spec.kafka: is not supported"),
    })
    expect(world.webhooks.addresses()).toEqual({})
  })
})
