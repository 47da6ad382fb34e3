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

describe("defaults of each kind", () => {
  const spec = (apiVersion: string, kind: string, given: JsonObject): JsonObject =>
    applyDefaults(apiVersion, kind, { spec: given })["spec"] as JsonObject

  test("probes, handlers and volumes get those of their kind", () => {
    const pod = spec("v1", "Pod", {
      containers: [
        {
          name: "a",
          image: "app:1",
          livenessProbe: { grpc: { port: 1 } },
          env: [{ name: "M", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }],
        },
      ],
      volumes: [
        { name: "none" },
        { name: "token", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } },
        { name: "down", downwardAPI: { items: [{ path: "l", fieldRef: { fieldPath: "x" } }] } },
        { name: "image", image: { reference: "model" } },
        { name: "claim", ephemeral: { volumeClaimTemplate: { spec: {} } } },
      ],
    })
    expect(pod["containers"]).toMatchObject([
      {
        livenessProbe: { grpc: { service: "" }, failureThreshold: 3 },
        env: [{ valueFrom: { resourceFieldRef: { divisor: "0" } } }],
      },
    ])
    expect(pod["volumes"]).toEqual([
      { name: "none", emptyDir: {} },
      {
        name: "token",
        projected: {
          defaultMode: 420,
          sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 3600 } }],
        },
      },
      {
        name: "down",
        downwardAPI: {
          defaultMode: 420,
          items: [{ path: "l", fieldRef: { fieldPath: "x", apiVersion: "v1" } }],
        },
      },
      { name: "image", image: { reference: "model", pullPolicy: "Always" } },
      { name: "claim", ephemeral: { volumeClaimTemplate: { spec: { volumeMode: "Filesystem" } } } },
    ])
  })

  test("pods request what they are limited to and open ports of the host; templates do not", () => {
    const ports = [{ containerPort: 80 }]
    const container = { name: "a", image: "a", ports, resources: { limits: { cpu: "1" } } }
    const given = { hostNetwork: true, containers: [container] }
    expect(spec("v1", "Pod", given)["containers"]).toMatchObject([
      { ports: [{ hostPort: 80 }], resources: { requests: { cpu: "1" } } },
    ])
    const template = spec("apps/v1", "ReplicaSet", { template: { spec: given } })["template"]
    const { containers } = (template as unknown as { spec: { containers: JsonObject[] } }).spec
    expect(containers[0]?.["ports"]).toEqual([{ containerPort: 80, protocol: "TCP" }])
    expect(containers[0]?.["resources"]).toEqual({ limits: { cpu: "1" } })
  })

  test("an account's old name follows the new one", () => {
    const both = { serviceAccountName: "bot", serviceAccount: "bot" }
    expect(spec("v1", "Pod", { serviceAccount: "bot" })).toMatchObject(both)
    expect(spec("v1", "Pod", { serviceAccountName: "bot" })).toMatchObject(both)
  })

  test("members of a rolling update only where there is one", () => {
    expect(spec("apps/v1", "StatefulSet", {})["updateStrategy"]).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { partition: 0 },
    })
    const onDelete = { updateStrategy: { type: "OnDelete" } }
    expect(spec("apps/v1", "StatefulSet", onDelete)["updateStrategy"]).toEqual({ type: "OnDelete" })
    expect(spec("apps/v1", "DaemonSet", {})["updateStrategy"]).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
    })
    const claims = spec("apps/v1", "StatefulSet", { volumeClaimTemplates: [{ spec: {} }] })
    expect(claims["volumeClaimTemplates"]).toEqual([
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        spec: { volumeMode: "Filesystem" },
        status: { phase: "Pending" },
      },
    ])
  })

  test("the Job inside a CronJob gets its pods' defaults, not its own", () => {
    const template = { spec: { template: { spec: {} } } }
    const inner = spec("batch/v1", "CronJob", { jobTemplate: template })["jobTemplate"]
    expect(inner).toMatchObject({ spec: { template: { spec: { dnsPolicy: "ClusterFirst" } } } })
    expect((inner as { spec: JsonObject }).spec["backoffLimit"]).toBeUndefined()
  })

  test("Services by type", () => {
    const service = (given: JsonObject): JsonObject => spec("v1", "Service", given)
    expect(service({ type: "LoadBalancer", ports: [{ port: 80 }] })).toEqual({
      type: "LoadBalancer",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      externalTrafficPolicy: "Cluster",
      allocateLoadBalancerNodePorts: true,
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    })
    expect(service({ sessionAffinity: "ClientIP" })).toMatchObject({
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
    })
  })

  test("autoscalers: metrics where there are none, behaviour only where some is given", () => {
    const kind = ["autoscaling/v2", "HorizontalPodAutoscaler"] as const
    const plain = spec(...kind, {})
    expect(plain).toEqual({
      minReplicas: 1,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
        },
      ],
    })
    const { behavior } = spec(...kind, { behavior: { scaleUp: { selectPolicy: "Min" } } })
    expect(behavior).toMatchObject({
      scaleUp: { selectPolicy: "Min", stabilizationWindowSeconds: 0 },
      scaleDown: { selectPolicy: "Max" },
    })
    expect(behavior).not.toHaveProperty("scaleDown.stabilizationWindowSeconds")
  })

  test("the rest", () => {
    expect(spec("networking.k8s.io/v1", "NetworkPolicy", { egress: [{ ports: [{}] }] })).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      egress: [{ ports: [{ protocol: "TCP" }] }],
    })
    const limits = [{ type: "Container", max: { cpu: "2" }, min: { cpu: "1", memory: "1Gi" } }]
    expect(spec("v1", "LimitRange", { limits })["limits"]).toMatchObject([
      { default: { cpu: "2" }, defaultRequest: { cpu: "2", memory: "1Gi" } },
    ])
    const roleRef = { kind: "Role", name: "r" }
    const subjects = [
      { kind: "User", name: "u" },
      { kind: "ServiceAccount", name: "s" },
    ]
    const rbac = "rbac.authorization.k8s.io"
    expect(applyDefaults(`${rbac}/v1`, "RoleBinding", { roleRef, subjects })).toEqual({
      roleRef: { ...roleRef, apiGroup: rbac },
      subjects: [{ kind: "User", name: "u", apiGroup: rbac }, subjects[1]],
    })
    expect(applyDefaults("storage.k8s.io/v1", "StorageClass", {})).toEqual({
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    })
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
