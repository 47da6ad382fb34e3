import { createClusterSim } from "@argo-ts/cluster-sim"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterEach, describe, expect, test } from "vitest"
import { type EventServer, type EventServerOptions, serveEvents } from "../src/events/index.js"
import {
  type WorkflowEventBinding,
  workflowEventBindings,
  workflowKinds,
  workflows,
} from "../src/index.js"

const token = "let-me-in"
const bearer = { authorization: `Bearer ${token}` }
let server: EventServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

function binding(name: string, selector: string): WorkflowEventBinding {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowEventBinding",
    metadata: { name, namespace: "default" },
    spec: {
      event: { selector },
      submit: {
        workflowTemplateRef: { name: "build" },
        arguments: { parameters: [{ name: "sha", valueFrom: { event: "payload.sha" } }] },
      },
    },
  }
}

async function open(options: Partial<EventServerOptions> = {}) {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  await cluster.create(
    workflowEventBindings,
    binding("push", 'discriminator == "push" && metadata["x-kind"] == ["git"]'),
  )
  server = await serveEvents({ cluster, clock, token, port: 0, ...options })
  const { url } = server
  const send = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}${path}`, { method: "POST", headers: bearer, ...init })
    return { status: answer.status, body: (await answer.json()) as unknown }
  }
  const submitted = async () => (await cluster.list(workflows)).items
  return { cluster, url, send, submitted }
}

const push = {
  headers: { ...bearer, "x-kind": "git", cookie: "secret" },
  body: '{"sha":"abc"}',
}

test("submits what the bindings select, before it answers", async () => {
  const { url, send, submitted } = await open()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(await send("/api/v1/events/default/push", push)).toEqual({ status: 200, body: {} })
  expect(await submitted()).toMatchObject([
    {
      metadata: { namespace: "default" },
      spec: {
        workflowTemplateRef: { name: "build" },
        arguments: { parameters: [{ name: "sha", value: "abc" }] },
      },
    },
  ])
  // Nobody is bound to these, which is no error.
  expect(await send("/api/v1/events/default/pull", push)).toEqual({ status: 200, body: {} })
  expect(await send("/api/v1/events/other/push", push)).toEqual({ status: 200, body: {} })
  expect(await submitted()).toHaveLength(1)
})

test("an event without a namespace is for all; the same one twice is one workflow", async () => {
  const { send, submitted } = await open()
  expect(await send("/api/v1/events//push", push)).toMatchObject({ status: 200 })
  expect(await send("/api/v1/events//push", push)).toMatchObject({ status: 200 })
  expect(await submitted()).toHaveLength(1)
})

describe("refuses", () => {
  const path = "/api/v1/events/default/push"
  test.each<[string, string, RequestInit, { status: number; body: object }]>([
    [
      "no token",
      path,
      { headers: {} },
      { status: 401, body: { code: 16, message: "token not valid" } },
    ],
    [
      "another token",
      path,
      { headers: { authorization: "Bearer x" } },
      { status: 401, body: { code: 16 } },
    ],
    [
      "another path",
      "/api/v1/workflows/default",
      {},
      { status: 404, body: { code: 5, message: "Not Found" } },
    ],
    ["another method", path, { method: "PUT", body: "{}" }, { status: 501, body: { code: 12 } }],
    ["what is no JSON", path, { body: "{" }, { status: 400, body: { code: 3 } }],
    ["a path that is none", "/api/v1/events/default/%zz", {}, { status: 400, body: { code: 3 } }],
    ["a long body", path, { body: `"${"x".repeat(100)}"` }, { status: 413, body: { code: 8 } }],
  ])("%s", async (_name, where, init, answer) => {
    const { send, submitted } = await open({ bodyBytesMax: 100 })
    expect(await send(where, init)).toMatchObject(answer)
    expect(await submitted()).toEqual([])
  })

  test("a long body that does not say how long it is", async () => {
    const { send } = await open({ bodyBytesMax: 100 })
    const body = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 20; index++) controller.enqueue(new Uint8Array(10))
        controller.close()
      },
    })
    expect(await send(path, { body, duplex: "half" } as RequestInit)).toMatchObject({ status: 413 })
  })

  test("more events than may be under way", async () => {
    let begin: (() => void) | undefined
    const begun = new Promise<void>((resolve) => (begin = resolve))
    let end: (() => void) | undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const { cluster } = createClusterSim({ clock: createVirtualClock(), kinds: workflowKinds })
    const slow: EventServerOptions["cluster"] = {
      create: cluster.create,
      async list(kind, options) {
        begin?.()
        await ended
        return cluster.list(kind, options)
      },
    }
    const { send } = await open({ cluster: slow, queueSize: 1 })
    const first = send(path, push)
    await begun
    expect(await send(path, push)).toEqual({
      status: 503,
      body: { code: 14, message: "operation queue full" },
    })
    end?.()
    expect(await first).toMatchObject({ status: 200 })
  })

  test("a binding that fails; the others have submitted theirs", async () => {
    const { cluster, send, submitted } = await open()
    await cluster.create(workflowEventBindings, binding("odd", "payload.sha"))
    const { status, body } = await send(path, push)
    expect(status).toBe(500)
    expect(body).toMatchObject({ code: 13 })
    expect(JSON.stringify(body)).toContain("WorkflowEventBinding default/odd: spec.event.selector")
    expect(await submitted()).toHaveLength(1)
  })

  test("to start without a token", async () => {
    await expect(open({ token: "" })).rejects.toMatchObject({ code: "InvalidOption" })
  })
})
