import { epochMs, type JsonObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, controllers: false })
const tableAccept = "application/json;as=Table;v=v1;g=meta.k8s.io"
let served: ServedCluster

beforeAll(async () => {
  const { as, authorizer } = sim
  const tokens = { guest: { username: "guest", groups: [] } }
  served = await serveCluster({
    cluster: sim.cluster,
    clock,
    transport: "http",
    as,
    authorizer,
    tokens,
  })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

interface Answer {
  readonly code: number
  readonly warning: string | null
  readonly body: JsonObject
}

async function send(
  method: string,
  path: string,
  { body, accept }: { readonly body?: JsonObject; readonly accept?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${served.url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...(accept !== undefined && { accept }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const warning = response.headers.get("warning")
  return { code: response.status, warning, body: (await response.json()) as JsonObject }
}

/** Whatever lies in an answer. */
function pick(body: JsonObject, field: string): readonly JsonObject[] {
  return body[field] as unknown as readonly JsonObject[]
}

async function rowsOf(path: string): Promise<readonly unknown[]> {
  const { body } = await send("GET", path, { accept: tableAccept })
  return pick(body, "rows").map(({ cells }) => cells)
}

test("every group of a real server is served, in its order", async () => {
  const { body } = await send("GET", "/apis")
  const names = pick(body, "groups").map(({ name }) => name)
  expect(names).toEqual([
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "metrics.k8s.io",
  ])
})

test.each([
  ["/apis/apiregistration.k8s.io/v1", ["apiservices", "apiservices/status"]],
  [
    "/apis/flowcontrol.apiserver.k8s.io/v1",
    [
      "flowschemas",
      "flowschemas/status",
      "prioritylevelconfigurations",
      "prioritylevelconfigurations/status",
    ],
  ],
  [
    "/apis/storage.k8s.io/v1",
    [
      "csidrivers",
      "csinodes",
      "csistoragecapacities",
      "storageclasses",
      "volumeattachments",
      "volumeattachments/status",
    ],
  ],
])("%s has the resources of a real server", async (path, resources) => {
  const { body } = await send("GET", path)
  expect(pick(body, "resources").map(({ name }) => name)).toEqual(resources)
})

describe("what a cluster keeps and does nothing with", () => {
  test("an API service says where it is served, and its author that nobody is asked", async () => {
    const spec = {
      group: "example.com",
      version: "v1",
      service: { namespace: "default", name: "api" },
      groupPriorityMinimum: 100,
      versionPriority: 10,
    }
    const path = "/apis/apiregistration.k8s.io/v1/apiservices"
    const answer = await send("POST", path, {
      body: { metadata: { name: "v1.example.com" }, spec },
    })
    expect(answer.code).toBe(201)
    expect(answer.warning).toContain("API services are kept, and none is asked")
    expect(await rowsOf(path)).toEqual([["v1.example.com", "default/api", "Unknown", "0s"]])
  })

  test("a priority level has the defaults of a real one, and is printed with them", async () => {
    const path = "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"
    const limitResponse = { type: "Queue", queuing: {} }
    const { body } = await send("POST", path, {
      body: { metadata: { name: "slow" }, spec: { type: "Limited", limited: { limitResponse } } },
    })
    const queuing = { queues: 64, handSize: 8, queueLengthLimit: 50 }
    const limited = {
      lendablePercent: 0,
      nominalConcurrencyShares: 30,
      limitResponse: { type: "Queue", queuing },
    }
    expect(body).toMatchObject({
      metadata: { generation: 1 },
      spec: { type: "Limited", limited },
    })
    await send("POST", path, { body: { metadata: { name: "free" }, spec: { type: "Exempt" } } })
    expect(await rowsOf(path)).toEqual([
      ["free", "Exempt", "<none>", "<none>", "<none>", "<none>", "0s"],
      ["slow", "Limited", "30", "64", "8", "50", "0s"],
    ])
  })

  test("a flow schema comes in the middle unless it says otherwise", async () => {
    const path = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"
    const spec = { priorityLevelConfiguration: { name: "slow" } }
    await send("POST", path, { body: { metadata: { name: "robots" }, spec } })
    expect(await rowsOf(path)).toEqual([["robots", "slow", "1000", "<none>", "0s", "?"]])
  })

  test("attachments and nodes of storage are printed, and answer themselves when they go", async () => {
    const storage = "/apis/storage.k8s.io/v1"
    const spec = {
      attacher: "disks.example.com",
      nodeName: "n",
      source: { persistentVolumeName: "pv-1" },
    }
    const attachments = `${storage}/volumeattachments`
    const status = { attached: true }
    await send("POST", attachments, { body: { metadata: { name: "a" }, spec, status } })
    const cells = ["a", "disks.example.com", "pv-1", "n", false, "0s"]
    expect(await rowsOf(attachments)).toEqual([cells])
    const drivers = [{ name: "disks.example.com", nodeID: "1", topologyKeys: null }]
    const nodes = `${storage}/csinodes`
    await send("POST", nodes, { body: { metadata: { name: "n" }, spec: { drivers } } })
    expect(await rowsOf(nodes)).toEqual([["n", 1, "0s"]])
    const unversioned = { metadata: { name: "n" }, spec: { drivers } }
    expect((await send("PUT", `${nodes}/n`, { body: unversioned })).body["message"]).toContain(
      "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update",
    )
    expect((await send("DELETE", `${nodes}/n`)).body["kind"]).toBe("CSINode")
    expect((await send("DELETE", `${attachments}/a`)).body["kind"]).toBe("VolumeAttachment")
  })
})

describe("the parts of the cluster", () => {
  const path = "/api/v1/componentstatuses"

  test("are told of as they are, with the word that nobody should ask", async () => {
    const { body, warning } = await send("GET", path)
    expect(warning).toBe('299 - "v1 ComponentStatus is deprecated in v1.19+"')
    expect(body["kind"]).toBe("ComponentStatusList")
    expect(await rowsOf(path)).toEqual([
      ["scheduler", "Unhealthy", "", "scheduler does not run in this cluster"],
      ["controller-manager", "Unhealthy", "", "controller-manager does not run in this cluster"],
      ["etcd-0", "Healthy", "ok", ""],
    ])
    expect((await send("GET", `${path}/etcd-0`)).body["kind"]).toBe("ComponentStatus")
  })

  test("are read, and nothing else", async () => {
    expect((await send("GET", `${path}/nope`)).code).toBe(404)
    expect((await send("GET", `${path}?watch=1`)).code).toBe(405)
    expect((await send("DELETE", `${path}/etcd-0`)).code).toBe(405)
    expect((await send("POST", path, { body: { metadata: { name: "x" } } })).code).toBe(405)
  })
})

test("a pod is bound by its own path, and by that of all bindings", async () => {
  const pods = "/api/v1/namespaces/default/pods"
  const spec = { containers: [{ name: "c", image: "i:1" }] }
  await send("POST", pods, { body: { metadata: { name: "bound" }, spec } })
  const binding = { metadata: { name: "bound" }, target: { name: "n" } }
  const bindings = "/api/v1/namespaces/default/bindings"
  expect(await send("POST", bindings, { body: binding })).toMatchObject({
    code: 201,
    body: { kind: "Status", status: "Success" },
  })
  expect((await send("GET", `${pods}/bound`)).body["spec"]).toMatchObject({ nodeName: "n" })
  expect((await send("POST", bindings, { body: binding })).code).toBe(409)
})

describe("a part of an object", () => {
  test.each([
    "/api/v1/nodes/n/proxy",
    "/api/v1/nodes/n/proxy/metrics/cadvisor",
    "/api/v1/namespaces/default/services/s:http/proxy/",
    "/api/v1/namespaces/default/pods/p/proxy/healthz",
  ])("that nothing listens behind is refused in words: %s", async (path) => {
    for (const method of ["GET", "POST", "PUT", "DELETE"]) {
      const { code, body } = await send(method, path)
      expect([method, code, body["message"]]).toEqual([
        method,
        405,
        expect.stringContaining("requests are not passed on to what runs in this cluster"),
      ])
    }
  })

  test("is asked for by whoever may", async () => {
    const guest = await fetch(`${served.url}/api/v1/nodes/n/proxy/metrics`, {
      headers: { authorization: "Bearer guest" },
    })
    expect(((await guest.json()) as JsonObject)["message"]).toBe(
      'nodes "n" is forbidden: User "guest" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
    )
  })

  test("does not go alone, and takes nothing along", async () => {
    const path = "/api/v1/namespaces/default"
    const configMap = "/api/v1/namespaces/default/configmaps/kept"
    const data = { a: "1" }
    const body = { metadata: { name: "kept" }, data }
    await send("POST", "/api/v1/namespaces/default/configmaps", { body })
    expect((await send("DELETE", `${configMap}/status`)).code).toBe(404)
    expect((await send("DELETE", `${path}/status`)).code).toBe(405)
    // Nor is it asked what it does not do.
    expect((await send("GET", `${path}/finalize`)).code).toBe(405)
    expect((await send("PATCH", `${path}/pods/p/log`, { body: {} })).code).toBe(405)
    expect((await send("POST", `${configMap}/status`, { body: {} })).code).toBe(404)
    expect((await send("GET", configMap)).body["data"]).toEqual(data)
  })

  test("is not served in process either", async () => {
    const nodes = builtInKind("v1", "Node")
    if (nodes === undefined) throw new Error("nodes are built in")
    const read = sim.cluster.get(nodes, { name: "n" }, { subresource: "proxy" })
    await expect(read).rejects.toThrow("nodes here are simulated")
  })
})
