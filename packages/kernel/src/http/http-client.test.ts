import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { createVirtualClock, systemClock } from "../clock/index.js"
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

test.each([true, false])(
  "follows redirects alike, verified or not (%s)",
  async (skipsVerification) => {
    const seen: string[] = []
    const note: RequestListener = (request, response) => {
      const chunks: Buffer[] = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const { method, url, headers } = request
        const body = Buffer.concat(chunks).toString()
        seen.push([method, url, body, headers.authorization ?? "-", headers["x-a"]].join(" "))
        const status = Number(url?.slice(1))
        const to = status === 308 ? `${other}/200` : "/308"
        if (status === 200) response.end("here")
        else response.writeHead(status, { location: to }).end()
      })
    }
    const other = await serve(note)
    const origin = await serve(note)
    const client = createHttpClient({ clock: systemClock(), logger: silentLogger })
    const headers = { authorization: "secret", "x-a": "b" }
    const request = { headers, skipsVerification, method: "POST", body: "form" }
    for (const status of [302, 303, 307]) {
      const response = await client.request({ ...request, url: `${origin}/${status}` })
      expect([response.status, response.text()]).toEqual([200, "here"])
    }
    expect(seen).toEqual([
      "POST /302 form secret b",
      "GET /308  secret b",
      "GET /200  - b",
      "POST /303 form secret b",
      "GET /308  secret b",
      "GET /200  - b",
      "POST /307 form secret b",
      "POST /308 form secret b",
      "POST /200 form - b",
    ])
    const plain = await client.request({ ...request, url: `${origin}/302`, followRedirects: false })
    expect(plain.status).toBe(302)
  },
)

test.each([true, false])("gives up on a circle of redirects (%s)", async (skipsVerification) => {
  const origin = await serve((_request, response) =>
    response.writeHead(302, { location: "/" }).end(),
  )
  const client = createHttpClient({ clock: systemClock(), logger: silentLogger })
  const asked = client.request({ url: origin, skipsVerification })
  await expect(asked).rejects.toMatchObject({ code: "HostUnreachable" })
})
