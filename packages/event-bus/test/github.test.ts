import { expect, test } from "vitest"
import { busEvents, eventSources, sensors } from "../src/index.js"
import {
  githubSource,
  openWorld,
  push,
  pushSensor,
  secret,
  secrets,
  type World,
  workflows,
} from "./world.js"

async function shop(): Promise<World> {
  const world = await openWorld()
  await world.cluster.create(secrets, secret)
  await world.cluster.create(eventSources, githubSource)
  await world.cluster.create(sensors, pushSensor)
  await world.clock.advance(100)
  return world
}

test("a signed push creates one Workflow with the pushed commit", async () => {
  const { cluster, clock, post } = await shop()
  const { status, text } = await post(push("d-1", "abc123"))
  expect([status, text()]).toEqual([200, "success"])
  await clock.advance(100)
  const { items } = await cluster.list(workflows, { namespace: "ci" })
  expect(items).toHaveLength(1)
  expect(items[0]).toMatchObject({
    metadata: {
      name: expect.stringMatching(/^shop-build-[b-z2-9]{5}$/),
      labels: {
        app: "shop",
        "events.argoproj.io/sensor": "shop-push",
        "events.argoproj.io/trigger": "build",
        "events.argoproj.io/action-timestamp": expect.stringMatching(/^\d{13}$/),
      },
      annotations: { "event-bus.argo-ts.dev/cause": "ci/shop-push/build:push=d-1" },
    },
    spec: { arguments: { parameters: [{ name: "revision", value: "abc123" }] } },
  })
  expect((await cluster.list(busEvents)).items).toEqual([])
  const sensor = await cluster.get(sensors, { namespace: "ci", name: "shop-push" })
  expect(sensor?.status).toMatchObject({
    conditions: [
      { type: "DependenciesProvided", status: "True" },
      { type: "TriggersProvided", status: "True" },
      { type: "Deployed", status: "True" },
    ],
    triggers: [{ name: "build", last: { outcome: "Succeeded" } }],
  })
})

test("the same delivery again, soon or late, creates nothing", async () => {
  const { cluster, clock, post } = await shop()
  await post(push("d-1", "abc"))
  await post(push("d-1", "abc"))
  await clock.advance(3_600_000)
  await post(push("d-1", "abc"))
  await clock.advance(100)
  expect((await cluster.list(workflows)).items).toHaveLength(1)
  await post(push("d-2", "abc"))
  await clock.advance(100)
  expect((await cluster.list(workflows)).items).toHaveLength(2)
})

test("another branch is filtered out", async () => {
  const { cluster, clock, post } = await shop()
  expect((await post(push("d-1", "abc", "refs/heads/main2"))).status).toBe(200)
  await clock.advance(100)
  expect((await cluster.list(workflows)).items).toEqual([])
  expect((await cluster.list(busEvents)).items).toEqual([])
})

test("a wrong or missing signature is refused, and nothing is recorded", async () => {
  const { post, writes } = await shop()
  const before = writes.length
  const signed = push("d-1", "abc")
  const forged = { ...signed, body: signed.body.replace("abc", "abd") }
  const { "x-hub-signature-256": _signature, ...unsigned } = signed.headers
  expect((await post(forged)).status).toBe(400)
  expect((await post({ ...signed, headers: unsigned })).status).toBe(400)
  expect(writes.length).toBe(before)
})

test("form-encoded deliveries and SHA-1 signatures are understood", async () => {
  const { createHmac } = await import("node:crypto")
  const { cluster, clock, post } = await shop()
  const { body } = push("d-9", "fff")
  const form = new URLSearchParams({ payload: body }).toString()
  const digest = createHmac("sha1", "shop-webhook-secret").update(form).digest("hex")
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "x-github-delivery": "d-9",
    "x-hub-signature": `sha1=${digest}`,
  }
  expect((await post({ path: "/push", body: form, headers })).status).toBe(200)
  await clock.advance(100)
  expect((await cluster.list(workflows)).items).toHaveLength(1)
})

test("an unreadable secret refuses deliveries instead of trusting them", async () => {
  const { cluster, post } = await shop()
  await cluster.delete(secrets, { namespace: "ci", name: "github-access" })
  expect((await post(push("d-1", "abc"))).status).toBe(400)
})
