import { spawn } from "node:child_process"
import { connect } from "node:net"
import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import type { Container } from "../../api/template.js"

const pollMs = 100
const timeoutDefaultMs = 1000

/** Where a probe looks, and with what. */
export interface ProbeSurroundings {
  readonly cwd: string
  readonly env: { readonly [name: string]: string }
  /** Replaces the paths that the template declares. */
  readonly replace: (text: string) => string
}

/**
 * Resolves when a container's `readinessProbe` has succeeded as often as it has to; at once where it has none, `false`
 * where `signal` was aborted before. Ports are this machine's. It looks ten times a second, whatever `periodSeconds` and
 * `initialDelaySeconds` say: they spare a cluster.
 */
export async function untilReady(
  container: Container,
  surroundings: ProbeSurroundings,
  signal: AbortSignal,
): Promise<boolean> {
  const probe = container.readinessProbe
  if (probe === undefined) return !signal.aborted
  const threshold = numberOf(probe, "successThreshold") ?? 1
  for (let successes = 0; !signal.aborted; ) {
    successes = (await look(container, probe, surroundings)) ? successes + 1 : 0
    if (successes >= threshold) return true
    await pause(signal)
  }
  return false
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, pollMs)
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}

function look(
  container: Container,
  probe: JsonObject,
  surroundings: ProbeSurroundings,
): Promise<boolean> {
  const limitMs = (numberOf(probe, "timeoutSeconds") ?? 0) * 1000 || timeoutDefaultMs
  const http = objectOf(probe, "httpGet")
  if (http !== undefined) return lookHttp(container, http, limitMs)
  const tcp = objectOf(probe, "tcpSocket")
  if (tcp !== undefined) return lookTcp(portOf(container, tcp), limitMs)
  const command = objectOf(probe, "exec")?.["command"]
  return Array.isArray(command)
    ? lookExec(
        command.map((word) => surroundings.replace(String(word))),
        surroundings,
        limitMs,
      )
    : yes()
}

function yes(): Promise<boolean> {
  return Promise.resolve(true)
}

async function lookHttp(container: Container, http: JsonObject, limitMs: number): Promise<boolean> {
  const scheme = String(http["scheme"] ?? "HTTP").toLowerCase()
  const path = String(http["path"] ?? "/")
  const url = `${scheme}://127.0.0.1:${portOf(container, http)}${path.startsWith("/") ? "" : "/"}${path}`
  const headers = new Headers()
  const given = http["httpHeaders"]
  for (const header of Array.isArray(given) ? (given as JsonObject[]) : []) {
    headers.append(String(header["name"] ?? ""), String(header["value"] ?? ""))
  }
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(limitMs) })
    await answer.body?.cancel()
    return answer.status >= 200 && answer.status < 400
  } catch {
    return false
  }
}

function lookTcp(port: number, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port })
    const end = (isReady: boolean): void => {
      socket.destroy()
      resolve(isReady)
    }
    socket.setTimeout(limitMs, () => end(false))
    socket.once("connect", () => end(true))
    socket.once("error", () => end(false))
  })
}

function lookExec(
  command: readonly string[],
  { cwd, env }: ProbeSurroundings,
  limitMs: number,
): Promise<boolean> {
  const [program = "", ...words] = command
  return new Promise((resolve) => {
    const child = spawn(program, words, { cwd, env, stdio: "ignore", timeout: limitMs })
    child.once("error", () => resolve(false))
    child.once("exit", (code) => resolve(code === 0))
  })
}

/** A number, or the name of one of the container's ports. */
function portOf(container: Container, place: JsonObject): number {
  const port = place["port"]
  if (typeof port !== "string") return Number(port)
  const named = (container.ports ?? []).find((each) => each["name"] === port)
  return Number(named?.["containerPort"] ?? port)
}

function numberOf(probe: JsonObject, field: string): number | undefined {
  const value = probe[field]
  return typeof value === "number" ? value : undefined
}

function objectOf(probe: JsonObject, field: string): JsonObject | undefined {
  const value = probe[field]
  return isJsonObject(value) ? value : undefined
}
