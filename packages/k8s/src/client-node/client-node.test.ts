import { defineKind } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { WatchEvent } from "../ports.js"
import { kindsOfList } from "./discovery.js"
import { collectionPath, formatLabelSelector, objectPath, withQuery } from "./paths.js"
import { errorOfAnswer, isAbsent } from "./status.js"
import { createLineDecoder, deliverLine } from "./watch.js"

const rollouts = defineKind({
  group: "argoproj.io",
  version: "v1alpha1",
  kind: "Rollout",
  plural: "rollouts",
  scope: "Namespaced",
  hasStatus: true,
})

describe("paths", () => {
  test("name collections, objects and subresources", () => {
    const root = "/apis/argoproj.io/v1alpha1"
    expect(collectionPath(rollouts, undefined)).toBe(`${root}/rollouts`)
    const key = { namespace: "a b", name: "x/y" }
    expect(objectPath(rollouts, key, "status")).toBe(
      `${root}/namespaces/a%20b/rollouts/x%2Fy/status`,
    )
    const core = { ...rollouts, group: "", version: "v1" }
    expect(collectionPath(core, "n")).toBe("/api/v1/namespaces/n/rollouts")
    expect(withQuery("/p", { a: undefined, b: true, c: "1 2" })).toBe("/p?b=true&c=1%202")
  })

  test("carry selectors", () => {
    const selector = {
      matchLabels: { a: "1" },
      matchExpressions: [
        { key: "b", operator: "In" as const, values: ["x", "y"] },
        { key: "c", operator: "NotIn" as const, values: ["z"] },
        { key: "d", operator: "Exists" as const },
        { key: "e", operator: "DoesNotExist" as const },
      ],
    }
    expect(formatLabelSelector(selector)).toBe("a=1,b in (x,y),c notin (z),d,!e")
    expect(formatLabelSelector({})).toBeUndefined()
  })
})

describe("answers", () => {
  test("are errors by the server's Status, or by their code", () => {
    const details = { name: "x", kind: "pods" }
    const status = { kind: "Status", reason: "NotFound", message: 'pods "x" not found', details }
    const error = errorOfAnswer(404, JSON.stringify(status))
    expect([error.code, error.message, isAbsent(error)]).toEqual([
      "NotFound",
      'pods "x" not found',
      true,
    ])
    const path = errorOfAnswer(404, "404 page not found\n")
    expect([path.code, path.message, isAbsent(path)]).toEqual([
      "NotFound",
      "404 page not found",
      false,
    ])
    expect(errorOfAnswer(500, JSON.stringify({ kind: "Status", message: "m" })).code).toBe(
      "InternalError",
    )
    expect(errorOfAnswer(429, "").retryable).toBe(true)
    const unknown = JSON.stringify({ kind: "Status", reason: "constructor", code: 409 })
    expect(errorOfAnswer(409, unknown).code).toBe("Conflict")
  })
})

test("a refusal without a Status says when to come back by its header", () => {
  expect(errorOfAnswer(429, "slow down", "7").details).toEqual({ retryAfterSeconds: 7 })
  expect(errorOfAnswer(503, "", "Wed, 21 Oct 2026 07:28:00 GMT").details).toEqual({})
})

describe("watches", () => {
  test("cut lines wherever the chunks end, inside a character too", () => {
    const lines: string[] = []
    const decode = createLineDecoder((line) => lines.push(line))
    for (const byte of Buffer.from('{"a":"ü"}\n\n{"b":1}\n{"half')) decode(Buffer.from([byte]))
    expect(lines).toEqual(['{"a":"ü"}', '{"b":1}'])
  })

  test("deliver changes and bookmarks, and end with the server's reason", () => {
    const events: WatchEvent<never>[] = []
    const ends: unknown[] = []
    const observer = {
      event: (event: unknown) => events.push(event as never),
      end: (e: unknown) => ends.push(e),
    }
    const metadata = { name: "x", resourceVersion: "7" }
    expect(deliverLine(JSON.stringify({ type: "ADDED", object: { metadata } }), observer)).toBe(
      true,
    )
    expect(deliverLine(JSON.stringify({ type: "BOOKMARK", object: { metadata } }), observer)).toBe(
      true,
    )
    expect(events).toMatchObject([{ type: "ADDED" }, { type: "BOOKMARK", resourceVersion: "7" }])
    const status = { kind: "Status", reason: "Expired", code: 410, message: "too old" }
    expect(deliverLine(JSON.stringify({ type: "ERROR", object: status }), observer)).toBe(false)
    expect(deliverLine("{", observer)).toBe(false)
    expect(ends).toMatchObject([{ code: "Expired" }, { code: "InternalError" }])
  })
})

test("discovery reads kinds with their scope and status", () => {
  const resources = [
    {
      name: "rollouts",
      kind: "Rollout",
      namespaced: true,
      verbs: ["list", "watch"],
      shortNames: ["ro"],
    },
    { name: "rollouts/status", kind: "Rollout", namespaced: true, verbs: ["get"] },
    { name: "reviews", kind: "Review", namespaced: false, verbs: ["create"] },
    { name: "usages", kind: "Usage", namespaced: true, verbs: ["get", "list"] },
  ]
  expect(kindsOfList({ groupVersion: "argoproj.io/v1alpha1", resources })).toEqual([
    { ...rollouts, shortNames: ["ro"] },
  ])
  const all = kindsOfList({ groupVersion: "argoproj.io/v1alpha1", resources }, { readOnly: true })
  expect(all.map(({ kind }) => kind)).toEqual(["Rollout", "Usage"])
})
