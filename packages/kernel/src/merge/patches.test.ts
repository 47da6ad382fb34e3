import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { JsonObject, JsonValue } from "../json.js"
import { mergeSchemaOf } from "../schemas/index.js"
import { applyJsonPatch, type JsonPatchOperation } from "./json-patch.js"
import { applyMergePatch, createMergePatch } from "./merge-patch.js"
import { formatPointer, parsePointer } from "./pointer.js"
import { mergeThreeWay } from "./three-way.js"

const document: JsonValue = { a: { b: [1, 2, 3] }, "x/y": "slash" }

describe("applyJsonPatch", () => {
  test.each<[string, JsonPatchOperation[], JsonValue]>([
    [
      "adds to a list",
      [{ op: "add", path: "/a/b/1", value: 9 }],
      { a: { b: [1, 9, 2, 3] }, "x/y": "slash" },
    ],
    [
      "appends",
      [{ op: "add", path: "/a/b/-", value: 4 }],
      { a: { b: [1, 2, 3, 4] }, "x/y": "slash" },
    ],
    ["removes", [{ op: "remove", path: "/x~1y" }], { a: { b: [1, 2, 3] } }],
    [
      "moves",
      [{ op: "move", from: "/a/b/0", path: "/c" }],
      { a: { b: [2, 3] }, "x/y": "slash", c: 1 },
    ],
    [
      "copies",
      [{ op: "copy", from: "/x~1y", path: "/a/b/0" }],
      { a: { b: ["slash", 1, 2, 3] }, "x/y": "slash" },
    ],
    [
      "tests and replaces the root",
      [
        { op: "test", path: "/a/b/0", value: 1 },
        { op: "replace", path: "", value: 7 },
      ],
      7,
    ],
  ])("%s", (_name, operations, expected) => {
    expect(applyJsonPatch(document, operations)).toEqual({ ok: true, value: expected })
  })

  test.each<[string, JsonPatchOperation]>([
    ["a missing parent", { op: "add", path: "/m/n", value: 1 }],
    ["a missing path", { op: "remove", path: "/m" }],
    ["a failed test", { op: "test", path: "/a", value: 1 }],
    ["a missing replace", { op: "replace", path: "/m", value: 1 }],
    ["an index past the end", { op: "add", path: "/a/b/5", value: 1 }],
    ["a move into itself", { op: "move", from: "/a", path: "/a/b" }],
    ["an inherited field", { op: "remove", path: "/constructor" }],
  ])("refuses %s", (_name, operation) => {
    expect(applyJsonPatch(document, [operation])).toMatchObject({
      ok: false,
      issues: [{ code: "PatchFailed", path: [0] }],
    })
  })

  test("adds by replace where the server is lenient", () => {
    const result = applyJsonPatch({ a: 1 }, [{ op: "replace", path: "/b", value: 2 }], {
      replaceMayAdd: true,
    })
    expect(result).toEqual({ ok: true, value: { a: 1, b: 2 } })
  })
})

const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4 }),
  ),
})).value
const jsonObject = fc.dictionary(fc.string(), json, { maxKeys: 5 })

describe("laws", () => {
  property.prop([fc.array(fc.string())])("a pointer reads back as it was written", (tokens) => {
    expect(parsePointer(formatPointer(tokens))).toEqual({ ok: true, value: tokens })
  })

  property.prop([jsonObject, jsonObject])(
    "a merge patch leads from one object to another",
    (from, to) => {
      expect(applyMergePatch(from, createMergePatch(from, to))).toEqual(to)
    },
  )

  property.prop([jsonObject, jsonObject, jsonObject])(
    "a three-way merge contains all that is applied",
    (original, modified, live) => {
      const merged = mergeThreeWay({}, { original, modified, live })
      expect(mergeThreeWay({}, { original: modified, modified, live: merged })).toEqual(merged)
    },
  )
})

describe("mergeThreeWay", () => {
  const deployment = mergeSchemaOf("apps/v1", "Deployment")
  const withContainers = (...containers: JsonObject[]): JsonObject => ({
    spec: { template: { spec: { containers } } },
  })

  test("drops what was ours, keeps what others set, merges containers by name", () => {
    const original = withContainers(
      { name: "a", image: "1", tty: true },
      { name: "old", image: "1" },
    )
    const modified = withContainers({ name: "a", image: "2" })
    const live = withContainers(
      { name: "sidecar", image: "s" },
      { name: "a", image: "1", tty: true, imagePullPolicy: "Always" },
      { name: "old", image: "1" },
    )
    expect(mergeThreeWay(deployment, { original, modified, live })).toEqual(
      withContainers(
        { name: "sidecar", image: "s" },
        { name: "a", image: "2", imagePullPolicy: "Always" },
      ),
    )
  })
})
