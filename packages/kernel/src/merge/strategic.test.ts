import { describe, expect, test } from "vitest"
import type { JsonObject } from "../json.js"
import { mergeSchemaOf } from "../schemas/index.js"
import { applyStrategicPatch } from "./strategic.js"

const pod = mergeSchemaOf("v1", "Pod")

function patched(live: JsonObject, patch: JsonObject): JsonObject {
  const result = applyStrategicPatch(pod, live, patch)
  if (!result.ok) throw new Error(result.issues.map((issue) => issue.message).join("; "))
  return result.value
}

const containers = (...items: JsonObject[]): JsonObject => ({ spec: { containers: items } })

describe("applyStrategicPatch", () => {
  test("merges containers by name and puts new ones before those only the server has", () => {
    const live = containers({ name: "a", image: "1", args: ["x"] }, { name: "b", image: "1" })
    const patch = containers({ name: "a", image: "2" }, { name: "c", image: "3" })
    expect(patched(live, patch)).toEqual(
      containers(
        { name: "a", image: "2", args: ["x"] },
        { name: "c", image: "3" },
        { name: "b", image: "1" },
      ),
    )
  })

  test("orders by $setElementOrder", () => {
    const live = containers({ name: "a" }, { name: "b" }, { name: "c" })
    const patch = { spec: { "$setElementOrder/containers": [{ name: "c" }, { name: "a" }] } }
    expect(patched(live, patch)).toEqual(containers({ name: "b" }, { name: "c" }, { name: "a" }))
  })

  test("removes and replaces by $patch", () => {
    const live = containers({ name: "a" }, { name: "b" })
    const remove = containers({ name: "a", $patch: "delete" })
    expect(patched(live, remove)).toEqual(containers({ name: "b" }))
    const replace = containers({ $patch: "replace" }, { name: "z" })
    expect(patched(live, replace)).toEqual(containers({ name: "z" }))
    const env = (...items: JsonObject[]): JsonObject => containers({ name: "a", env: items })
    const change = env({ name: "X", $patch: "delete" }, { name: "Z", value: "3" })
    expect(patched(env({ name: "X", value: "1" }, { name: "Y", value: "2" }), change)).toEqual(
      env({ name: "Z", value: "3" }, { name: "Y", value: "2" }),
    )
  })

  test("replaces a map wholesale and deletes an object", () => {
    const live = { metadata: { labels: { a: "1", b: "2" } }, spec: { affinity: { x: 1 } } }
    const patch = {
      metadata: { labels: { $patch: "replace", c: "3" } },
      spec: { affinity: { $patch: "delete" } },
    }
    expect(patched(live, patch)).toEqual({ metadata: { labels: { c: "3" } }, spec: {} })
  })

  test("keeps only $retainKeys", () => {
    const live = { spec: { volumes: [{ name: "v", emptyDir: {} }] } }
    const patch = {
      spec: {
        volumes: [{ name: "v", $retainKeys: ["name", "secret"], secret: { secretName: "s" } }],
      },
    }
    expect(patched(live, patch)).toEqual({
      spec: { volumes: [{ name: "v", secret: { secretName: "s" } }] },
    })
  })

  test("unites finalizers and deletes from them", () => {
    const live = { metadata: { finalizers: ["c"] } }
    expect(patched(live, { metadata: { finalizers: ["d"] } })).toEqual({
      metadata: { finalizers: ["d", "c"] },
    })
    expect(patched(live, { metadata: { "$deleteFromPrimitiveList/finalizers": ["c"] } })).toEqual({
      metadata: { finalizers: [] },
    })
  })

  test("replaces lists without a merge key, deletes by null", () => {
    const live = containers({ name: "a", args: ["1", "2"], workingDir: "/w" })
    const patch = containers({ name: "a", args: ["3"], workingDir: null })
    expect(patched(live, patch)).toEqual(containers({ name: "a", args: ["3"] }))
  })

  test("patches the first of two items that share a key", () => {
    const ports = (...items: JsonObject[]): JsonObject => containers({ name: "a", ports: items })
    const live = ports(
      { containerPort: 53, protocol: "TCP" },
      { containerPort: 53, protocol: "UDP" },
    )
    expect(patched(live, ports({ containerPort: 53, name: "dns" }))).toEqual(
      ports(
        { containerPort: 53, protocol: "TCP", name: "dns" },
        { containerPort: 53, protocol: "UDP" },
      ),
    )
  })

  test("names an item without its key and an unknown directive", () => {
    const noKey = applyStrategicPatch(pod, {}, containers({ image: "x" }))
    expect(noKey).toMatchObject({
      issues: [{ message: "map: map[image:x] does not contain declared merge key: name" }],
    })
    const unknown = applyStrategicPatch(pod, {}, { spec: { $patch: "foo" } })
    expect(unknown).toMatchObject({ issues: [{ code: "PatchFailed" }] })
  })

  test("a key named __proto__ is data", () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}') as JsonObject
    expect(JSON.stringify(patched({}, patch))).toBe('{"metadata":{"labels":{"__proto__":"x"}}}')
  })
})
