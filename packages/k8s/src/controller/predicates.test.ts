import type { KubernetesObject, ObjectMeta } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import {
  allOf,
  annotationsChanged,
  anyOf,
  deletionBegan,
  generationChanged,
  labelsChanged,
  versionChanged,
} from "./predicates.js"

const thing = (metadata: ObjectMeta): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata,
})
const before = thing({ generation: 1, resourceVersion: "1", labels: { a: "1" } })

test.for([
  ["a status write", thing({ ...before.metadata, resourceVersion: "2" }), ["version"]],
  ["a resync", before, []],
  ["a new spec", thing({ ...before.metadata, generation: 2 }), ["generation"]],
  ["a new label", thing({ ...before.metadata, labels: { a: "2" } }), ["labels"]],
  ["a first annotation", thing({ ...before.metadata, annotations: { x: "" } }), ["annotations"]],
  ["a deletion that waits", thing({ ...before.metadata, deletionTimestamp: "t" }), ["deletion"]],
] as const)("%s counts as %s", ([, after, expected]) => {
  const all = {
    generation: generationChanged,
    labels: labelsChanged,
    annotations: annotationsChanged,
    version: versionChanged,
    deletion: deletionBegan,
  }
  const counting = Object.entries(all).filter(([, holds]) => holds(after, before))
  expect(counting.map(([name]) => name)).toEqual(expected)
})

test("coming and going always count, and predicates compose", () => {
  for (const holds of [generationChanged, labelsChanged, annotationsChanged, versionChanged]) {
    expect([holds(before, undefined), holds(undefined, before)]).toEqual([true, true])
  }
  const relabelled = thing({ ...before.metadata, labels: {} })
  expect(anyOf(generationChanged, labelsChanged)(relabelled, before)).toBe(true)
  expect(allOf(generationChanged, labelsChanged)(relabelled, before)).toBe(false)
  expect([anyOf()(before, before), allOf()(before, before)]).toEqual([false, true])
})
