import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { Container, Pod } from "../../workloads.js"
import { type EnvironmentSources, environmentOf, expand } from "./environment.js"

const pod = {
  metadata: { name: "p", namespace: "n", uid: "u", labels: { "a/b": "c" } },
  spec: { nodeName: "node-0", containers: [] },
} as unknown as Pod
const sources: EnvironmentSources = {
  pod,
  hostIP: "10.0.0.1",
  podIP: "127.0.0.1",
  data: (kind, name) =>
    kind === "secret" && name === "s" ? new Map([["key", Buffer.from("hidden")]]) : undefined,
}
const of = (container: object) => environmentOf(container as Container, sources)

describe("expansion", () => {
  const env = new Map([["A", "1"]])
  test.each([
    ["$(A)", "1"],
    ["$(B)", "$(B)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$A $", "$A $"],
    ["$(A", "$(A"],
  ])("%s is %s", (text, expanded) => {
    expect(expand(text, env)).toBe(expanded)
  })
  property.prop([fc.string().filter((text) => !text.includes("$"))])(
    "what has no dollar sign is left alone",
    (text) => {
      expect(expand(text, env)).toBe(text)
    },
  )
})

test("later variables win and see earlier ones", () => {
  const envFrom = [{ secretRef: { name: "s" }, prefix: "P_" }]
  const env = [
    { name: "A", value: "$(P_key)" },
    { name: "P_key", value: "mine" },
    { name: "B", value: "$(P_key)" },
    { name: "__proto__", value: "x" },
  ]
  const made = of({ envFrom, env })
  expect(Object.entries("env" in made ? made.env : {})).toEqual([
    ["P_key", "mine"],
    ["A", "hidden"],
    ["B", "mine"],
    ["__proto__", "x"],
  ])
})

test.each([
  [{ configMapKeyRef: { name: "c", key: "k" } }, 'configmap "c" not found'],
  [{ secretKeyRef: { name: "s", key: "k" } }, "couldn't find key k in Secret n/s"],
  [{ resourceFieldRef: { resource: "limits.cpu" } }, "valueFrom.resourceFieldRef is not supported"],
  [{ fieldRef: { fieldPath: "status.phase" } }, "fieldRef status.phase is not supported"],
])("%j leads nowhere", (valueFrom, fault) => {
  const made = of({ env: [{ name: "A", valueFrom }] })
  expect("fault" in made ? made.fault : "").toContain(fault)
})
