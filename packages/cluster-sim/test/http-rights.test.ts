import { epochMs, type JsonObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { askedAccess } from "../src/http/asked-access.js"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, namespaces: ["t"] })
const core = "/api/v1/namespaces/t"
const rbac = "/apis/rbac.authorization.k8s.io/v1"
let served: ServedCluster

beforeAll(async () => {
  served = await serveCluster({
    cluster: sim.cluster,
    clock,
    transport: "http",
    as: sim.as,
    authorizer: sim.authorizer,
    accounts: sim.accounts(),
    tokens: { guest: { username: "guest", groups: [] } },
  })
  await clock.advance(1_000)
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

interface Answer {
  readonly code: number
  readonly text: string
}

async function send(
  method: string,
  path: string,
  { as, body }: { readonly as?: string; readonly body?: JsonObject } = {},
): Promise<Answer> {
  const headers = {
    "content-type": "application/json",
    ...(as !== undefined && { authorization: `Bearer ${as}` }),
  }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const response = await fetch(`${served.url}${path}`, init)
  return { code: response.status, text: await response.text() }
}

/** The code and the message of an answer to a guest. */
async function guest(method: string, path: string, body?: JsonObject): Promise<string> {
  const { code, text } = await send(method, path, {
    as: "guest",
    ...(body !== undefined && { body }),
  })
  return code === 403 ? (JSON.parse(text) as { message: string }).message : `${code}`
}

describe("who has no rights", () => {
  test("gets no token of anybody's account", async () => {
    const token = `${core}/serviceaccounts/default/token`
    expect(await guest("POST", token, { spec: {} })).toBe(
      'serviceaccounts "default" is forbidden: User "guest" cannot create resource "serviceaccounts/token" in API group "" in the namespace "t"',
    )
    expect((await send("POST", token, { body: { spec: {} } })).code).toBe(201)
  })

  test("asks about themselves, and about nobody else", async () => {
    const resourceAttributes = { verb: "get", resource: "pods", namespace: "t" }
    const authorization = "/apis/authorization.k8s.io/v1"
    const spec = { resourceAttributes, user: "admin" }
    const self = `${authorization}/selfsubjectaccessreviews`
    expect(await guest("POST", self, { spec: { resourceAttributes } })).toBe("201")
    for (const path of [
      `${authorization}/subjectaccessreviews`,
      `${authorization}/namespaces/t/localsubjectaccessreviews`,
      "/apis/authentication.k8s.io/v1/tokenreviews",
    ]) {
      expect(await guest("POST", path, { spec })).toContain(
        'is forbidden: User "guest" cannot create',
      )
    }
  })

  test("finds the ways to what is there, and learns nothing of what is not", async () => {
    for (const path of ["/api", "/apis/apps/v1", "/openapi/v3", "/version", "/healthz"])
      expect([path, await guest("GET", path)]).toEqual([path, "200"])
    for (const path of ["/", "/metrics", "/nope"]) {
      expect(await guest("GET", path)).toBe(
        `forbidden: User "guest" cannot get path ${JSON.stringify(path)}`,
      )
    }
    expect(await guest("GET", "/apis/apps/v1/namespaces/t/nopes")).toBe(
      'nopes.apps is forbidden: User "guest" cannot list resource "nopes" in API group "apps" in the namespace "t"',
    )
  })

  test("reads the metrics where a role says so", async () => {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "scraper" }
    const rules = [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }]
    const body = { metadata: { name: "scraper" }, rules }
    await send("POST", `${rbac}/clusterroles`, { body })
    const subjects = [{ kind: "User", name: "guest" }]
    await send("POST", `${rbac}/clusterrolebindings`, {
      body: { metadata: { name: "scraper" }, roleRef, subjects },
    })
    expect(await guest("GET", "/metrics")).toBe("200")
  })
})

test("a Namespace lies in itself: who may view what is in it may get it", async () => {
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" }
  const subjects = [{ kind: "User", name: "guest" }]
  const body = { metadata: { name: "guests" }, roleRef, subjects }
  expect(await guest("GET", "/api/v1/namespaces/t")).toBe(
    'namespaces "t" is forbidden: User "guest" cannot get resource "namespaces" in API group "" in the namespace "t"',
  )
  await send("POST", `${rbac}/namespaces/t/rolebindings`, { body })
  expect(await guest("GET", "/api/v1/namespaces/t")).toBe("200")
  expect(await guest("GET", "/api/v1/namespaces/default")).toContain("is forbidden")
  expect(await guest("GET", "/api/v1/namespaces")).toContain("at the cluster scope")
})

describe("tokens and reviews", () => {
  const authentication = "/apis/authentication.k8s.io/v1"
  const token = `${core}/serviceaccounts/default/token`
  const post = async (path: string, body: JsonObject): Promise<JsonObject> =>
    JSON.parse((await send("POST", path, { body })).text) as JsonObject

  test("a token that the server knows is known to reviews, where it is good", async () => {
    const asked = (audiences?: readonly string[]): Promise<JsonObject> =>
      post(`${authentication}/tokenreviews`, {
        spec: { token: "guest", ...(audiences && { audiences }) },
      })
    const audiences = ["https://kubernetes.default.svc"]
    const user = { username: "guest", groups: ["system:authenticated"] }
    expect((await asked())["status"]).toEqual({ authenticated: true, user, audiences })
    expect((await asked(["elsewhere"]))["status"]).toMatchObject({ user: {} })
  })

  test("a token lasts at most 2^32 seconds, and is its account's", async () => {
    const long = await post(token, { spec: { expirationSeconds: 2 ** 32 + 1 } })
    expect(long["message"]).toContain("may not specify a duration larger than 2^32 seconds")
    const other = await post(token, { metadata: { name: "other" }, spec: {} })
    expect(other["message"]).toContain(
      'metadata.name: Invalid value: "other": must match the service account name if specified',
    )
    expect((await post(token, { spec: {} }))["spec"]).toMatchObject({ boundObjectRef: null })
  })

  test("rules are those of a namespace", async () => {
    const rules = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    expect((await post(rules, { spec: {} }))["message"]).toBe("no namespace on request")
  })

  test("what is posted is asked nothing else; what a group does not have is a Status", async () => {
    const reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    expect((await send("GET", reviews)).code).toBe(405)
    const nothing = await send("GET", "/apis/authorization.k8s.io/v1/nopes")
    expect(nothing.text).toContain("the server could not find the requested resource")
  })

  test("who says who they are in words that are not understood says nothing", async () => {
    const response = await fetch(`${served.url}/version`, { headers: { authorization: "Basic x" } })
    expect(response.status).toBe(200)
    expect((await send("GET", "/version", { as: "lies" })).code).toBe(401)
  })
})

describe("what a request asks for is read from its path", () => {
  test.each([
    ["GET", "/api/v1/namespaces/t/pods?watch=1", { verb: "watch", resource: "pods" }],
    ["GET", "/api/v1/watch/namespaces/t/pods/p", { verb: "watch", resource: "pods", name: "p" }],
    ["GET", "/api/v1/namespaces/t/pods/p/log", { verb: "get", subresource: "log", name: "p" }],
    [
      "GET",
      "/api/v1/namespaces/t/pods?fieldSelector=status.phase=x,metadata.name=p",
      { verb: "list", name: "p" },
    ],
    ["DELETE", "/api/v1/namespaces/t/pods/", { verb: "deletecollection", resource: "pods" }],
    [
      "PUT",
      "/api/v1/namespaces/t/finalize",
      { verb: "update", resource: "namespaces", name: "t", subresource: "finalize" },
    ],
  ])("%s %s", (method, target, question) => {
    const { pathname: path, searchParams: query } = new URL(target, "http://localhost")
    const request = { method, path, query, headers: {}, body: Buffer.alloc(0) }
    expect(askedAccess(request)).toMatchObject({ group: "", namespace: "t", ...question })
  })
})
