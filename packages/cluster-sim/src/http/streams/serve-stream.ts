import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import type { WebSocket, WebSocketServer } from "ws"
import { statusOf } from "../answer.js"
import { exitStatus, frameOf, protocols, readFrame } from "./channels.js"
import type { OpenStream } from "./open-session.js"

/** A connection that is to become a WebSocket. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** What has come of it already. */
  readonly head: Buffer
}

/** A message of a client is a piece of its input: kubectl's have 32 KiB. */
const messageMax = 4 * 1024 * 1024

let server: WebSocketServer | undefined

/** Loaded with the first stream: most servers never have one. */
async function webSockets(): Promise<WebSocketServer> {
  if (server !== undefined) return server
  const { WebSocketServer: Opened } = await import("ws")
  server ??= new Opened({
    noServer: true,
    maxPayload: messageMax,
    handleProtocols: (offered) => protocols.find((name) => offered.has(name)) ?? false,
  })
  return server
}

/** So many pieces of input wait for the command before the connection pauses. */
const waitingMax = 16

/** What a client writes, as fast as it is read. Ends with the input, or with the connection. */
function inputOf(socket: WebSocket): AsyncIterable<Uint8Array> {
  const waiting: Uint8Array[] = []
  let isOver = false
  let wake = (): void => undefined
  socket.on("message", (frame: Buffer) => {
    const message = readFrame(frame)
    if (message.type === "Input") waiting.push(message.data)
    else if (message.type === "InputEnded") isOver = true
    if (waiting.length > waitingMax) socket.pause()
    wake()
  })
  socket.once("close", () => {
    isOver = true
    wake()
  })
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else if (isOver) return
        else {
          socket.resume()
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    },
  }
}

/** Writes a message; resolves when there is room for the next one. */
function send(socket: WebSocket, frame: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    // Whoever has gone hears no more: that is no fault of the command's.
    if (socket.readyState !== socket.OPEN) resolve()
    else socket.send(frame, () => resolve())
  })
}

async function speak(socket: WebSocket, { session, hasInput, wants }: OpenStream): Promise<void> {
  const gone = new AbortController()
  socket.once("close", () => gone.abort())
  socket.on("error", () => socket.terminate())
  const status = await session
    .run({
      ...(hasInput ? { stdin: inputOf(socket) } : {}),
      onOutput: (stream, chunk) =>
        wants[stream] ? send(socket, frameOf(stream, chunk)) : undefined,
      signal: gone.signal,
    })
    .then(exitStatus, statusOf)
  await send(socket, frameOf("status", Buffer.from(JSON.stringify(status))))
  // Input that nobody wanted may have paused it, and its answer has to be heard.
  socket.resume()
  socket.close(1000)
}

/** Makes a connection a WebSocket, and lets its client and a container speak to each other until one of them ends. */
export async function serveStream(
  { request, socket, head }: Upgrade,
  stream: OpenStream,
): Promise<void> {
  const sockets = await webSockets()
  const opened = await new Promise<WebSocket | undefined>((resolve) => {
    socket.once("close", () => resolve(undefined))
    sockets.handleUpgrade(request, socket, head, resolve)
  })
  if (opened !== undefined) await speak(opened, stream)
}
