import { epochMs, formatInstant, type JsonObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { tableOf } from "./table.js"

const now = epochMs(1_767_225_600_000)
const ago = (seconds: number): string => formatInstant(epochMs(now - seconds * 1000))

/** The row of an object as kubectl prints it with `-o wide`. */
function row(apiVersion: string, kind: string, object: JsonObject): readonly unknown[] {
  const slash = apiVersion.indexOf("/")
  const group = slash < 0 ? "" : apiVersion.slice(0, slash)
  const metadata = {
    name: "x",
    creationTimestamp: ago(3600),
    ...((object["metadata"] ?? {}) as JsonObject),
  }
  const of = { group, version: apiVersion.slice(slash + 1), kind }
  const options = { now, include: "None" } as const
  const { rows } = tableOf(of, [{ ...object, metadata }], {}, options) as unknown as {
    readonly rows: readonly { readonly cells: readonly unknown[] }[]
  }
  return rows[0]?.cells ?? []
}

describe("pods", () => {
  const containers = [{ name: "a" }, { name: "b" }]
  const running = { ready: true, restartCount: 0, state: { running: {} } }
  const pod = (status: JsonObject, more: JsonObject = {}): readonly unknown[] =>
    row("v1", "Pod", { spec: { containers, ...(more as object) }, status }).slice(1, 4)

  test.each<[string, JsonObject, readonly unknown[]]>([
    ["pending", { phase: "Pending" }, ["0/2", "Pending", "0"]],
    [
      "running",
      { phase: "Running", containerStatuses: [running, running] },
      ["2/2", "Running", "0"],
    ],
    [
      "restarted",
      {
        phase: "Running",
        containerStatuses: [
          { ...running, restartCount: 2, lastState: { terminated: { finishedAt: ago(120) } } },
          running,
        ],
      },
      ["2/2", "Running", "2 (2m ago)"],
    ],
    [
      "crashing",
      {
        phase: "Running",
        containerStatuses: [
          { ready: false, restartCount: 3, state: { waiting: { reason: "CrashLoopBackOff" } } },
          running,
        ],
      },
      ["1/2", "CrashLoopBackOff", "3"],
    ],
    [
      "ended by a signal",
      {
        phase: "Failed",
        containerStatuses: [{ restartCount: 0, state: { terminated: { signal: 9 } } }],
      },
      ["0/2", "Signal:9", "0"],
    ],
    [
      "partly completed, ready",
      {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [
          { restartCount: 0, state: { terminated: { reason: "Completed", exitCode: 0 } } },
          running,
        ],
      },
      ["1/2", "Running", "0"],
    ],
    ["evicted", { phase: "Failed", reason: "Evicted" }, ["0/2", "Evicted", "0"]],
    [
      "gated",
      {
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }],
      },
      ["0/2", "SchedulingGated", "0"],
    ],
  ])("%s", (_name, status, cells) => {
    expect(pod(status)).toEqual(cells)
  })

  test.each<[string, JsonObject, string]>([
    ["running", { state: { running: {} } }, "Init:0/2"],
    ["failed", { state: { terminated: { exitCode: 3 } } }, "Init:ExitCode:3"],
    [
      "failed with a reason",
      { state: { terminated: { exitCode: 1, reason: "Error" } } },
      "Init:Error",
    ],
    ["waiting", { state: { waiting: { reason: "ImagePullBackOff" } } }, "Init:ImagePullBackOff"],
    ["about to start", { state: { waiting: { reason: "PodInitializing" } } }, "Init:0/2"],
  ])("an init container that is %s", (_name, status, text) => {
    const initContainers = [{ name: "i" }, { name: "j" }]
    const initContainerStatuses = [
      { name: "i", restartCount: 0, ...status },
      { name: "j", restartCount: 0 },
    ]
    expect(pod({ phase: "Pending", initContainerStatuses }, { initContainers })[1]).toBe(text)
  })

  test("a sidecar counts", () => {
    const initContainers = [{ name: "s", restartPolicy: "Always" }]
    const initContainerStatuses = [{ name: "s", started: true, ready: true, restartCount: 1 }]
    const status = {
      phase: "Running",
      initContainerStatuses,
      containerStatuses: [running, running],
    }
    expect(pod(status, { initContainers })).toEqual(["3/3", "Running", "1"])
  })

  test("that go are Terminating, wide ones tell address, node and gates", () => {
    const cells = row("v1", "Pod", {
      metadata: { name: "x", deletionTimestamp: ago(-30), creationTimestamp: ago(60) },
      spec: {
        containers,
        nodeName: "n1",
        readinessGates: [{ conditionType: "a" }, { conditionType: "b" }],
      },
      status: {
        phase: "Running",
        podIP: "10.0.0.1",
        conditions: [{ type: "a", status: "True" }],
        containerStatuses: [running, running],
      },
    })
    expect(cells).toEqual([
      "x",
      "2/2",
      "Terminating",
      "0",
      "60s",
      "10.0.0.1",
      "n1",
      "<none>",
      "1/2",
    ])
  })
})

test.each<[string, string, JsonObject, readonly unknown[]]>([
  [
    "v1",
    "Endpoints",
    {
      subsets: [
        { addresses: [{ ip: "1.1.1.1" }, { ip: "1.1.1.2" }], ports: [{ port: 80 }, { port: 81 }] },
      ],
    },
    ["x", "1.1.1.1:80,1.1.1.2:80,1.1.1.1:81 + 1 more...", "60m"],
  ],
  ["v1", "Endpoints", {}, ["x", "<none>", "60m"]],
  // What is counted is a number, in columns of texts too.
  ["v1", "ConfigMap", { data: { a: "1" }, binaryData: { b: "Yg==" } }, ["x", 2, "60m"]],
  ["v1", "Secret", { type: "Opaque", data: { a: "MQ==" } }, ["x", "Opaque", 1, "60m"]],
  ["v1", "ServiceAccount", { secrets: [{ name: "s" }] }, ["x", 1, "60m"]],
  [
    "v1",
    "ResourceQuota",
    {
      status: {
        hard: { pods: "10", "limits.cpu": "2", cpu: "4" },
        used: { pods: "3", "limits.cpu": "1" },
      },
    },
    ["x", "60m", "cpu: 0/4, pods: 3/10", "limits.cpu: 1/2"],
  ],
  [
    "v1",
    "ReplicationController",
    {
      spec: {
        replicas: 2,
        selector: { a: "b" },
        template: { spec: { containers: [{ name: "c", image: "i" }] } },
      },
      status: { replicas: 2, readyReplicas: 1 },
    },
    ["x", 2, 2, 1, "60m", "c", "i", "a=b"],
  ],
  [
    "v1",
    "Service",
    {
      spec: {
        type: "LoadBalancer",
        clusterIP: "10.96.0.1",
        ports: [{ port: 80, nodePort: 30001, protocol: "TCP" }],
        selector: { a: "b" },
      },
    },
    ["x", "LoadBalancer", "10.96.0.1", "<pending>", "80:30001/TCP", "60m", "a=b"],
  ],
  [
    "v1",
    "Service",
    { spec: { type: "ExternalName", externalName: "a.example.com" } },
    ["x", "ExternalName", "<none>", "a.example.com", "<none>", "60m", "<none>"],
  ],
  [
    "v1",
    "PersistentVolumeClaim",
    {
      spec: { volumeName: "v", storageClassName: "s" },
      status: {
        phase: "Bound",
        accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
        capacity: { storage: "1Gi" },
      },
    },
    ["x", "Bound", "v", "1Gi", "RWO,ROX", "s", "<unset>", "60m", "<unset>"],
  ],
  [
    "v1",
    "Node",
    {
      metadata: {
        name: "n",
        creationTimestamp: ago(60),
        labels: { "node-role.kubernetes.io/worker": "" },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        nodeInfo: { kubeletVersion: "v1.32.0" },
        addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      },
    },
    [
      "n",
      "Ready,SchedulingDisabled",
      "worker",
      "60s",
      "v1.32.0",
      "10.0.0.1",
      "<none>",
      "<unknown>",
      "<unknown>",
      "<unknown>",
    ],
  ],
  [
    "batch/v1",
    "Job",
    { spec: { completions: 3 }, status: { succeeded: 1, startTime: ago(600) } },
    ["x", "Running", "1/3", "10m", "60m", "", "", "<none>"],
  ],
  [
    "batch/v1",
    "Job",
    {
      spec: { parallelism: 2 },
      status: {
        conditions: [{ type: "Complete", status: "True" }],
        succeeded: 2,
        startTime: ago(600),
        completionTime: ago(555),
      },
    },
    ["x", "Complete", "2/1 of 2", "45s", "60m", "", "", "<none>"],
  ],
  [
    "batch/v1",
    "CronJob",
    {
      spec: {
        schedule: "* * * * *",
        suspend: false,
        jobTemplate: { spec: { template: { spec: { containers: [{ name: "c", image: "i" }] } } } },
      },
      status: { active: [{}], lastScheduleTime: ago(30) },
    },
    ["x", "* * * * *", "<none>", "False", 1, "30s", "60m", "c", "i", "<none>"],
  ],
  [
    "apps/v1",
    "DaemonSet",
    {
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { spec: { containers: [{ name: "c", image: "i" }] } },
      },
      status: {
        desiredNumberScheduled: 3,
        currentNumberScheduled: 2,
        numberReady: 1,
        updatedNumberScheduled: 2,
        numberAvailable: 1,
      },
    },
    ["x", 3, 2, 1, 2, 1, "<none>", "60m", "c", "i", "a=b"],
  ],
  [
    "apps/v1",
    "ControllerRevision",
    {
      revision: 2,
      metadata: {
        name: "x",
        creationTimestamp: ago(60),
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "StatefulSet", name: "s", controller: true },
        ],
      },
    },
    ["x", "statefulset.apps/s", 2, "60s"],
  ],
  [
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    {
      spec: {
        scaleTargetRef: { kind: "Deployment", name: "d" },
        maxReplicas: 5,
        minReplicas: 2,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
          },
          {
            type: "Pods",
            pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } },
          },
          {
            type: "External",
            external: { metric: { name: "q" }, target: { type: "Value", value: "3" } },
          },
        ],
      },
      status: {
        currentReplicas: 2,
        currentMetrics: [
          { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40 } } },
        ],
      },
    },
    ["x", "Deployment/d", "cpu: 40%/80%, <unknown>/10 (avg) + 1 more...", "2", "5", "2", "60m"],
  ],
  [
    "policy/v1",
    "PodDisruptionBudget",
    { spec: { minAvailable: "50%" }, status: { disruptionsAllowed: 1 } },
    ["x", "50%", "N/A", 1, "60m"],
  ],
  [
    "networking.k8s.io/v1",
    "Ingress",
    { spec: { tls: [{}], rules: [{ host: "a" }, { host: "b" }, { host: "c" }, { host: "d" }] } },
    ["x", "<none>", "a,b,c + 1 more...", "", "80, 443", "60m"],
  ],
  [
    "discovery.k8s.io/v1",
    "EndpointSlice",
    { addressType: "IPv4", ports: [{ port: 80 }], endpoints: [{ addresses: ["1.1.1.1"] }] },
    ["x", "IPv4", "80", "1.1.1.1", "60m"],
  ],
  [
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    {
      roleRef: { kind: "Role", name: "r" },
      subjects: [
        { kind: "User", name: "u" },
        { kind: "ServiceAccount", namespace: "n", name: "s" },
      ],
    },
    ["x", "Role/r", "60m", "u", "", "n/s"],
  ],
  ["rbac.authorization.k8s.io/v1", "Role", {}, ["x", ago(3600)]],
  [
    "storage.k8s.io/v1",
    "StorageClass",
    {
      metadata: {
        name: "s",
        creationTimestamp: ago(60),
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "p",
    },
    ["s (default)", "p", "Delete", "Immediate", false, "60s"],
  ],
  ["coordination.k8s.io/v1", "Lease", { spec: { holderIdentity: "me" } }, ["x", "me", "60m"]],
])("%s %s %#", (apiVersion, kind, object, cells) => {
  expect(row(apiVersion, kind, object)).toEqual(cells)
})
