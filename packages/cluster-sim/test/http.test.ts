import { request as httpRequest } from "node:http"
import { defineKind, epochMs, type JsonObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const things = defineKind({
  group: "test.argo-ts.dev",
  version: "v1",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
  hasStatus: true,
  shortNames: ["th"],
})
const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, kinds: [things], namespaces: ["t"] })
let served: ServedCluster

beforeAll(async () => {
  served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly body: JsonObject
}

async function call(
  path: string,
  options: {
    readonly method?: string
    readonly body?: unknown
    readonly headers?: { readonly [name: string]: string }
  } = {},
): Promise<Answer> {
  const { method = "GET", body, headers = {} } = options
  const text = typeof body === "string" ? body : JSON.stringify(body)
  const response = await fetch(served.url + path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: text }),
  })
  const answer = await response.text()
  const type = response.headers.get("content-type") ?? ""
  const isJson = type.startsWith("application/json")
  return {
    status: response.status,
    type,
    text: answer,
    body: isJson ? (JSON.parse(answer) as JsonObject) : {},
  }
}

const maps = "/api/v1/namespaces/t/configmaps"
const configMap = (name: string, data: JsonObject = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels: { app: "x" } },
  data,
})

test("a list of custom objects says of each what it is, and that no page follows", async () => {
  const paths = "/apis/test.argo-ts.dev/v1/namespaces/t/things"
  const type = { apiVersion: "test.argo-ts.dev/v1", kind: "Thing" }
  await call(paths, { method: "POST", body: { ...type, metadata: { name: "listed" } } })
  expect((await call(paths)).body).toMatchObject({
    kind: "ThingList",
    metadata: { continue: "" },
    items: [type],
  })
  const { body } = await call("/api/v1/namespaces/t/configmaps")
  expect(body["metadata"]).not.toHaveProperty("continue")
  expect((body["items"] as readonly JsonObject[])[0]).not.toHaveProperty("kind")
  await call(`${paths}/listed`, { method: "DELETE" })
})

test("an object lives: made, read, patched, replaced, listed, deleted", async () => {
  const made = await call(maps, { method: "POST", body: configMap("life", { a: "1" }) })
  expect(made).toMatchObject({ status: 201, body: { metadata: { name: "life", namespace: "t" } } })
  expect(await call(maps, { method: "POST", body: configMap("life") })).toMatchObject({
    status: 409,
    body: {
      kind: "Status",
      reason: "AlreadyExists",
      message: 'configmaps "life" already exists',
      code: 409,
    },
  })
  const patched = await call(`${maps}/life`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: { data: { b: "2" } },
  })
  expect(patched.body["data"]).toEqual({ a: "1", b: "2" })
  const stale = { ...made.body, data: {} }
  expect(await call(`${maps}/life`, { method: "PUT", body: stale })).toMatchObject({
    status: 409,
    body: { reason: "Conflict" },
  })
  const list = await call(`${maps}?labelSelector=app%3Dx`)
  expect(list.body).toMatchObject({
    kind: "ConfigMapList",
    apiVersion: "v1",
    items: [{ metadata: { name: "life" } }],
  })
  const gone = await call(`${maps}/life`, {
    method: "DELETE",
    body: { propagationPolicy: "Background" },
  })
  expect(gone).toMatchObject({ status: 200, body: { kind: "Status", status: "Success" } })
  expect(await call(`${maps}/life`)).toMatchObject({
    status: 404,
    body: {
      reason: "NotFound",
      message: 'configmaps "life" not found',
      details: { name: "life", kind: "configmaps" },
    },
  })
})

test("server-side apply names who owns a field, and a conflict says so", async () => {
  const apply = (manager: string, data: JsonObject, force = "") =>
    call(`${maps}/owned?fieldManager=${manager}${force}`, {
      method: "PATCH",
      headers: { "content-type": "application/apply-patch+yaml" },
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "owned" }, data },
    })
  expect((await apply("one", { k: "1" })).status).toBe(201)
  expect(await apply("two", { k: "2" })).toMatchObject({
    status: 409,
    body: { reason: "Conflict" },
  })
  expect((await apply("two", { k: "2" }, "&force=true")).body["data"]).toEqual({ k: "2" })
})

test("what is not there: a page for paths of no API, a Status for everything else", async () => {
  expect(await call("/apis/nowhere.example.com/v1/things")).toMatchObject({
    status: 404,
    text: "404 page not found\n",
  })
  expect(await call("//api")).toMatchObject({ status: 404, text: "404 page not found\n" })
  const unknown = await call("/api/v1/namespaces/t/nothings")
  expect(unknown).toMatchObject({
    status: 404,
    body: { message: "the server could not find the requested resource" },
  })
  // A namespaced kind has no objects outside of namespaces, a cluster kind none inside.
  expect((await call("/api/v1/configmaps/x")).status).toBe(404)
  expect((await call("/api/v1/namespaces/t/nodes/x")).status).toBe(404)
  expect((await call("/api/v1/namespaces/absent/configmaps")).body["items"]).toEqual([])
})

test("discovery tells kinds, short names and verbs, in both forms", async () => {
  const groups = await call("/apis")
  expect(JSON.stringify(groups.body)).toContain("test.argo-ts.dev")
  const resources = await call("/apis/test.argo-ts.dev/v1")
  expect(resources.body["resources"]).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        name: "things",
        singularName: "thing",
        namespaced: true,
        kind: "Thing",
        shortNames: ["th"],
      }),
      expect.objectContaining({ name: "things/status" }),
    ]),
  )
  const aggregated = await call("/apis", {
    headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" },
  })
  expect(aggregated.type).toContain("as=APIGroupDiscoveryList")
  expect(aggregated.text).toContain("test.argo-ts.dev")
  expect(await call("/version")).toMatchObject({ body: { major: "1", minor: "32" } })
  expect(await call("/readyz")).toMatchObject({ status: 200, text: "ok" })
})

test("a table has the columns of the kind, and rows with the object's metadata", async () => {
  await call(maps, { method: "POST", body: configMap("shown", { a: "1", b: "2" }) })
  const table = await call(`${maps}/shown`, {
    headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" },
  })
  expect(table.body).toMatchObject({
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    columnDefinitions: [{ name: "Name" }, { name: "Data" }, { name: "Age" }],
    rows: [
      {
        cells: ["shown", 2, expect.any(String)],
        object: { kind: "PartialObjectMetadata", metadata: { name: "shown" } },
      },
    ],
  })
})

test("a watch answers at once and tells what happens", async () => {
  const { resourceVersion } = (await call(maps)).body["metadata"] as {
    readonly resourceVersion: string
  }
  const controller = new AbortController()
  const response = await fetch(`${served.url}${maps}?watch=1&resourceVersion=${resourceVersion}`, {
    signal: controller.signal,
  })
  expect(response.status).toBe(200)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  await call(maps, { method: "POST", body: configMap("watched") })
  const { value } = await reader.read()
  const [line = ""] = Buffer.from(value ?? new Uint8Array())
    .toString()
    .split("\n")
  expect(JSON.parse(line)).toMatchObject({
    type: "ADDED",
    object: { kind: "ConfigMap", metadata: { name: "watched" } },
  })
  controller.abort()
})

test("a history that has been dropped is Gone", async () => {
  sim.expireHistory()
  const gone = await call(`${maps}?watch=1&resourceVersion=1`)
  const isGone = gone.status === 410 || gone.text.includes('"code":410')
  expect(isGone).toBe(true)
})

describe("hostile requests", () => {
  test.each([
    ["no JSON", "{", 400],
    ["no object", "[1]", 400],
    ["another kind", { ...configMap("x"), kind: "Secret" }, 400],
  ])("a body that is %s is refused with a Status", async (_what, body, status) => {
    expect(await call(maps, { method: "POST", body })).toMatchObject({
      status,
      body: { kind: "Status", status: "Failure" },
    })
  })

  test("health is told in a word, and at length", async () => {
    expect((await call("/livez")).text).toBe("ok")
    expect((await call("/readyz?verbose")).text).toBe(
      "[+]ping ok\n[+]store ok\nreadyz check passed\n",
    )
  })

  test("protobuf that is none is refused", async () => {
    const headers = { "content-type": "application/vnd.kubernetes.protobuf" }
    expect((await call(maps, { method: "POST", headers, body: "k8s\0garbage" })).status).toBe(400)
  })

  test("a page of a browser does not get in: neither by its origin nor by another name for this machine", async () => {
    expect((await call("/api", { headers: { origin: "http://evil.example" } })).status).toBe(403)
    // `fetch` does not let a program choose the host it asks for.
    const { port } = new URL(served.url)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(
        { host: "127.0.0.1", port, path: "/api", headers: { host: "rebound.example" } },
        (response) => {
          response.resume()
          resolve(response.statusCode)
        },
      )
      request.once("error", reject)
      request.end()
    })
    expect(status).toBe(403)
  })

  test("names with __proto__ are names", async () => {
    const answer = await call(`${maps}/__proto__`)
    expect(answer).toMatchObject({
      status: 404,
      body: { message: 'configmaps "__proto__" not found' },
    })
  })

  test("it does not listen beyond this machine unless somebody says so", async () => {
    await expect(serveCluster({ cluster: sim.cluster, clock, host: "0.0.0.0" })).rejects.toThrow(
      "allowRemote",
    )
  })

  test("a body that is too large is refused", async () => {
    const body = configMap("big", { a: "x".repeat(4 * 1024 * 1024) })
    const answer = await call(maps, { method: "POST", body }).catch(() => ({ status: 413 }))
    expect(answer.status).toBe(413)
  })
})
