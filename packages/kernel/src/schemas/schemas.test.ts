import { describe, expect, test } from "vitest"
import type { JsonObject } from "../json.js"
import { applyDefaults, builtInKind, builtInKinds, mergeSchemaOf } from "./index.js"

describe("applyDefaults", () => {
  test("fills a Deployment as the server does", () => {
    const spec = { template: { spec: { containers: [{ name: "a", image: "app" }] } } }
    expect(applyDefaults("apps/v1", "Deployment", { spec })).toEqual({
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" },
        },
        template: {
          spec: {
            restartPolicy: "Always",
            dnsPolicy: "ClusterFirst",
            terminationGracePeriodSeconds: 30,
            schedulerName: "default-scheduler",
            securityContext: {},
            containers: [
              {
                name: "a",
                image: "app",
                imagePullPolicy: "Always",
                terminationMessagePath: "/dev/termination-log",
                terminationMessagePolicy: "File",
                resources: {},
              },
            ],
          },
        },
      },
    })
  })

  test("touches nothing that is given, and is its own fixed point", () => {
    const spec = { type: "ExternalName", externalName: "x.example.com" }
    const once = applyDefaults("v1", "Service", { spec })
    expect(once).toEqual({ spec: { ...spec, sessionAffinity: "None" } })
    expect(applyDefaults("v1", "Service", once)).toBe(once)
    const custom = { spec: { anything: 1 } }
    expect(applyDefaults("argoproj.io/v1alpha1", "Rollout", custom)).toBe(custom)
  })

  test.each([
    ["app", "Always"],
    ["app:latest", "Always"],
    ["app:1", "IfNotPresent"],
    ["host:5000/app", "Always"],
    ["host:5000/app:1", "IfNotPresent"],
    ["app@sha256:0", "IfNotPresent"],
  ])("pulls %s %s", (image, policy) => {
    const pod = applyDefaults("v1", "Pod", { spec: { containers: [{ name: "a", image }] } })
    const { containers } = pod["spec"] as unknown as { containers: JsonObject[] }
    expect(containers[0]?.["imagePullPolicy"]).toBe(policy)
  })

  test("a Job without counts runs once, one with parallelism alone until one succeeds", () => {
    const spec = (given: JsonObject): JsonObject =>
      applyDefaults("batch/v1", "Job", { spec: given })["spec"] as JsonObject
    expect(spec({})).toMatchObject({ completions: 1, parallelism: 1, backoffLimit: 6 })
    expect(spec({ parallelism: 2 })).not.toHaveProperty("completions")
  })
})

test("built-in kinds are told apart by group, version and kind", () => {
  const names = builtInKinds.map((kind) => `${kind.group}/${kind.plural}`)
  expect(new Set(names).size).toBe(names.length)
  expect(builtInKind("apps/v1", "Deployment")?.plural).toBe("deployments")
  expect(builtInKind("v1", "Deployment")).toBeUndefined()
})

test("every kind merges metadata, known or not", () => {
  expect(mergeSchemaOf("x/v1", "constructor").fields?.["metadata"]).toBe(
    mergeSchemaOf("v1", "Pod").fields?.["metadata"],
  )
})
