import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { createVirtualClock } from "../clock/index.js"
import { epochMs } from "../instant.js"
import { silentLogger } from "../logger.js"
import { createHttpClient } from "./index.js"

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test("answers through the address map after the clock has moved", async () => {
  const origin = await serve((request, response) =>
    response.end(`${request.method} ${request.url}`),
  )
  const clock = createVirtualClock()
  const client = createHttpClient({
    clock,
    logger: silentLogger,
    addresses: { "http://metrics.shop.svc": origin },
  })
  const answer = client.request({ url: "http://metrics.shop.svc/api?q=1" })
  await clock.advanceTo(epochMs(1000))
  const { status, text } = await answer
  expect([status, text()]).toEqual([200, "GET /api?q=1"])
})

test("refuses an answer that is too large, and names a host that does not answer", async () => {
  const origin = await serve((_request, response) => response.end("x".repeat(5000)))
  const clock = createVirtualClock()
  const client = createHttpClient({ clock, logger: silentLogger, bodyBytesMax: 1000 })
  const outcomes = Promise.allSettled([
    client.request({ url: origin }),
    client.request({ url: "http://127.0.0.1:1/" }),
  ])
  await clock.advanceTo(epochMs(1000))
  const codes = (await outcomes).map((o) => (o.status === "rejected" ? o.reason.code : "answered"))
  expect(codes).toEqual(["ResponseTooLarge", "HostUnreachable"])
})

test("gives up after its real limit, even where the server never answers", async () => {
  const origin = await serve(() => {})
  const clock = createVirtualClock()
  const client = createHttpClient({ clock, logger: silentLogger })
  const outcome = client.request({ url: origin, timeoutMs: 30 }).catch((error) => error.code)
  await clock.advanceTo(epochMs(1000))
  expect(await outcome).toBe("TrackedTimeout")
})
