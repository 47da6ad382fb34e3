import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { serveCluster } from "@argo-ts/cluster-sim/http"
import { systemClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, expect, test } from "vitest"
import {
  type HttpTemplate,
  httpExecutor,
  openRun,
  pluginExecutor,
  runWorkflow,
} from "../src/index.js"

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const seen: Seen[] = []
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const { method, url, headers } = request
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(url === "/gone" ? 404 : 201, { "x-kind": "test" })
    response.end(JSON.stringify({ path: url }))
  })
})
let address = ""

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

async function ask(http: HttpTemplate) {
  const { status } = await runWorkflow(
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: { name: "wf" },
      spec: { entrypoint: "m", templates: [{ name: "m", http }] },
    },
    {
      executors: [
        httpExecutor({
          addresses: { "http://api.example.com": address },
          secret: async (namespace, name, key) =>
            namespace === "default" && name === "token" && key === "value" ? "s3cret" : undefined,
        }),
      ],
    },
  )
  return status?.nodes?.["wf"]
}

test("asks as the template says, and the answer is the result", async () => {
  const node = await ask({
    method: "POST",
    url: "http://api.example.com/orders",
    headers: [
      { name: "x-plain", value: "1" },
      { name: "authorization", valueFrom: { secretKeyRef: { name: "token", key: "value" } } },
    ],
    body: "hello",
  })
  expect(node).toMatchObject({
    type: "HTTP",
    phase: "Succeeded",
    outputs: { result: '{"path":"/orders"}' },
  })
  expect(seen.at(-1)).toMatchObject({
    method: "POST",
    url: "/orders",
    body: "hello",
    headers: { "x-plain": "1", authorization: "s3cret" },
  })
})

test("no success without a status from 200 to 299, unless a condition says otherwise", async () => {
  expect(await ask({ url: "http://api.example.com/gone" })).toMatchObject({
    phase: "Failed",
    message: "received non-2xx response code: 404",
  })
  const successCondition =
    'response.statusCode == 404 && response.body contains "gone" && response.headers["X-Kind"][0] == "test" && request.method == "GET"'
  expect(await ask({ url: "http://api.example.com/gone", successCondition })).toMatchObject({
    phase: "Succeeded",
  })
  expect(
    await ask({ url: "http://api.example.com/x", successCondition: "response.statusCode == 200" }),
  ).toMatchObject({
    phase: "Failed",
    message: "successCondition 'response.statusCode == 200' evaluated false",
  })
})

test("what cannot be asked is an Error", async () => {
  expect(await ask({ url: "http://127.0.0.1:1/" })).toMatchObject({
    phase: "Error",
    message: expect.stringContaining("no answer from http://127.0.0.1:1/"),
  })
  const headers = [{ name: "a", valueFrom: { secretKeyRef: { name: "none", key: "k" } } }]
  expect(await ask({ url: "http://api.example.com/x", headers })).toMatchObject({
    phase: "Error",
    message: 'http.headers: the Secret "none" with the key "k" is not there',
  })
  expect(await ask({ url: "http://api.example.com/x", method: "SMELL" })).toMatchObject({
    phase: "Error",
  })
})

test("bytes as a body", async () => {
  const bytes = Buffer.from("raw").toString("base64")
  await ask({ method: "PUT", url: "http://api.example.com/b", bodyFrom: { bytes } })
  expect(seen.at(-1)?.body).toBe("raw")
})

test("a certificate that nobody vouches for is refused, unless the template says otherwise", async () => {
  const clock = systemClock()
  const { cluster } = createClusterSim({ clock })
  const served = await serveCluster({ cluster, clock })
  try {
    const url = `${served.url}/version`
    const refused = await ask({ url })
    expect(refused).toMatchObject({ phase: "Error" })
    expect(refused?.message).toMatch(
      /^no answer from https:.* \((SELF_SIGNED|UNABLE_TO|DEPTH_ZERO)/,
    )
    expect(await ask({ url, insecureSkipVerify: true })).not.toMatchObject({ phase: "Error" })
    const condition = "response.statusCode in [200, 401, 403]"
    const judged = await ask({ url, insecureSkipVerify: true, successCondition: condition })
    expect(judged).toMatchObject({ phase: "Succeeded" })
  } finally {
    await served.close()
  }
})

test("a stopped workflow does not wait for an answer", async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve))
  const { port } = silent.address() as AddressInfo
  const templates = [{ name: "m", http: { url: `http://127.0.0.1:${port}/` } }]
  const manifest = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: "m", templates },
  }
  const run = await openRun(manifest, { executors: [httpExecutor()] })
  silent.once("request", () => run.send({ type: "Shutdown", strategy: "Stop" }))
  const { status } = await run.done
  silent.closeAllConnections()
  silent.close()
  expect(status).toMatchObject({ phase: "Failed", message: "Stopped with strategy 'Stop'" })
  expect(status?.nodes?.["wf"]).toMatchObject({ phase: "Failed" })
})

test("plugins are functions by the name of their key; throwing fails", async () => {
  const run = (plugin: { readonly [name: string]: { readonly text: string } }) =>
    runWorkflow(
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Workflow",
        metadata: { name: "wf" },
        spec: { entrypoint: "m", templates: [{ name: "m", plugin }] },
      },
      {
        executors: [
          pluginExecutor({
            say: (argument) => ({ phase: "Succeeded", result: JSON.stringify(argument) }),
            fall: () => {
              throw new Error("no")
            },
          }),
        ],
      },
    )
  const said = await run({ say: { text: "{{workflow.name}}" } })
  expect(said.status?.nodes?.["wf"]).toMatchObject({
    type: "Plugin",
    outputs: { result: '{"text":"wf"}' },
  })
  expect((await run({ fall: { text: "" } })).status).toMatchObject({
    phase: "Failed",
    message: "no",
  })
  expect((await run({ unknown: { text: "" } })).status).toMatchObject({ phase: "Error" })
})

test("a successCondition with tags is the text that they give", async () => {
  const of = (code: string) =>
    runWorkflow(
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Workflow",
        metadata: { name: "wf" },
        spec: {
          entrypoint: "m",
          arguments: { parameters: [{ name: "code", value: code }] },
          templates: [
            {
              name: "m",
              http: {
                url: address,
                successCondition: "response.statusCode == {{workflow.parameters.code}}",
              },
            },
          ],
        },
      },
      { executors: [httpExecutor()] },
    )
  expect((await of("201")).status?.phase).toBe("Succeeded")
  expect((await of("200")).status?.phase).toBe("Failed")
})
