import { expect, test } from "vitest"
import { canonicalQuantity, goPodTemplate, podTemplateHash, stepHash } from "./pod-hash.js"

const template = (cpuLimit: string | number, cpuRequest: string | number) => ({
  spec: {
    containers: [
      {
        resources: {
          requests: { memory: "8192M", cpu: cpuRequest },
          limits: { memory: "8192M", cpu: cpuLimit },
        },
        image: "foo/bar",
        name: "container-name",
      },
    ],
  },
  metadata: { labels: { foo: "bar" }, creationTimestamp: null },
})

test("equal templates written differently have upstream's hash", () => {
  expect(podTemplateHash(template("2000m", "150m"))).toBe("6f496f9f78")
  expect(podTemplateHash(template("2", 0.15))).toBe("6f496f9f78")
})

test("a collision changes the hash", () => {
  const hashes = [undefined, 0, 1].map((count) => podTemplateHash(template("2", "1"), count))
  expect(new Set(hashes).size).toBe(3)
})

test.each([
  [undefined, "5ffbfbbd64"],
  [[{ pause: {} }], "6b9b86fbd5"],
  [[{ pause: {} }, { pause: {} }], "79c9b9f6bf"],
])("steps %j hash to %s", (steps, expected) => {
  expect(stepHash(steps)).toBe(expected)
})

test("containers always have resources, and markup is escaped as Go does", () => {
  const containers = [{ name: "a", args: ["<&>"], stdin: false }]
  expect(goPodTemplate({ spec: { containers } })).toBe(
    '{"metadata":{},"spec":{"containers":[{"name":"a","args":["\\u003c\\u0026\\u003e"],"resources":{}}]}}',
  )
})

test.each([
  ["2000m", "2"],
  ["0.15", "150m"],
  ["1024Mi", "1Gi"],
  ["0.5Gi", "512Mi"],
  ["1000Mi", "1000Mi"],
  ["1500k", "1500k"],
  ["1e3", "1e3"],
  ["0", "0"],
  ["many", "many"],
])("quantity %s is written %s", (given, expected) => {
  expect(canonicalQuantity(given)).toBe(expected)
})
