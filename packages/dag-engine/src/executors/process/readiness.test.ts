import { createServer } from "node:http"
import { type AddressInfo, createServer as createTcp, type Server } from "node:net"
import { tmpdir } from "node:os"
import type { JsonObject } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import type { Container } from "../../api/template.js"
import { untilReady } from "./readiness.js"

const surroundings = {
  cwd: tmpdir(),
  env: { PATH: process.env["PATH"] ?? "" },
  replace: (text: string) => text,
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port))
  })
}

function look(probe: JsonObject | undefined, more: Partial<Container> = {}, signal?: AbortSignal) {
  const container: Container = {
    ...more,
    ...(probe === undefined ? {} : { readinessProbe: probe }),
  }
  const ports = (container.ports ?? []) as unknown as readonly { containerPort: number }[]
  return untilReady(container, { ...surroundings, ports }, signal ?? new AbortController().signal)
}

test("a container without a probe is ready at once, and nothing is once it is over", async () => {
  expect(await look(undefined)).toBe(true)
  expect(await look(undefined, {}, AbortSignal.abort())).toBe(false)
})

test("an HTTP probe waits for a good status, at a port by name, with its headers", async () => {
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    const isRight = request.url === "/ping?x=1" && request.headers["x-who"] === "probe"
    response.statusCode = isRight && asked > 2 ? 204 : 503
    response.end("x".repeat(100_000))
  })
  const port = await listen(server)
  const ports = [{ name: "web", containerPort: port }]
  const httpHeaders = [{ name: "x-who", value: "probe" }]
  const httpGet = { path: "ping?x=1", port: "web", httpHeaders }
  expect(await look({ httpGet, successThreshold: 2 }, { ports })).toBe(true)
  expect(asked).toBe(4)
  server.close()
})

test("a TCP probe waits for somebody to listen; an abort ends the wait", async () => {
  const server = createTcp((socket) => socket.destroy())
  const port = await listen(server)
  expect(await look({ tcpSocket: { port } })).toBe(true)
  await new Promise((resolve) => server.close(resolve))
  const abort = new AbortController()
  const waiting = look({ tcpSocket: { port } }, {}, abort.signal)
  abort.abort()
  expect(await waiting).toBe(false)
})

test("an exec probe asks a command", async () => {
  expect(await look({ exec: { command: ["sh", "-c", "exit 0"] } })).toBe(true)
  const abort = new AbortController()
  const waiting = look({ exec: { command: ["no-such-command"] } }, {}, abort.signal)
  abort.abort()
  expect(await waiting).toBe(false)
})
