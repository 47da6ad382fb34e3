import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, namespaces: ["t"], controllers: false })
const maps = "/api/v1/namespaces/t/configmaps"
let served: ServedCluster

beforeAll(async () => {
  served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

async function send(method: string, path: string, body?: object): Promise<void> {
  const headers = { "content-type": "application/json" }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  await (await fetch(`${served.url}${path}`, init)).text()
}

/** Samples by their names and labels. */
async function samples(): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${served.url}/metrics`)
  expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4")
  const lines = (await response.text()).split("\n").filter((line) => /^[a-z]/.test(line))
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(" ")
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

function labels(verb: string, scope: string): string {
  return `component="apiserver",group="",resource="configmaps",scope="${scope}",subresource="",verb="${verb}",version="v1"`
}

test("requests are counted by what they asked and how they were answered", async () => {
  await send("POST", maps, { metadata: { name: "a" } })
  await send("POST", maps, { metadata: { name: "a" } })
  await send("POST", `${maps}?dryRun=All`, { metadata: { name: "b" } })
  await send("POST", `${maps}?dryRun=whatever`, { metadata: { name: "b" } })
  await send("GET", maps)
  await send("GET", `${maps}/absent`)
  await send("GET", "/healthz")
  const found = await samples()
  const total = (code: number, dryRun: string, of: string): number | undefined =>
    found.get(`apiserver_request_total{code="${code}",dry_run="${dryRun}",${of}}`)
  const post = labels("POST", "resource")
  expect(total(201, "", post)).toBe(1)
  expect(total(409, "", post)).toBe(1)
  expect(total(201, "All", post)).toBe(1)
  expect(total(422, "invalid", post)).toBe(1)
  expect(total(200, "", labels("LIST", "namespace"))).toBe(1)
  expect(total(404, "", labels("GET", "resource"))).toBe(1)
  const health = `component="",group="",resource="",scope="",subresource="/healthz",verb="GET",version=""`
  expect(total(200, "", health)).toBe(1)
  const durations = `apiserver_request_duration_seconds_count{dry_run="",${post}}`
  expect(found.get(durations)).toBe(2)
  expect(found.get('apiserver_current_inflight_requests{request_kind="readOnly"}')).toBe(1)
  expect(found.get('apiserver_current_inflight_requests{request_kind="mutating"}')).toBe(0)
})

test("stored objects are those of the cluster", async () => {
  const count = (await samples()).get('apiserver_storage_objects{resource="namespaces"}')
  const listed = (await (await fetch(`${served.url}/api/v1/namespaces`)).json()) as {
    items: unknown[]
  }
  expect(count).toBe(listed.items.length)
  expect((await samples()).get('apiserver_storage_objects{resource="deployments.apps"}')).toBe(0)
})

test("a watch goes on and is no request that is waited for", async () => {
  const going = `apiserver_longrunning_requests{${labels("WATCH", "namespace")}}`
  const gone = new AbortController()
  await fetch(`${served.url}${maps}?watch=1`, { signal: gone.signal })
  const during = await samples()
  expect(during.get(going)).toBe(1)
  expect(during.get('apiserver_current_inflight_requests{request_kind="readOnly"}')).toBe(1)
  gone.abort()
  await expect.poll(async () => (await samples()).get(going)).toBe(0)
  const after = await samples()
  expect(
    after.get(`apiserver_request_total{code="200",dry_run="",${labels("WATCH", "namespace")}}`),
  ).toBe(1)
  const waited = [...after.keys()].filter((name) => name.includes("duration_seconds_count"))
  expect(waited.some((name) => name.includes('verb="WATCH"'))).toBe(false)
})

test("the root tells of every path that is served", async () => {
  const response = await fetch(`${served.url}/`)
  const { paths } = (await response.json()) as { paths: readonly string[] }
  expect(paths).toEqual(expect.arrayContaining(["/api/v1", "/apis/apps/v1", "/metrics"]))
  for (const path of paths) {
    const { status } = await fetch(`${served.url}${path}`)
    expect([path, status]).toEqual([path, 200])
  }
})
