import { expect, test } from "vitest"
import { mergeOver } from "./merge.js"

test("objects merge deeply, what is above wins, plain lists are replaced", () => {
  const below = {
    podGC: { strategy: "OnPodSuccess", deleteDelayDuration: "1s" },
    templates: [{ name: "a" }],
    suspend: true,
  }
  const above = { podGC: { strategy: "OnPodCompletion" }, templates: [{ name: "b" }] }
  expect(mergeOver(below, above)).toEqual({
    podGC: { strategy: "OnPodCompletion", deleteDelayDuration: "1s" },
    templates: [{ name: "b" }],
    suspend: true,
  })
})

test("elements of keyed lists merge by their key, those below first", () => {
  const below = {
    arguments: { parameters: [{ name: "a", value: "1", description: "first" }, { name: "b" }] },
    volumes: [{ name: "v", emptyDir: {} }],
    tolerations: [{ key: "k", operator: "Exists" }],
  }
  const above = {
    arguments: { parameters: [{ name: "c" }, { name: "a", value: "2" }] },
    volumes: [{ name: "w" }],
    tolerations: [{ operator: "Exists" }],
  }
  expect(mergeOver(below, above)).toEqual({
    arguments: {
      parameters: [{ name: "a", value: "2", description: "first" }, { name: "b" }, { name: "c" }],
    },
    volumes: [{ name: "v", emptyDir: {} }, { name: "w" }],
    tolerations: [{ operator: "Exists" }],
  })
})

test("of alternatives the one above takes the place of the one below", () => {
  const ref = (name: string) => ({ configMapKeyRef: { name, key: "k" } })
  const below = {
    parameters: [
      { name: "a", value: "1", description: "first" },
      { name: "b", valueFrom: { ...ref("m"), default: "d" } },
      { name: "c", valueFrom: { supplied: {}, default: "d" } },
      { name: "d", value: "1" },
    ],
    artifacts: [
      { name: "a", path: "/a", http: { url: "u" } },
      { name: "b", s3: { bucket: "b" } },
    ],
  }
  const above = {
    parameters: [
      { name: "a", valueFrom: ref("m") },
      { name: "b", value: "2" },
      { name: "c", valueFrom: ref("n") },
      { name: "d", description: "last" },
    ],
    artifacts: [
      { name: "a", s3: { key: "k" } },
      { name: "b", s3: { key: "k" } },
    ],
  }
  expect(mergeOver(below, above)).toEqual({
    parameters: [
      { name: "a", valueFrom: ref("m"), description: "first" },
      { name: "b", value: "2" },
      { name: "c", valueFrom: { ...ref("n"), default: "d" } },
      { name: "d", value: "1", description: "last" },
    ],
    artifacts: [
      { name: "a", path: "/a", s3: { key: "k" } },
      { name: "b", s3: { bucket: "b", key: "k" } },
    ],
  })
})

test("hooks and labelsFrom are taken whole; __proto__ is a name like any other", () => {
  const below = {
    hooks: { exit: { template: "a", expression: "true" }, other: { template: "b" } },
    workflowMetadata: { labelsFrom: { l: { expression: "1" } } },
  }
  const above = { hooks: { exit: { template: "c" } }, workflowMetadata: { labels: { x: "y" } } }
  expect(mergeOver(below, above)).toEqual({
    hooks: { exit: { template: "c" }, other: { template: "b" } },
    workflowMetadata: { labelsFrom: { l: { expression: "1" } }, labels: { x: "y" } },
  })
  const odd = JSON.parse('{"__proto__":{"polluted":true}}')
  mergeOver({ a: 1 }, odd)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})
