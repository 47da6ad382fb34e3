import { defineKind, epochMs, isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
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
})
const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, kinds: [things], namespaces: ["t"], controllers: false })
let served: ServedCluster

beforeAll(async () => {
  served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

async function get(path: string, headers: { readonly [name: string]: string } = {}) {
  const response = await fetch(served.url + path, { headers, redirect: "manual" })
  return { response, text: await response.text() }
}

async function send(method: string, path: string, body: unknown) {
  const headers = { "content-type": "application/json" }
  const text = JSON.stringify(body)
  const response = await fetch(served.url + path, { method, headers, body: text })
  return { status: response.status, body: (await response.json()) as JsonObject }
}

async function json(path: string): Promise<JsonObject> {
  return JSON.parse((await get(path)).text) as JsonObject
}

type Paths = { readonly [path: string]: { readonly serverRelativeURL: string } }

function refsIn(value: JsonValue, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(value)) for (const each of value as readonly JsonValue[]) refsIn(each, found)
  else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === "$ref") found.add(String(inner))
      else refsIn(inner as JsonValue, found)
    }
  }
  return found
}

test("items of a list carry neither kind nor version, and tell what is stored now", async () => {
  const path = "/api/v1/namespaces/t/configmaps"
  const metadata = { name: "listed" }
  await send("POST", path, { metadata, data: { a: "1" } })
  await json(path)
  await send("PUT", `${path}/listed`, { metadata, data: { a: "2" } })
  const list = await json(path)
  expect(list).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1" })
  const items = list["items"] as readonly JsonObject[]
  const listed = items.filter((each) => JSON.stringify(each).includes('"listed"'))
  expect(listed).toMatchObject([{ data: { a: "2" } }])
  expect(listed[0]).not.toHaveProperty("kind")
})

test("who may read little still gets tables and documents", async () => {
  const own = await serveCluster({
    cluster: sim.cluster,
    clock,
    transport: "http",
    tokens: { jane: { username: "jane", groups: [] } },
    as: (user) => sim.as(user),
    authorizer: sim.authorizer,
  })
  const headers = { authorization: "Bearer jane" }
  expect((await fetch(`${own.url}/openapi/v3`, { headers })).status).toBe(200)
  expect((await fetch(`${own.url}/api/v1/namespaces/t/configmaps`, { headers })).status).toBe(403)
  await own.close()
})

describe("OpenAPI", () => {
  test("v3 has a document for each group and version, every kind in one, every reference in its document", async () => {
    const { paths } = (await json("/openapi/v3")) as unknown as { readonly paths: Paths }
    const described = new Set<string>()
    for (const { serverRelativeURL } of Object.values(paths)) {
      const { components } = (await json(serverRelativeURL)) as unknown as {
        readonly components: { readonly schemas: { readonly [name: string]: JsonObject } }
      }
      for (const schema of Object.values(components.schemas)) {
        const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as readonly JsonObject[]
        for (const { group, version, kind } of kinds as readonly { [key: string]: string }[])
          described.add(`${group}/${version}/${kind}`)
      }
      for (const reference of refsIn(components.schemas as unknown as JsonValue)) {
        expect(Object.keys(components.schemas)).toContain(reference.split("/").at(-1))
      }
    }
    for (const { group, version, kind } of await sim.cluster.kinds()) {
      expect(described).toContain(`${group}/${version}/${kind}`)
    }
  })

  test("a document's address names its content: kept for ever, and a wrong one leads to the right one", async () => {
    const { paths } = (await json("/openapi/v3")) as unknown as { readonly paths: Paths }
    const url = paths["apis/apps/v1"]?.serverRelativeURL ?? ""
    const { response } = await get(url)
    expect(response.headers.get("cache-control")).toBe("public, immutable")
    const etag = response.headers.get("etag") ?? ""
    expect((await get(url, { "if-none-match": etag })).response.status).toBe(304)
    const wrong = await get("/openapi/v3/apis/apps/v1?hash=ABC")
    expect(wrong.response.status).toBe(301)
    expect(wrong.response.headers.get("location")).toBe(url)
    const absent = await get("/openapi/v3/apis/nothing/v1")
    expect([absent.response.status, absent.text]).toEqual([404, ""])
  })

  test("fields have their types, their requirements and the ways in which they merge", async () => {
    const { components } = (await json("/openapi/v3/api/v1")) as unknown as {
      readonly components: { readonly schemas: { readonly [name: string]: JsonObject } }
    }
    const { schemas } = components
    expect(schemas["io.k8s.api.core.v1.PodSpec"]).toMatchObject({
      type: "object",
      properties: {
        containers: {
          type: "array",
          items: { $ref: "#/components/schemas/io.k8s.api.core.v1.Container" },
          "x-kubernetes-patch-merge-key": "name",
          "x-kubernetes-patch-strategy": "merge",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
        },
        nodeSelector: { type: "object", additionalProperties: { type: "string" } },
        terminationGracePeriodSeconds: { type: "integer", format: "int64" },
      },
    })
    expect(schemas["io.k8s.api.core.v1.ContainerPort"]).toMatchObject({
      required: ["containerPort"],
    })
  })

  test("custom kinds are as their definition says, and one without is free", async () => {
    const free = await json("/openapi/v3/apis/test.argo-ts.dev/v1")
    expect(JSON.stringify(free)).toContain('"x-kubernetes-preserve-unknown-fields":true')
    const before = (await json("/openapi/v3"))["paths"] as unknown as Paths
    await send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      metadata: { name: "things.test.argo-ts.dev" },
      spec: {
        group: "test.argo-ts.dev",
        scope: "Namespaced",
        names: { kind: "Thing", plural: "things", singular: "thing", listKind: "ThingList" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: {
                type: "object",
                description: "A thing with a size.",
                properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
              },
            },
            additionalPrinterColumns: [
              { name: "Size", type: "integer", jsonPath: ".spec.size" },
              { name: "Hidden", type: "string", jsonPath: ".spec.absent", priority: 1 },
              { name: "Since", type: "date", jsonPath: ".metadata.creationTimestamp" },
            ],
          },
        ],
      },
    })
    await clock.advance(1_000)
    const after = (await json("/openapi/v3"))["paths"] as unknown as Paths
    const key = "apis/test.argo-ts.dev/v1"
    expect(after[key]).not.toEqual(before[key])
    expect(JSON.stringify(await json(`/openapi/v3/${key}`))).toContain("A thing with a size.")
  })

  test("a table of a custom kind has the columns of its definition", async () => {
    await send("POST", "/apis/test.argo-ts.dev/v1/namespaces/t/things", {
      apiVersion: "test.argo-ts.dev/v1",
      kind: "Thing",
      metadata: { name: "one" },
      spec: { size: 3 },
    })
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
    const { text } = await get("/apis/test.argo-ts.dev/v1/namespaces/t/things", { accept })
    expect(JSON.parse(text)).toMatchObject({
      columnDefinitions: [
        { name: "Name", priority: 0 },
        { name: "Size", type: "integer", priority: 0 },
        { name: "Hidden", priority: 1 },
        { name: "Since", type: "date" },
      ],
      rows: [{ cells: ["one", 3, null, "0s"] }],
    })
  })

  test("v2 is there as JSON, and as the least that old clients take as protobuf", async () => {
    const document = (await json("/openapi/v2")) as unknown as {
      readonly definitions: { readonly [name: string]: JsonObject }
    }
    expect(document).toMatchObject({ swagger: "2.0" })
    for (const reference of refsIn(document.definitions as unknown as JsonValue)) {
      expect(reference).toMatch(/^#\/definitions\//)
      expect(Object.keys(document.definitions)).toContain(reference.slice("#/definitions/".length))
    }
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    const { response } = await get("/openapi/v2", { accept })
    expect(response.headers.get("content-type")).toContain("protobuf")
  })
})

describe("discovery", () => {
  const aggregated = {
    accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  }

  test("both forms tell the same resources, subresources, verbs and categories", async () => {
    const { text } = await get("/apis", aggregated)
    const { items } = JSON.parse(text) as {
      readonly items: readonly {
        readonly metadata: { readonly name: string }
        readonly versions: readonly {
          readonly version: string
          readonly resources: readonly {
            readonly resource: string
            readonly verbs: readonly string[]
            readonly subresources: readonly { readonly subresource: string }[]
          }[]
        }[]
      }[]
    }
    for (const { metadata, versions } of items) {
      for (const { version, resources } of versions) {
        const legacy = await json(`/apis/${metadata.name}/${version}`)
        const names = (legacy["resources"] as readonly JsonObject[]).map((each) => each["name"])
        const expected = resources.flatMap(({ resource, subresources }) => [
          resource,
          ...subresources.map(({ subresource }) => `${resource}/${subresource}`),
        ])
        expect(names.toSorted()).toEqual(expected.toSorted())
      }
    }
  })

  test("pods can be evicted, deployments scaled, namespaces not deleted together", async () => {
    const core = (await json("/api/v1"))["resources"] as readonly JsonObject[]
    const find = (name: string): JsonObject | undefined =>
      core.find((each) => each["name"] === name)
    expect(find("pods/eviction")).toMatchObject({
      kind: "Eviction",
      group: "policy",
      version: "v1",
      verbs: ["create"],
    })
    expect(find("namespaces")?.["verbs"]).not.toContain("deletecollection")
    expect(find("pods")?.["categories"]).toEqual(["all"])
    const apps = (await json("/apis/apps/v1"))["resources"] as readonly JsonObject[]
    expect(apps.find((each) => each["name"] === "deployments/scale")).toMatchObject({
      kind: "Scale",
      group: "autoscaling",
      version: "v1",
    })
  })

  test("is not sent again to who has it", async () => {
    const first = await get("/apis", aggregated)
    const etag = first.response.headers.get("etag") ?? ""
    const again = await get("/apis", { ...aggregated, "if-none-match": etag })
    expect([again.response.status, again.text]).toEqual([304, ""])
  })
})

describe("other versions of a kind", () => {
  const path = "/apis/autoscaling/v1/namespaces/t/horizontalpodautoscalers"
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" }

  test("an autoscaler of v1 is one of v2 that scales by the processor", async () => {
    const spec = { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 }
    const made = await send("POST", path, {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web" },
      spec,
    })
    expect(made).toMatchObject({ status: 201, body: { apiVersion: "autoscaling/v1", spec } })
    const stored = await json(`${path.replace("/v1/", "/v2/")}/web`)
    expect(stored["spec"]).toMatchObject({
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
        },
      ],
    })
    const list = await json(path)
    expect(list).toMatchObject({
      kind: "HorizontalPodAutoscalerList",
      apiVersion: "autoscaling/v1",
      items: [{ spec: { targetCPUUtilizationPercentage: 50 } }],
    })
    const refused = await fetch(`${served.url}${path}/web`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: "{}",
    })
    expect(refused.status).toBe(415)
  })

  test("an event of events.k8s.io is an event of the core", async () => {
    const event = {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: "e", namespace: "t" },
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "test.argo-ts.dev/c",
      reportingInstance: "c-1",
      action: "Made",
      reason: "Made",
      regarding: { kind: "Pod", namespace: "t", name: "p" },
      note: "it was made",
      type: "Normal",
    }
    const made = await send("POST", "/apis/events.k8s.io/v1/namespaces/t/events", event)
    expect(made).toMatchObject({ status: 201, body: event })
    expect(await json("/api/v1/namespaces/t/events/e")).toMatchObject({
      apiVersion: "v1",
      message: "it was made",
      involvedObject: { name: "p" },
      reportingComponent: "test.argo-ts.dev/c",
    })
  })

  test("other versions of a kind are printed as it is", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
    const cells = async (path: string): Promise<unknown> => {
      const response = await fetch(`${served.url}${path}`, { headers: { accept } })
      const { rows } = (await response.json()) as { rows: readonly { cells: unknown }[] }
      return rows[0]?.cells
    }
    const shown = await cells("/apis/events.k8s.io/v1/namespaces/t/events/e")
    expect(shown).toEqual(await cells("/api/v1/namespaces/t/events/e"))
    expect(shown).toEqual(expect.arrayContaining(["Made", "it was made", "pod/p"]))
    const spec = { scaleTargetRef: { kind: "Deployment", name: "d" }, maxReplicas: 3 }
    const metadata = { name: "printed" }
    const scalers = "namespaces/t/horizontalpodautoscalers"
    await send("POST", `/apis/autoscaling/v2/${scalers}`, { metadata, spec })
    const autoscaler = await cells(`/apis/autoscaling/v1/${scalers}/printed`)
    expect(autoscaler).toEqual(await cells(`/apis/autoscaling/v2/${scalers}/printed`))
    expect(autoscaler).toEqual(expect.arrayContaining(["Deployment/d", "cpu: <unknown>/80%"]))
  })

  test("what is computed is described, and only read", async () => {
    const { paths } = (await json("/openapi/v3/api/v1")) as unknown as { paths: object }
    expect(paths).toMatchObject({ "/api/v1/componentstatuses": { get: {} } })
    expect(JSON.stringify(await json("/openapi/v3/apis/metrics.k8s.io/v1beta1"))).toContain(
      "ContainerMetrics",
    )
  })

  test("events of events.k8s.io are selected by what that group calls their fields", async () => {
    const path = "/apis/events.k8s.io/v1/namespaces/t/events"
    const found = async (selector: string): Promise<unknown> => {
      const body = await json(`${path}?fieldSelector=${encodeURIComponent(selector)}`)
      const items = body["items"] as readonly { metadata: { name: string } }[] | undefined
      return items?.map(({ metadata }) => metadata.name) ?? body["message"]
    }
    expect(await found("regarding.name=p,reportingController=test.argo-ts.dev/c")).toEqual(["e"])
    expect(await found("regarding.name!=p")).not.toContain("e")
    expect(await found("involvedObject.name=p")).toBe(
      "field label not supported: involvedObject.name",
    )
  })
})
