import type { JsonObject, UntypedObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { healthOf } from "./assess.js"
import { isWorse } from "./health.js"

type Row = readonly [string, JsonObject, string | undefined, string?]

function object(apiVersion: string, kind: string, fields: JsonObject): UntypedObject {
  const { metadata, ...rest } = fields
  return { apiVersion, kind, metadata: { name: "x", ...(metadata as object) }, ...rest }
}

function judge(rows: readonly Row[], apiVersion: string, kind: string): void {
  test.each(rows)("%s", (_what, fields, status, message) => {
    const found = healthOf(object(apiVersion, kind, fields as JsonObject))
    expect([found?.status, found?.message]).toEqual([status, message])
  })
}

const ready = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }
const waiting = "Waiting for rollout to finish:"

describe("Deployment", () => {
  const spec = { replicas: 2 }
  const metadata = { generation: 1 }
  judge(
    [
      ["is paused", { spec: { paused: true } }, "Suspended", "Deployment is paused"],
      [
        "is not observed yet",
        { metadata: { generation: 2 }, spec, status: ready },
        "Progressing",
        `${waiting} observed deployment generation less than desired generation`,
      ],
      [
        "missed its deadline",
        {
          metadata,
          spec,
          status: {
            ...ready,
            conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded" }],
          },
        },
        "Degraded",
        'Deployment "x" exceeded its progress deadline',
      ],
      [
        "updates",
        { metadata, spec, status: { ...ready, updatedReplicas: 1 } },
        "Progressing",
        `${waiting} 1 out of 2 new replicas have been updated...`,
      ],
      [
        "ends old replicas",
        { metadata, spec, status: { ...ready, replicas: 3 } },
        "Progressing",
        `${waiting} 1 old replicas are pending termination...`,
      ],
      [
        "waits for available ones",
        { metadata, spec, status: { ...ready, availableReplicas: 1 } },
        "Progressing",
        `${waiting} 1 of 2 updated replicas are available...`,
      ],
      ["is done", { metadata, spec, status: ready }, "Healthy"],
      [
        "is being deleted",
        {
          metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
          spec,
          status: ready,
        },
        "Progressing",
        "Pending deletion",
      ],
    ],
    "apps/v1",
    "Deployment",
  )
  test("of an old version is Unknown", () => {
    expect(healthOf(object("apps/v1beta1", "Deployment", {}))?.status).toBe("Unknown")
  })
})

describe("StatefulSet", () => {
  const status = { observedGeneration: 1, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 1 }
  const rolling = { type: "RollingUpdate", rollingUpdate: { partition: 0 } }
  judge(
    [
      [
        "unobserved",
        { status: {} },
        "Progressing",
        "Waiting for statefulset spec update to be observed...",
      ],
      [
        "not ready",
        { spec: { replicas: 3 }, status },
        "Progressing",
        "Waiting for 1 pods to be ready...",
      ],
      [
        "partitioned",
        { spec: { replicas: 2, updateStrategy: rolling }, status },
        "Progressing",
        "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...",
      ],
      [
        "on delete",
        { spec: { replicas: 2, updateStrategy: { type: "OnDelete" } }, status },
        "Healthy",
        "statefulset has 2 ready pods",
      ],
      [
        "between revisions",
        { spec: { replicas: 2 }, status: { ...status, updateRevision: "b", currentRevision: "a" } },
        "Progressing",
        "waiting for statefulset rolling update to complete 1 pods at revision b...",
      ],
      [
        "done",
        { spec: { replicas: 2 }, status: { ...status, updateRevision: "a", currentRevision: "a" } },
        "Healthy",
        "statefulset rolling update complete 2 pods at revision a...",
      ],
    ],
    "apps/v1",
    "StatefulSet",
  )
})

describe("Pod", () => {
  const stuck = { state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } } }
  const restarted = { lastState: { terminated: { exitCode: 1 } } }
  const isReady = [{ type: "Ready", status: "True" }]
  judge(
    [
      ["is pending", { status: { phase: "Pending" } }, "Progressing"],
      [
        "is stuck",
        { status: { phase: "Running", containerStatuses: [stuck] } },
        "Degraded",
        "back-off",
      ],
      [
        "is stuck but ends by itself",
        {
          spec: { restartPolicy: "Never" },
          status: { phase: "Running", containerStatuses: [stuck] },
        },
        "Progressing",
      ],
      ["is ready", { status: { phase: "Running", conditions: isReady } }, "Healthy"],
      [
        "has restarted",
        { status: { phase: "Running", containerStatuses: [restarted] } },
        "Degraded",
      ],
      [
        "has failed",
        {
          status: {
            phase: "Failed",
            containerStatuses: [{ name: "main", state: { terminated: { exitCode: 3 } } }],
          },
        },
        "Degraded",
        'container "main" failed with exit code 3',
      ],
      ["has succeeded", { status: { phase: "Succeeded" } }, "Healthy"],
      ["is nowhere", { status: {} }, "Unknown"],
    ],
    "v1",
    "Pod",
  )
})

describe("Job", () => {
  const condition = (type: string, status = "True"): JsonObject => ({
    status: { conditions: [{ type, status, message: `is ${type}` }] },
  })
  judge(
    [
      ["runs", { status: {} }, "Progressing"],
      ["has failed", condition("Failed"), "Degraded", "is Failed"],
      ["is complete", condition("Complete"), "Healthy", "is Complete"],
      ["is suspended", condition("Suspended"), "Suspended", "is Suspended"],
      ["is resumed", condition("Suspended", "False"), "Healthy", "is Suspended"],
    ],
    "batch/v1",
    "Job",
  )
})

describe("other kinds", () => {
  const lb = { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } }
  const rows: readonly (readonly [string, string, JsonObject, string | undefined])[] = [
    ["v1", "Service", { spec: { type: "ClusterIP" } }, "Healthy"],
    ["v1", "Service", { spec: { type: "LoadBalancer" } }, "Progressing"],
    ["v1", "Service", { spec: { type: "LoadBalancer" }, status: lb }, "Healthy"],
    ["networking.k8s.io/v1", "Ingress", {}, "Progressing"],
    ["networking.k8s.io/v1", "Ingress", { status: lb }, "Healthy"],
    ["v1", "PersistentVolumeClaim", { status: { phase: "Lost" } }, "Degraded"],
    ["v1", "PersistentVolumeClaim", { status: { phase: "Bound" } }, "Healthy"],
    ["argoproj.io/v1alpha1", "Workflow", {}, "Progressing"],
    ["argoproj.io/v1alpha1", "Workflow", { status: { phase: "Error" } }, "Degraded"],
    ["argoproj.io/v1alpha1", "Workflow", { status: { phase: "Nonsense" } }, "Unknown"],
    [
      "argoproj.io/v1alpha1",
      "Application",
      { status: { health: { status: "Degraded" } } },
      undefined,
    ],
    ["autoscaling/v2", "HorizontalPodAutoscaler", {}, "Progressing"],
    ["autoscaling/v2beta1", "HorizontalPodAutoscaler", {}, "Unknown"],
    ["apiregistration.k8s.io/v1", "APIService", {}, "Progressing"],
    ["v1", "ConfigMap", {}, undefined],
  ]
  test.each(rows)("%s %s %j is %s", (apiVersion, kind, fields, status) => {
    expect(healthOf(object(apiVersion, kind, fields))?.status).toBe(status)
  })
  test("an autoscaler names its first complaint", () => {
    const conditions = [
      { type: "AbleToScale", status: "False", reason: "FailedGetScale", message: "no scale" },
    ]
    expect(
      healthOf(object("autoscaling/v2", "HorizontalPodAutoscaler", { status: { conditions } })),
    ).toEqual({
      status: "Degraded",
      message: "no scale",
    })
  })
  test("applications are judged where asked", () => {
    const child = object("argoproj.io/v1alpha1", "Application", {
      status: { health: { status: "Degraded" } },
    })
    expect(healthOf(child, { applicationHealth: true })?.status).toBe("Degraded")
  })
})

test("from best to worst", () => {
  const order = ["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown"] as const
  const worse = order.flatMap((left, at) => order.slice(0, at).map((right) => isWorse(left, right)))
  expect(new Set(worse)).toEqual(new Set([true]))
  expect(isWorse("Healthy", "Healthy")).toBe(false)
})
