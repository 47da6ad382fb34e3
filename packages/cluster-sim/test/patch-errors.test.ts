import { epochMs, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, namespaces: ["t"], controllers: false })
const maps = "/api/v1/namespaces/t/configmaps"
const deployments = "/apis/apps/v1/namespaces/t/deployments"
const types = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const
let served: ServedCluster

async function send(
  method: string,
  path: string,
  body: string | JsonValue,
  type = "application/json",
): Promise<{ readonly code: number; readonly body: JsonObject }> {
  const response = await fetch(`${served.url}${path}`, {
    method,
    headers: { "content-type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  })
  return { code: response.status, body: (await response.json()) as JsonObject }
}

/** What a patch of the object at `path` is refused with: `400 BadRequest: why`. */
async function refusal(
  path: string,
  type: keyof typeof types,
  body: string | JsonValue,
): Promise<string> {
  const query = type === "apply" ? "?fieldManager=A" : ""
  const { code, body: status } = await send("PATCH", path + query, body, types[type])
  return `${code} ${String(status["reason"] ?? "")}: ${String(status["message"])}`
}

const template = (...containers: readonly JsonObject[]): JsonObject => ({
  spec: { template: { spec: { containers } } },
})

beforeAll(async () => {
  served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
  await send("POST", maps, { metadata: { name: "a" }, data: { a: "1" } })
  const labels = { app: "x" }
  const spec = { containers: [{ name: "c1", image: "i:1" }] }
  await send("POST", deployments, {
    metadata: { name: "x" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

describe("a patch that cannot be read", () => {
  test.each(["json", "merge", "strategic"] as const)("as %s is a bad request", async (type) => {
    expect(await refusal(`${maps}/a`, type, "{nope")).toMatch(
      /^400 BadRequest: error decoding patch: /,
    )
    const other = type === "json" ? {} : []
    expect(await refusal(`${maps}/a`, type, other)).toMatch(
      /^400 BadRequest: error decoding patch: /,
    )
  })

  test("names the document that is no object of its kind any more", async () => {
    const { code, body } = await send("PATCH", `${maps}/a`, { kind: "Secret" }, types.merge)
    expect(code).toBe(422)
    expect(body["details"]).toMatchObject({
      causes: [{ field: "patch", reason: "FieldValueInvalid" }],
    })
    expect(body["message"]).toContain('"kind\\":\\"Secret')
  })

  test("has a version that is none: 500, as a PUT with one", async () => {
    const metadata = { name: "a", resourceVersion: "abc" }
    const why = '500 : strconv.ParseUint: parsing "abc": invalid syntax'
    expect(await refusal(`${maps}/a`, "merge", { metadata })).toBe(why)
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata }
    expect(await refusal(`${maps}/a`, "apply", config)).toBe(why)
    expect(await send("PUT", `${maps}/a`, { metadata })).toMatchObject({ code: 500 })
  })
})

describe("a strategic patch", () => {
  test("without a merge key or with an unknown directive is told with the element", async () => {
    const path = `${deployments}/x`
    expect(await refusal(path, "strategic", template({ image: "x" }))).toBe(
      "500 : map: map[image:x] does not contain declared merge key: name",
    )
    expect(await refusal(path, "strategic", template({ name: "c1", $patch: "foo" }))).toBe(
      "500 : unknown patch type: foo in map: map[$patch:foo name:c1]",
    )
  })

  test("orders every item that it has", async () => {
    const order = (...names: readonly string[]): JsonObject => {
      const containers = [
        { name: "c1", image: "i:2" },
        { name: "c2", image: "i:2" },
      ]
      const items = names.map((name) => ({ name }))
      return { spec: { template: { spec: { "$setElementOrder/containers": items, containers } } } }
    }
    const patch = (...names: readonly string[]) =>
      send("PATCH", `${deployments}/x?dryRun=All`, order(...names), types.strategic)
    expect(await patch("c0", "c1", "c2")).toMatchObject({ code: 200 })
    for (const names of [["c1"], ["c2", "c1"], []]) {
      expect(await patch(...names)).toMatchObject({
        code: 500,
        body: {
          message: expect.stringMatching(/^The order in patch list:\n\[map\[image:i:2 name:c1\]/),
        },
      })
    }
  })

  test("keeps what it sets", async () => {
    const strategy = { type: "Recreate", $retainKeys: ["rollingUpdate"] }
    expect(await refusal(`${deployments}/x`, "strategic", { spec: { strategy } })).toBe(
      "400 BadRequest: invalid patch format of retain keys",
    )
  })
})

describe("an apply", () => {
  const map = (metadata: JsonObject, rest: JsonObject = {}): JsonObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", ...metadata },
    ...rest,
  })
  const deployment = (...containers: readonly JsonObject[]): JsonObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "x" },
    ...template(...containers),
  })

  test("of another type names what it has been given", async () => {
    const refused = (config: JsonObject) => refusal(`${maps}/a`, "apply", config)
    expect(await refused(map({}, { apiVersion: "v2" }))).toBe(
      "400 BadRequest: invalid object type: /v2, Kind=ConfigMap",
    )
    expect(await refused(map({}, { kind: "Secret" }))).toBe(
      "400 BadRequest: invalid object type: /v1, Kind=Secret",
    )
  })

  test("does not change who the object is", async () => {
    expect(await refusal(`${maps}/a`, "apply", map({ uid: "u" }))).toBe(
      '422 Invalid: ConfigMap "a" is invalid: metadata.uid: Invalid value: "u": field is immutable',
    )
  })

  test("that is no object of its kind says where", async () => {
    const untyped = "500 : failed to create typed patch object"
    expect(await refusal(`${maps}/a`, "apply", map({}, { data: "text" }))).toMatch(
      `${untyped} (t/a; /v1, Kind=ConfigMap): `,
    )
    const type = "(t/x; apps/v1, Kind=Deployment): .spec.template.spec.containers"
    const twice = [{ name: "c1" }, { name: "c1" }]
    expect(await refusal(`${deployments}/x`, "apply", deployment(...twice))).toBe(
      `${untyped} ${type}: duplicate entries for key [name="c1"]`,
    )
    const env = [{ name: "E" }, { name: "E" }]
    expect(await refusal(`${deployments}/x`, "apply", deployment({ name: "c1", env }))).toBe(
      `${untyped} ${type}[name="c1"].env: duplicate entries for key [name="E"]`,
    )
    expect(await refusal(`${deployments}/x`, "apply", deployment({ image: "i:2" }))).toBe(
      `${untyped} ${type}: element 0: associative list with keys has an element that omits key field "name" (and doesn't have default value)`,
    )
  })
})
