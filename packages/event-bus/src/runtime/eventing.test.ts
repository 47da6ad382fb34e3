import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { createLogger, epochMs, type LogEntry, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { createHttpClient } from "@argo-ts/kernel/http"
import { describe, expect, onTestFinished, test } from "vitest"
import { createWebhookServers } from "../sources/webhook-servers.js"
import { aDependency, anEvent, aSensor, aTrigger, startOfTests } from "../testing/builders.js"
import { createEventing } from "./eventing.js"

describe("createEventing", () => {
  test("runs a webhook, a sensor and a function without any cluster", async () => {
    const clock = createVirtualClock(startOfTests)
    const calls: unknown[] = []
    const webhooks = createWebhookServers({ otherPorts: 0, logger: silentLogger })
    const functions = { build: (argument: unknown) => calls.push(argument) }
    const eventing = createEventing({ clock, webhooks, functions })
    onTestFinished(() => eventing.close())
    const spec = { webhook: { example: { endpoint: "/example", port: "12000" } } }
    const metadata = { name: "webhook", namespace: "argo-events" }
    const source = { apiVersion: "argoproj.io/v1alpha1", kind: "EventSource", metadata, spec }
    const payload = [
      { src: { dependencyName: "example", dataKey: "body.n", useRawData: true }, dest: "n" },
    ]
    const trigger = aTrigger("t", { function: { name: "build", payload } })
    expect((await eventing.add(source)).ok).toBe(true)
    expect((await eventing.add(aSensor([aDependency("example")], [trigger]))).ok).toBe(true)
    const http = createHttpClient({ clock, logger: silentLogger })
    const url = `${webhooks.address("12000")}/example`
    const answer = http.request({ method: "POST", url, body: '{"n":42}' })
    await clock.advance(100)
    expect((await answer).status).toBe(200)
    expect(calls).toEqual([{ n: 42 }])
    expect(eventing.explain("sensor", "argo-events")).toEqual([
      {
        trigger: "t",
        reason: "WaitingForEvents",
        message: 'trigger "t" waits for "example"',
        received: [],
        missing: ["example"],
      },
    ])
  })

  test("retries on the clock, and says why it waits", async () => {
    const clock = createVirtualClock(startOfTests)
    let failures = 2
    const functions = {
      flaky: () => {
        if (failures-- > 0) throw new Error("not yet")
      },
    }
    const eventing = createEventing({ clock, functions })
    onTestFinished(() => eventing.close())
    const trigger = aTrigger(
      "t",
      { function: { name: "flaky" } },
      { atLeastOnce: true, retryStrategy: { steps: 3, duration: "1m", jitter: 0 } },
    )
    await eventing.add(aSensor([aDependency("a")], [trigger]))
    await eventing.publish(anEvent({ subject: "a" }))
    await clock.advance(1000)
    expect(eventing.explain("sensor", "argo-events")[0]).toMatchObject({
      reason: "WaitingForRetry",
      message: 'trigger "t" waits for attempt 2 of 3 in 59 s: not yet',
    })
    await clock.advance(120_000)
    expect(eventing.explain("sensor", "argo-events")[0]?.reason).toBe("WaitingForEvents")
    expect(failures).toBe(-1)
  })

  test("what cannot be parsed is refused with every reason", async () => {
    const eventing = createEventing()
    const refused = await eventing.add(aSensor([], []))
    expect(refused.ok ? [] : refused.issues.map(({ path }) => path.join("."))).toEqual([
      "spec.dependencies",
      "spec.triggers",
    ])
    expect((await eventing.add({ kind: "Pod" })).ok).toBe(false)
  })
})

describe("triggers", () => {
  test("http sends the payload with its headers, and a policy judges the answer", async () => {
    const requests: object[] = []
    const server = createServer((request, response) => {
      let body = ""
      request.on("data", (chunk) => (body += chunk))
      request.on("end", () => {
        const { method, url, headers } = request
        requests.push({
          method,
          url,
          body,
          type: headers["content-type"],
          token: headers["token"],
          plain: headers["x-id"],
          auth: headers.authorization,
        })
        response.writeHead(requests.length === 1 ? 202 : 500).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const clock = createVirtualClock(startOfTests)
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const values: { [name: string]: string } = { token: "s3cret", user: "u", word: "w" }
    const secrets = {
      secret: async (_namespace: string, { key }: { key: string }) => values[key],
      configMap: async () => undefined,
    }
    const addresses = { "http://svc.example": address }
    const eventing = createEventing({ clock, addresses, secrets })
    onTestFinished(() => eventing.close())
    const dependencyName = "a"
    const trigger = aTrigger(
      "t",
      {
        http: {
          url: "http://svc.example/old",
          payload: [
            { src: { dependencyName, dataKey: "body.n" }, dest: "n" },
            { src: { dependencyName, contextKey: "type" }, dest: "of.type" },
          ],
          parameters: [{ src: { dependencyName, value: "http://svc.example/hello" }, dest: "url" }],
          secureHeaders: [
            { name: "token", valueFrom: { secretKeyRef: { name: "s", key: "token" } } },
          ],
          dynamicHeaders: [{ src: { dependencyName, contextKey: "id" }, dest: "x-id" }],
          basicAuth: { username: { name: "s", key: "user" }, password: { name: "s", key: "word" } },
        },
      },
      { policy: { status: { allow: [200, 202] } } },
    )
    await eventing.add(aSensor([aDependency("a")], [trigger]))
    const data = { body: { n: 7 } }
    await eventing.publish(anEvent({ id: "1", subject: "a", data }))
    await clock.advance(100)
    await eventing.publish(anEvent({ id: "2", subject: "a", data }))
    await clock.advance(100)
    expect(requests[0]).toEqual({
      method: "POST",
      url: "/hello",
      body: '{"n":"7","of":{"type":"webhook"}}',
      type: "application/json",
      token: "s3cret",
      plain: "1",
      auth: `Basic ${Buffer.from("u:w").toString("base64")}`,
    })
    expect(eventing.explain("sensor", "argo-events")[0]).toMatchObject({
      reason: "Failed",
      message: expect.stringContaining(
        "POST http://svc.example/hello answered 500; expected 200 or 202",
      ),
    })
  })

  test("log writes events, not more often than it was told", async () => {
    const entries: LogEntry[] = []
    const clock = createVirtualClock(startOfTests)
    const logger = createLogger({ write: (entry) => entries.push(entry) })
    const eventing = createEventing({ clock, logger })
    onTestFinished(() => eventing.close())
    await eventing.add(
      aSensor([aDependency("a")], [aTrigger("t", { log: { intervalSeconds: 10 } })]),
    )
    for (const [id, wait] of [
      ["1", 0],
      ["2", 9000],
      ["3", 1000],
    ] as const) {
      await clock.advanceTo(epochMs(clock.now() + wait))
      await eventing.publish(anEvent({ id, subject: "a", data: { password: "x" } }))
    }
    await clock.advance(0)
    const written = entries.filter(({ message }) => message === "event")
    expect(written.map(({ fields }) => (fields["event"] as { id: string }).id)).toEqual(["1", "3"])
    expect(written[0]?.fields["data"]).toEqual({ password: "[redacted]" })
  })

  test("what is not there fails with a sentence", async () => {
    const clock = createVirtualClock(startOfTests)
    const eventing = createEventing({ clock })
    onTestFinished(() => eventing.close())
    const resource = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } }
    const triggers = [
      aTrigger("function", { function: { name: "absent" } }),
      aTrigger("object", { k8s: { source: { resource } } }),
    ]
    await eventing.add(aSensor([aDependency("a")], triggers))
    await eventing.publish(anEvent({ subject: "a" }))
    await clock.advance(0)
    const messages = eventing.explain("sensor", "argo-events").map(({ message }) => message)
    expect(messages[0]).toContain('no function is registered as "absent"')
    expect(messages[1]).toContain("no cluster is connected")
  })
})
