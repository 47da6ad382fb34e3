import { request } from "node:http"
import type { Kind, KubernetesObject } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { WebSocket } from "ws"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createProcessWorld, type ProcessWorld } from "./process-world.js"

const roles = builtInKind("rbac.authorization.k8s.io/v1", "Role") as Kind
const bindings = builtInKind("rbac.authorization.k8s.io/v1", "RoleBinding") as Kind

let world: ProcessWorld
let served: ServedCluster
beforeAll(async () => {
  world = createProcessWorld()
  const { sim } = world
  served = await serveCluster({
    cluster: sim.cluster,
    clock: systemClock(),
    transport: "http",
    as: sim.as,
    authorizer: sim.authorizer,
    sessions: sim,
    tokens: { jane: { username: "jane", groups: ["system:authenticated"] } },
  })
  await world.sh("host", "echo up; while :; do sleep 1; done")
  await world.untilLog("host", "up")
})
afterAll(async () => {
  await served.close()
  await world.sim.close()
})

const pathOf = (what: string): string => `/api/v1/namespaces/default/pods/${what}`

/** What a refused upgrade says. */
function refusal(
  what: string,
  headers: { readonly [name: string]: string } = {},
  method = "GET",
): Promise<string> {
  const asked = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "v5.channel.k8s.io",
  }
  return new Promise((resolve, reject) => {
    const sent = request(`${served.url}${pathOf(what)}`, {
      method,
      headers: { ...asked, ...headers },
    })
    sent.once("response", (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
      })
      response.once("end", () => {
        const isStatus = text.startsWith("{")
        const message = isStatus ? (JSON.parse(text) as { message: string }).message : text
        resolve(`${response.statusCode} ${message}`)
      })
    })
    sent.once("upgrade", (_response, socket) => {
      socket.destroy()
      resolve("upgraded")
    })
    sent.once("error", reject)
    sent.end()
  })
}

interface Client {
  readonly socket: WebSocket
  /** Texts by channel, once it is closed. */
  readonly closed: Promise<{ readonly code: number; readonly texts: readonly string[] }>
}

function open(what: string, protocol = "v5.channel.k8s.io"): Client {
  const socket = new WebSocket(`${served.url.replace("http", "ws")}${pathOf(what)}`, protocol)
  const texts: string[] = []
  socket.on("message", (data: Buffer) => {
    const [channel = 0] = data
    texts[channel] = (texts[channel] ?? "") + data.subarray(1).toString("utf8")
  })
  const closed = new Promise<{ code: number; texts: readonly string[] }>((resolve) => {
    socket.once("close", (code) => resolve({ code, texts }))
  })
  return { socket, closed }
}

describe("channels", () => {
  const command = "stdout=true&stderr=true&command=sh&command=-c&command="

  test.each(["v5.channel.k8s.io", "v4.channel.k8s.io"])("%s", async (protocol) => {
    const script = encodeURIComponent("echo out; echo err >&2; exit 5")
    const { closed, socket } = open(`host/exec?${command}${script}`, protocol)
    const { code, texts } = await closed
    expect(socket.protocol).toBe(protocol)
    expect([code, texts[1], texts[2]]).toEqual([1000, "out\n", "err\n"])
    expect(JSON.parse(texts[3] ?? "")).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "5" }] },
    })
  })

  test("input ends with its own message; sizes of terminals are nothing", async () => {
    const { socket, closed } = open("host/exec?stdin=true&stdout=true&command=cat")
    await new Promise((resolve) => socket.once("open", resolve))
    socket.send(Buffer.from("\u0000one "))
    socket.send(Buffer.from('\u0004{"Width":80,"Height":24}'))
    socket.send(Buffer.from("\u0000two"))
    socket.send(Uint8Array.of(255, 0))
    const { texts } = await closed
    expect([texts[1], JSON.parse(texts[3] ?? "")]).toEqual([
      "one two",
      { metadata: {}, status: "Success" },
    ])
  })

  test("what a client does not want is not sent; a command that cannot run says why", async () => {
    const { closed } = open("host/exec?stderr=true&command=sh&command=-c&command=echo%20a")
    expect((await closed).texts[1]).toBeUndefined()
    const failed = await open("host/exec?stdout=true&command=no-such-program").closed
    expect(failed.texts[3]).toContain("executable file not found in $PATH")
  })

  test("a client that goes takes its command along", async () => {
    const { socket } = open(`host/exec?${command}${encodeURIComponent("echo $$; exec sleep 1000")}`)
    const [data] = await new Promise<[Buffer]>((resolve) =>
      socket.once("message", (message: Buffer) => resolve([message])),
    )
    const pid = Number(data.subarray(1).toString())
    socket.terminate()
    const isThere = (): boolean => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    }
    while (isThere()) await new Promise((resolve) => setImmediate(resolve))
  })
})

describe("refusals", () => {
  test.each([
    ["host/exec", {}, "400 you must specify at least one command for the container"],
    ["host/exec?command=ls&tty=true", {}, "400 there are no terminals here: ask without tty (-t)"],
    ["host/exec?command=ls&container=b", {}, "400 container b is not valid for pod host"],
    ["host/attach?stdin=true", {}, "400 container main of pod host reads no input (stdin)"],
    ["none/exec?command=ls", {}, '404 pods "none" not found'],
    ["host/portforward", {}, "400 portforward is not served over HTTP"],
    ["host/exec?command=ls", { upgrade: "SPDY/3.1" }, "not over SPDY/3.1"],
    [
      "host/exec?command=ls",
      { "sec-websocket-protocol": "base64.channel.k8s.io" },
      "400 exec is served over WebSocket (v5.channel.k8s.io, v4.channel.k8s.io)",
    ],
  ])("%s %j", async (what, headers, words) => {
    expect(await refusal(what, headers as { [name: string]: string })).toContain(words)
  })

  test("without an upgrade, as SPDY posts it, and from a page of a browser", async () => {
    const plain = await fetch(`${served.url}${pathOf("host/exec?command=ls")}`, { method: "POST" })
    expect([plain.status, await plain.text()]).toEqual([
      400,
      expect.stringContaining("you must request an upgrade"),
    ])
    const spdy = { upgrade: "SPDY/3.1" }
    expect(await refusal("host/exec?command=ls", spdy, "POST")).toContain("not over SPDY/3.1")
    expect(await refusal("host/exec?command=ls", { origin: "http://evil" })).toContain(
      "403 this server answers programs on this machine only",
    )
  })

  test("whoever may not create pods/exec; whoever may", async () => {
    const jane = { authorization: "Bearer jane" }
    expect(await refusal("host/exec?command=ls", jane)).toBe(
      '403 pods "host" is forbidden: User "jane" cannot create resource "pods/exec" in API group "" in the namespace "default"',
    )
    const metadata = { namespace: "default", name: "exec" }
    const rules = [{ apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }]
    const { cluster } = world.sim
    const group = "rbac.authorization.k8s.io"
    const role = { apiVersion: `${group}/v1`, kind: "Role", metadata, rules }
    await cluster.create(roles, role as unknown as KubernetesObject)
    const binding = {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: group, kind: "Role", name: "exec" },
      subjects: [{ apiGroup: group, kind: "User", name: "jane" }],
    }
    await cluster.create(bindings, binding as unknown as KubernetesObject)
    expect(await refusal("host/exec?command=ls", jane)).toBe("upgraded")
    expect(await refusal("host/attach", jane)).toContain("403")
    const log = await fetch(`${served.url}${pathOf("host/log")}`, { headers: jane })
    expect([log.status, await log.text()]).toEqual([
      403,
      expect.stringContaining('User \\"jane\\" cannot get resource \\"pods/log\\"'),
    ])
  })

  test("an upgrade where there are no streams is a request as any other", async () => {
    const path = `${served.url}${pathOf("host")}`
    const kind = await new Promise<string>((resolve, reject) => {
      const headers = { connection: "Upgrade", upgrade: "h2c" }
      const sent = request(path, { headers }, (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
        })
        response.once("end", () => resolve((JSON.parse(text) as { kind: string }).kind))
      })
      sent.once("error", reject)
      sent.end()
    })
    expect(kind).toBe("Pod")
  })
})
