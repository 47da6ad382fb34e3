import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { systemClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import { cachedCredentials } from "./credentials.js"
import { createTransport } from "./transport.js"

/** A server of this process for one test. */
async function listen(
  answer: (authorization: string | undefined, response: ServerResponse) => void,
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(({ headers }, response) => answer(headers.authorization, response))
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

test("credentials that are refused, or that could not be read, are read anew", async () => {
  let reads = 0
  const seen: (string | undefined)[] = []
  const server = await listen((authorization, response) => {
    seen.push(authorization)
    response.writeHead(authorization === "Bearer 3" ? 200 : 401).end("{}")
  })
  const clock = systemClock()
  const credentials = cachedCredentials(server.url, clock, async () => {
    if (++reads === 1) throw new Error("the plugin failed")
    return { headers: { authorization: `Bearer ${reads}` } }
  })
  const transport = createTransport({ credentials, clock, timeoutMs: 5_000, userAgent: "test" })
  const codes: string[] = []
  for (let request = 0; request < 4; request++) {
    const answer = transport.send({ method: "GET", path: "/" })
    codes.push(
      await answer.then(
        () => "ok",
        ({ code }: { code: string }) => code,
      ),
    )
  }
  expect(codes).toEqual(["ServiceUnavailable", "Unauthorized", "ok", "ok"])
  expect([reads, seen]).toEqual([3, ["Bearer 2", "Bearer 3", "Bearer 3"]])
  transport.close()
  server.close()
})

test("a watch whose answer does not begin is given up; one that is stopped says nothing", async () => {
  const server = await listen(() => {})
  const clock = systemClock()
  const credentials = cachedCredentials(server.url, clock, async () => ({}))
  const transport = createTransport({ credentials, clock, timeoutMs: 50, userAgent: "test" })
  const errors: unknown[] = []
  const onOpen = (): void => void errors.push("opened")
  const stop = transport.stream("/stopped", { onOpen, onError: (error) => errors.push(error) })
  stop()
  await new Promise<void>((ended) => {
    transport.stream("/silent", {
      onOpen,
      onError(error) {
        errors.push(error)
        ended()
      },
    })
  })
  expect(errors).toMatchObject([
    { code: "Timeout", message: "no answer to GET /silent within 50 ms" },
  ])
  transport.close()
  server.close()
})
