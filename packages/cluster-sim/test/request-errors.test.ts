import { epochMs, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, namespaces: ["t"], controllers: false })
const core = "/api/v1/namespaces/t"
let served: ServedCluster

/** `404 NotFound: why`, and the code alone of what succeeds. */
async function answer(method: string, path: string, body?: JsonValue): Promise<string> {
  const { code, status } = await send(method, path, body)
  return code < 300
    ? `${code}`
    : `${code} ${String(status["reason"])}: ${String(status["message"])}`
}

async function send(
  method: string,
  path: string,
  body?: JsonValue,
): Promise<{ readonly code: number; readonly status: JsonObject }> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json"
  const response = await fetch(`${served.url}${path}`, {
    method,
    headers: { "content-type": type },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { code: response.status, status: (await response.json()) as JsonObject }
}

beforeAll(async () => {
  served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
  await send("POST", `${core}/configmaps`, { metadata: { name: "a" } })
  const spec = { containers: [{ name: "c", image: "i:1" }] }
  await send("POST", `${core}/pods`, { metadata: { name: "p" }, spec })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

describe("a deletion whose options are none deletes nothing", () => {
  const path = `${core}/configmaps/a`
  const options = '422 Invalid: DeleteOptions.meta.k8s.io "" is invalid: '
  test.each<readonly [JsonObject, string]>([
    [
      { dryRun: ["x"] },
      `${options}dryRun: Unsupported value: []string{"x"}: supported values: "All"`,
    ],
    [
      { propagationPolicy: "Foo" },
      `${options}propagationPolicy: Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"`,
    ],
    [
      { gracePeriodSeconds: "x" },
      '400 BadRequest: DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    [
      { apiVersion: "v1", kind: "Pod" },
      '400 BadRequest: Pod in version "v1" cannot be handled as a DeleteOptions: expected DeleteOptions in version "v1"',
    ],
  ])("%j", async (body, refusal) => {
    expect(await answer("DELETE", path, body)).toBe(refusal)
    expect(await answer("GET", path)).toBe("200")
  })

  test("any version of the options does", async () => {
    const body = { apiVersion: "apps/v1", kind: "DeleteOptions", dryRun: ["All"] }
    expect(await answer("DELETE", path, body)).toBe("200")
    expect(await answer("GET", path)).toBe("200")
  })
})

test("a list has no initial events, and a watch lasts a whole number of seconds", async () => {
  expect(await answer("GET", `${core}/configmaps?sendInitialEvents=true`)).toBe(
    '422 Invalid: ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
  )
  expect(await answer("GET", `${core}/configmaps?watch=1&timeoutSeconds=abc`)).toBe(
    '400 BadRequest: strconv.ParseInt: parsing "abc": invalid syntax',
  )
})

test("an eviction and a binding are of the pod that the path names", async () => {
  const metadata = { name: "q" }
  expect(await answer("POST", `${core}/pods/p/eviction`, { metadata })).toBe(
    "400 BadRequest: name in URL does not match name in Eviction object",
  )
  expect(await answer("POST", `${core}/pods/p/binding`, { metadata, target: { name: "n" } })).toBe(
    "400 BadRequest: name in URL does not match name in Binding object",
  )
  const binding = { target: { name: "n" } }
  expect(await answer("POST", `${core}/pods/p/binding`, binding)).toBe("201")
  expect(await send("POST", `${core}/pods/p/binding`, binding)).toMatchObject({
    code: 409,
    status: { details: { name: "p", kind: "pods/binding" } },
  })
})

test("a review asks one question, of somebody, in its own namespace", async () => {
  const access = "/apis/authorization.k8s.io/v1"
  const resourceAttributes = { verb: "get", resource: "pods", namespace: "default" }
  const refused = '422 Invalid: SubjectAccessReview.authorization.k8s.io "" is invalid: '
  const reviews = `${access}/subjectaccessreviews`
  expect(await answer("POST", reviews, { spec: { user: "bob" } })).toBe(
    `${refused}spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified`,
  )
  expect(await answer("POST", reviews, { spec: { resourceAttributes } })).toBe(
    `${refused}spec.user: Invalid value: "": at least one of user or group must be specified`,
  )
  const nonResourceAttributes = { path: "/", verb: "get" }
  const both = { user: "bob", resourceAttributes, nonResourceAttributes }
  expect(await answer("POST", reviews, { spec: both })).toContain(
    "cannot be specified in combination with resourceAttributes",
  )
  const local = `${access}/namespaces/t/localsubjectaccessreviews`
  expect(await answer("POST", local, { spec: { user: "bob", resourceAttributes } })).toBe(
    '422 Invalid: LocalSubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace',
  )
  const { status } = await send("POST", `${access}/selfsubjectaccessreviews`, {
    spec: { resourceAttributes },
  })
  expect(status).toMatchObject({ kind: "SelfSubjectAccessReview", status: { allowed: true } })
  expect(await answer("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec: {} })).toBe(
    "400 BadRequest: token is required for TokenReview in authentication",
  )
})

test("an object without a name has none in its refusal", async () => {
  const { status } = await send("POST", `${core}/configmaps`, { metadata: {} })
  expect(status["details"]).not.toHaveProperty("name")
})

test("a scale below zero is a mistake in the Scale", async () => {
  const labels = { app: "x" }
  const spec = { containers: [{ name: "c", image: "i:1" }] }
  const deployments = "/apis/apps/v1/namespaces/t/deployments"
  await send("POST", deployments, {
    metadata: { name: "x" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  })
  expect(await send("PATCH", `${deployments}/x/scale`, { spec: { replicas: -1 } })).toMatchObject({
    code: 422,
    status: { details: { group: "autoscaling", kind: "Scale" } },
  })
})

test.each([
  ["2026-01-01T00:00:00.123Z", ".123Z"],
  ["2026-01-01T00:00:00Z", "Z"],
])("a time of microseconds has six digits: %s", async (renewTime, rest) => {
  const leases = "/apis/coordination.k8s.io/v1/namespaces/t/leases"
  const lease = { metadata: { name: "l" }, spec: { renewTime } }
  expect(await answer("POST", leases, lease)).toBe(
    `400 BadRequest: Lease in version "v1" cannot be handled as a Lease: parsing time "${renewTime}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "${rest}" as ".000000"`,
  )
})

test.each([
  ["app=x,", "found '', expected: identifier after ','"],
  ["app in a", "unable to parse requirement: found 'a' expected: '('"],
  [
    "a/b/c=x",
    'unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name must consist of',
  ],
  [
    `app=${"x".repeat(64)}`,
    `unable to parse requirement: values[0][app]: Invalid value: "${"x".repeat(64)}": must be no more`,
  ],
  [
    "app in (x,-y)",
    'unable to parse requirement: values[1][app]: Invalid value: "-y": a valid label must be',
  ],
])("a list by labels that nothing can have is refused: %s", async (selector, why) => {
  const path = `${core}/configmaps?labelSelector=${encodeURIComponent(selector)}`
  expect(await answer("GET", path)).toContain(`400 BadRequest: ${why}`)
  expect(await answer("GET", `${path}&watch=1`)).toContain(why)
})

test("a field cannot be two things at once; nothing is selected then", async () => {
  const found = async (selector: string): Promise<readonly unknown[]> => {
    const query = `fieldSelector=${encodeURIComponent(selector)}`
    return (await send("GET", `${core}/configmaps?${query}`)).status["items"] as unknown[]
  }
  expect(await found("metadata.name=a,metadata.name==a")).toHaveLength(1)
  expect(await found("metadata.name=a,metadata.name=b")).toEqual([])
  expect(await found("metadata.name=b,metadata.name=a")).toEqual([])
})

test("what was deleted together is listed as of one version", async () => {
  await send("POST", `${core}/secrets`, { metadata: { name: "s" } })
  const { status } = await send("DELETE", `${core}/secrets`)
  const { items, metadata } = status as unknown as {
    readonly items: readonly { readonly metadata: { readonly name: string } }[]
    readonly metadata: { readonly resourceVersion: string }
  }
  expect(items.map((item) => item.metadata.name)).toEqual(["s"])
  expect(metadata.resourceVersion).toMatch(/^[1-9]\d*$/)
})
