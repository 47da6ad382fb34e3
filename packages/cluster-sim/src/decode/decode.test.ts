import type { JsonObject } from "@argo-ts/kernel"
import { builtInKinds } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { decode, formatField } from "./decode.js"
import { type Message, messageOf } from "./message.js"

const deployment = messageOf("apps/v1", "Deployment") as Message
const pod = messageOf("v1", "Pod") as Message

function podWith(container: JsonObject): JsonObject {
  return { spec: { containers: [{ name: "a", ...container }] } }
}

describe("decode", () => {
  test("knows the fields of every built-in kind but CustomResourceDefinition", () => {
    const open = builtInKinds
      .filter(({ group, version, kind }) => {
        return messageOf(group === "" ? version : `${group}/${version}`, kind) === undefined
      })
      .map(({ kind }) => kind)
    expect(open).toEqual(["CustomResourceDefinition"])
  })

  test("prunes unknown fields and says where they were, at any depth and by exact case", () => {
    const document = { Spec: {}, ...podWith({ ports: [{ containerPrt: 1 }], imag: "x" }) }
    const { object, unknown } = decode(pod, document)
    expect(object).toEqual({ spec: { containers: [{ name: "a", ports: [{}] }] } })
    expect(unknown.map(formatField)).toEqual([
      "Spec",
      "spec.containers[0].ports[0].containerPrt",
      "spec.containers[0].imag",
    ])
  })

  test("drops empty values where a field may be absent, and keeps zeros that mean something", () => {
    const document = {
      spec: { replicas: 0, minReadySeconds: 0, paused: false, revisionHistoryLimit: null },
      metadata: { name: "a", labels: {}, annotations: { a: "" } },
    }
    expect(decode(deployment, document).object).toEqual({
      spec: { replicas: 0 },
      metadata: { name: "a", annotations: { a: "" } },
    })
  })

  test("writes quantities and times as the server does", () => {
    const resources = { requests: { cpu: 0.5, memory: "1024Mi" } }
    expect(decode(pod, podWith({ resources })).object).toEqual(
      podWith({ resources: { requests: { cpu: "500m", memory: "1Gi" } } }),
    )
    const metadata = { deletionTimestamp: "2026-01-01T01:00:00.5+01:00" }
    expect(decode(pod, { metadata }).object).toEqual({
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
    })
  })

  test("leaves a document that needs no change as it is, and stored parts unread", () => {
    const document = podWith({ image: "x" })
    expect(decode(pod, document).object).toBe(document)
    const stored = podWith({ strange: 1 })
    expect(decode(pod, { ...stored }, stored).unknown).toEqual([])
  })

  test.each([
    [
      { spec: { replicas: "x" } },
      "string into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      { spec: { replicas: 1.5 } },
      "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [{ spec: [] }, "array into Go struct field Deployment.spec of type v1.DeploymentSpec"],
    [
      { metadata: { labels: { a: 1 } } },
      "number into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    [
      { spec: { template: { spec: { containers: {} } } } },
      "object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
    ],
  ] as [JsonObject, string][])("refuses %j", (document, why) => {
    expect(() => decode(deployment, document)).toThrow(`json: cannot unmarshal ${why}`)
  })

  test("refuses quantities and base64 that are none", () => {
    const cpu = (value: string) => podWith({ resources: { limits: { cpu: value } } })
    expect(() => decode(pod, cpu("1x"))).toThrow("quantities must match the regular expression")
    expect(() => decode(pod, cpu("1KM"))).toThrow("unable to parse quantity's suffix")
    const secret = messageOf("v1", "Secret") as Message
    expect(() => decode(secret, { data: { a: "no!" } })).toThrow(
      "illegal base64 data at input byte 2",
    )
  })

  test("takes attacker-named keys as the keys they are", () => {
    const labels = JSON.parse('{"__proto__": "x"}') as JsonObject
    const limits = JSON.parse('{"__proto__": "0.5"}') as JsonObject
    const { object } = decode(pod, { metadata: { labels }, ...podWith({ resources: { limits } }) })
    expect(JSON.stringify(object)).toContain('{"__proto__":"500m"}')
    expect(JSON.stringify(object)).toContain('{"__proto__":"x"}')
  })
})
