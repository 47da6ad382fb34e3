import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { Agent, get } from "node:https"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, test } from "vitest"
import { directoryWith } from "./harness.js"

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url))
const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0
const pod = `apiVersion: v1
kind: Pod
metadata: { name: talker, namespace: default, annotations: { sim.argo-ts.dev/script: '{"logs":[{"everyMs":100,"text":"tick"}]}' } }
spec: { containers: [{ name: main, image: talker }] }
`

interface Config {
  readonly clusters: readonly { readonly cluster: { readonly [key: string]: string } }[]
  readonly users: readonly { readonly user: { readonly [key: string]: string } }[]
}

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL")
})

function begun(child: ChildProcess): ChildProcess {
  children.push(child)
  return child
}

/** Resolves with the first line that a program prints. */
async function firstLine({ stdout }: ChildProcess): Promise<string> {
  const [line] = await once(createInterface({ input: stdout as NodeJS.ReadableStream }), "line")
  return String(line)
}

/** Starts the built command as a shell does behind `&`: with interrupts ignored, until it says otherwise. */
async function startBehind(directory: string): Promise<ChildProcess> {
  const args = [bin, "up", "-f", "pod.yaml", "--kubeconfig", "kubeconfig"]
  const words = ["-c", 'trap "" INT; exec "$0" "$@"', process.execPath, ...args]
  const stdio = ["ignore", "pipe", "ignore"] as const
  const child = begun(spawn("sh", words, { cwd: directory, stdio: [...stdio] }))
  await firstLine(child)
  return child
}

/** Opens an answer that goes on, and resolves once its first bytes are there; its end is somebody else's. */
async function hold(
  directory: string,
  agent: Agent,
  path: string,
): Promise<{ readonly ended: Promise<unknown> }> {
  const text = readFileSync(join(directory, "kubeconfig"), "utf8")
  const { clusters, users } = JSON.parse(text) as Config
  const decode = (value: string | undefined): string =>
    Buffer.from(value ?? "", "base64").toString("utf8")
  const [cluster, user] = [clusters[0]?.cluster ?? {}, users[0]?.user ?? {}]
  const request = get(`${cluster["server"]}${path}`, {
    agent,
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  })
  const [response] = await once(request, "response")
  const ended = new Promise((resolve) => {
    response.once("close", resolve)
    response.once("error", resolve)
  })
  await once(response, "data")
  response.resume()
  return { ended }
}

describe.skipIf(!existsSync(bin))("up behind a shell's &, with clients that stay", () => {
  test.for(["SIGTERM", "SIGINT"] as const)("ends at once on %s, in order", async (signal) => {
    const directory = directoryWith({ "pod.yaml": pod })
    const child = await startBehind(directory)
    const agent = new Agent({ keepAlive: true })
    const pods = "/api/v1/namespaces/default/pods"
    // Read to its end: its connection stays, and is idle.
    await (await hold(directory, agent, "/api/v1/namespaces")).ended
    const open = await Promise.all([
      hold(directory, agent, `${pods}?watch=1`),
      hold(directory, agent, "/apis/events.k8s.io/v1/events?watch=1&allowWatchBookmarks=true"),
      hold(directory, agent, `${pods}/talker/log?follow=true`),
    ])
    const closed = once(child, "close")
    child.kill(signal)
    expect(await closed).toEqual([0, null])
    await Promise.all(open.map(({ ended }) => ended))
    agent.destroy()
  })

  test.skipIf(!hasKubectl)("ends at once while kubectl watches", async () => {
    const directory = directoryWith({ "pod.yaml": pod })
    const child = await startBehind(directory)
    const follow = (...words: string[]): ChildProcess =>
      begun(spawn("kubectl", ["--kubeconfig", "kubeconfig", ...words], { cwd: directory }))
    const clients = [follow("get", "pods", "-w"), follow("logs", "-f", "talker")]
    await Promise.all(clients.map(firstLine))
    const closed = once(child, "close")
    child.kill("SIGTERM")
    expect(await closed).toEqual([0, null])
  })
})
