import { isJsonObject, type JsonObject } from "../json.js"
import { killGroup } from "./group.js"

/** Where a probe looks, and with what. */
export interface ProbeSurroundings {
  readonly cwd: string
  readonly env: { readonly [name: string]: string }
  /** Replaces paths in the words of a command. */
  readonly replace: (text: string) => string
  /** The container's ports, by whose names a probe may call them. */
  readonly ports: readonly { readonly name?: string; readonly containerPort: number }[]
}

const timeoutDefaultMs = 1000

/**
 * Looks once, as the `httpGet`, `tcpSocket` or `exec` of a probe says; ports are this machine's. Resolves with what is
 * wrong, or with `undefined` where nothing is. A look takes at most `timeoutSeconds`, default 1.
 */
export async function probeOnce(
  probe: JsonObject,
  surroundings: ProbeSurroundings,
): Promise<string | undefined> {
  const seconds = probe["timeoutSeconds"]
  const limitMs = (typeof seconds === "number" ? seconds * 1000 : 0) || timeoutDefaultMs
  const { httpGet, tcpSocket, exec } = probe
  if (isJsonObject(httpGet)) return lookHttp(httpGet, portOf(surroundings, httpGet), limitMs)
  if (isJsonObject(tcpSocket)) return lookTcp(portOf(surroundings, tcpSocket), limitMs)
  const command = isJsonObject(exec) ? exec["command"] : undefined
  if (!Array.isArray(command)) return undefined
  const words = command.map((word) => surroundings.replace(String(word)))
  return lookExec(words, surroundings, limitMs)
}

/** A number, or the name of one of the container's ports. */
function portOf({ ports }: ProbeSurroundings, place: JsonObject): number {
  const { port } = place
  if (typeof port !== "string") return Number(port)
  return ports.find(({ name }) => name === port)?.containerPort ?? Number(port)
}

async function lookHttp(
  http: JsonObject,
  port: number,
  limitMs: number,
): Promise<string | undefined> {
  const scheme = String(http["scheme"] ?? "HTTP").toLowerCase()
  const path = String(http["path"] ?? "/")
  const url = `${scheme}://127.0.0.1:${port}${path.startsWith("/") ? "" : "/"}${path}`
  const headers = new Headers()
  const given = http["httpHeaders"]
  for (const header of Array.isArray(given) ? (given as JsonObject[]) : []) {
    headers.append(String(header["name"] ?? ""), String(header["value"] ?? ""))
  }
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(limitMs) })
    await answer.body?.cancel()
    const isGood = answer.status >= 200 && answer.status < 400
    return isGood ? undefined : `HTTP probe failed with statuscode: ${answer.status}`
  } catch (error) {
    return `Get "${url}": ${reasonOf(error)}`
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

async function lookTcp(port: number, limitMs: number): Promise<string | undefined> {
  const { connect } = await import("node:net")
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port })
    const end = (fault?: string): void => {
      socket.destroy()
      resolve(fault)
    }
    socket.setTimeout(limitMs, () => end(`dial tcp 127.0.0.1:${port}: i/o timeout`))
    socket.once("connect", () => end())
    socket.once("error", (error) => end(`dial tcp 127.0.0.1:${port}: ${error.message}`))
  })
}

const outputMax = 1024

async function lookExec(
  command: readonly string[],
  { cwd, env }: ProbeSurroundings,
  limitMs: number,
): Promise<string | undefined> {
  const [program = "", ...words] = command
  if (program === "") return "no command"
  const { spawn } = await import("node:child_process")
  return new Promise((resolve) => {
    const stdio = ["ignore", "pipe", "pipe"] as const
    const child = spawn(program, words, { cwd, env, stdio: [...stdio], detached: true })
    const { pid } = child
    let output = ""
    const timer = setTimeout(() => end(`command timed out after ${limitMs} ms`), limitMs)
    const end = (fault?: string): void => {
      clearTimeout(timer)
      // What it left running, or where its time is over it itself.
      if (pid !== undefined) killGroup(pid, "SIGKILL")
      child.stdout.destroy()
      child.stderr.destroy()
      resolve(fault)
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(0, outputMax)
      })
    }
    child.once("error", (error) => end(error.message))
    child.once("close", (code) =>
      end(code === 0 ? undefined : output.trim() || `command ended with ${code ?? "a signal"}`),
    )
  })
}
