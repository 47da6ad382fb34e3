import type { Cluster } from "@argo-ts/k8s"
import { epochMs, type JsonObject, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKinds } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"

interface Loose extends KubernetesObject {
  readonly spec?: JsonObject
}

function kindOf(name: string): Kind<Loose> {
  const found = builtInKinds.find(({ kind }) => kind === name)
  if (found === undefined) throw new Error(`no kind ${name}`)
  return found as Kind<Loose>
}

function createWorld(): Cluster {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  return createClusterSim({ clock, controllers: false }).cluster
}

function make(cluster: Cluster, name: string, body: JsonObject): Promise<Loose> {
  const of = kindOf(name)
  const apiVersion = of.group === "" ? of.version : `${of.group}/${of.version}`
  const { metadata: given = {}, ...rest } = body
  const place = of.scope === "Cluster" ? {} : { namespace: "default" }
  const metadata = { name: "a", ...place, ...(given as object) }
  return cluster.create(of, { apiVersion, kind: name, metadata, ...rest } as Loose)
}

function change(cluster: Cluster, name: string, patch: JsonObject): Promise<Loose> {
  const of = kindOf(name)
  const key = of.scope === "Cluster" ? { name: "a" } : { namespace: "default", name: "a" }
  return cluster.patch(of, key, { type: "merge", patch })
}

async function complaint(request: Promise<unknown>): Promise<string> {
  try {
    await request
    return "granted"
  } catch (error) {
    return (error as Error).message
  }
}

const containers = [{ name: "a", image: "app:1" }]
const template = { metadata: { labels: { app: "a" } }, spec: { containers } }
const selector = { matchLabels: { app: "a" } }
const jobTemplate = { spec: { containers, restartPolicy: "Never" } }
const pod = (container: JsonObject, more: JsonObject = {}): JsonObject => ({
  spec: { containers: [{ name: "a", image: "app:1", ...container }], ...more },
})
const mortal = { ...template, spec: { ...template.spec, activeDeadlineSeconds: 5 } }
const deployment = (more: JsonObject = {}): JsonObject => ({
  spec: { selector, template, ...more },
})
const service = (more: JsonObject = {}): JsonObject => ({
  spec: { ports: [{ port: 80 }], ...more },
})
const claim = (more: JsonObject = {}): JsonObject => ({
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...more },
})
const rbac = "rbac.authorization.k8s.io"
const binding = { roleRef: { apiGroup: rbac, kind: "Role", name: "r" } }

const refusals: readonly (readonly [string, JsonObject, string])[] = [
  ["Pod", { spec: {} }, 'Pod "a" is invalid: spec.containers: Required value'],
  ["Pod", pod({ image: "" }), "spec.containers[0].image: Required value"],
  [
    "Pod",
    pod({ name: "A" }),
    `spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
  ],
  [
    "Pod",
    pod({ imagePullPolicy: "X" }),
    'spec.containers[0].imagePullPolicy: Unsupported value: "X": supported values: "Always", "IfNotPresent", "Never"',
  ],
  [
    "Pod",
    pod({ ports: [{ containerPort: 70_000 }] }),
    "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
  ],
  ["Pod", pod({ ports: [{}] }), "spec.containers[0].ports[0].containerPort: Required value"],
  [
    "Pod",
    pod({ volumeMounts: [{ name: "v", mountPath: "/v" }] }),
    'spec.containers[0].volumeMounts[0].name: Not found: "v"',
  ],
  ["Pod", pod({ env: [{ name: "" }] }), "spec.containers[0].env[0].name: Required value"],
  [
    "Pod",
    pod({ resources: { limits: { cpu: "1" }, requests: { cpu: "2" } } }),
    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ],
  [
    "Pod",
    pod({ livenessProbe: {} }),
    "spec.containers[0].livenessProbe: Required value: must specify a handler type",
  ],
  [
    "Pod",
    pod({}, { restartPolicy: "X" }),
    'spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"',
  ],
  [
    "Pod",
    pod({}, { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/" } }] }),
    "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
  ],
  [
    "Deployment",
    { spec: { template } },
    'Deployment.apps "a" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: map[string]string{"app":"a"}: `selector` does not match template `labels`]',
  ],
  [
    "Deployment",
    {},
    'Deployment.apps "a" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not match template `labels`, spec.template.spec.containers: Required value]',
  ],
  [
    "StatefulSet",
    {},
    'StatefulSet.apps "a" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not match template `labels`, spec.template.spec.containers: Required value]',
  ],
  [
    "DaemonSet",
    {},
    'DaemonSet.apps "a" is invalid: [spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not match template `labels`, spec.template.spec.containers: Required value]',
  ],
  [
    "ReplicaSet",
    { spec: { selector } },
    'ReplicaSet.apps "a" is invalid: [spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not match template `labels`, spec.template.spec.containers: Required value]',
  ],
  [
    "ReplicationController",
    {},
    'ReplicationController "a" is invalid: [spec.selector: Required value, spec.template: Required value]',
  ],
  ...(["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"] as const).map(
    (name): readonly [string, JsonObject, string] => [
      name,
      { spec: { selector, template: mortal } },
      `spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ${name === "Deployment" ? "ReplicaSet" : name} is not Supported`,
    ],
  ),
  [
    "Deployment",
    deployment({ replicas: -1 }),
    "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
  ],
  [
    "Deployment",
    deployment({ selector: { matchLabels: { app: "b" } } }),
    'spec.template.metadata.labels: Invalid value: map[string]string{"app":"a"}: `selector` does not match template `labels`',
  ],
  [
    "Deployment",
    deployment({ selector: {} }),
    "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment",
  ],
  [
    "Deployment",
    deployment({ strategy: { type: "Recreate", rollingUpdate: {} } }),
    "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
  ],
  [
    "Deployment",
    deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
  ],
  [
    "Deployment",
    deployment({ progressDeadlineSeconds: 5, minReadySeconds: 5 }),
    "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds",
  ],
  [
    "Deployment",
    deployment({ template: { ...template, spec: { ...jobTemplate.spec } } }),
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
  [
    "StatefulSet",
    deployment({ podManagementPolicy: "X" }),
    `spec.podManagementPolicy: Invalid value: "X": must be 'OrderedReady' or 'Parallel'`,
  ],
  [
    "DaemonSet",
    deployment({ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }),
    "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
  ],
  [
    "Job",
    { spec: { template } },
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ],
  [
    "Job",
    { spec: { template: jobTemplate, parallelism: 1, completionMode: "Indexed" } },
    "spec.completions: Required value: when completion mode is Indexed",
  ],
  [
    "CronJob",
    { spec: { schedule: "* *", jobTemplate: { spec: { template: jobTemplate } } } },
    'spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]',
  ],
  [
    "CronJob",
    { spec: { schedule: "", jobTemplate: { spec: { template: jobTemplate } } } },
    "spec.schedule: Required value",
  ],
  [
    "CronJob",
    {
      metadata: { name: "x".repeat(53) },
      spec: { schedule: "* * * * *", jobTemplate: { spec: { template: jobTemplate } } },
    },
    "must be no more than 52 characters",
  ],
  ["Service", { spec: {} }, 'Service "a" is invalid: spec.ports: Required value'],
  [
    "Service",
    service({ ports: [{ port: 0 }] }),
    "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
  ],
  [
    "Service",
    service({ ports: [{ port: 1 }, { name: "b", port: 2 }] }),
    "spec.ports[0].name: Required value",
  ],
  [
    "Service",
    service({ type: "X" }),
    'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  ],
  ["Service", service({ type: "ExternalName" }), "spec.externalName: Required value"],
  [
    "Service",
    service({ clusterIP: "10.1.2.3" }),
    'spec.clusterIPs: Invalid value: []string{"10.1.2.3"}: failed to allocate IP 10.1.2.3: the provided IP (10.1.2.3) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
  ],
  [
    "Service",
    service({ type: "NodePort", ports: [{ port: 80, nodePort: 99 }] }),
    "spec.ports[0].nodePort: Invalid value: 99: provided port is not in the valid range. The range of valid ports is 30000-32767",
  ],
  [
    "Service",
    service({ ports: [{ port: 80, nodePort: 30_000 }] }),
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ],
  [
    "Service",
    { metadata: { name: "1a" }, ...service() },
    'metadata.name: Invalid value: "1a": a DNS-1035 label must consist of',
  ],
  [
    "Ingress",
    { spec: {} },
    "spec: Invalid value: []networking.IngressRule(nil): either `defaultBackend` or `rules` must be specified",
  ],
  [
    "Ingress",
    { spec: { rules: [{ http: { paths: [{ path: "x", pathType: "Prefix", backend: {} }] } }] } },
    'Ingress.networking.k8s.io "a" is invalid: [spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path, spec.rules[0].http.paths[0].backend: Required value: resource or service backend is required]',
  ],
  [
    "HorizontalPodAutoscaler",
    { spec: { maxReplicas: 1, minReplicas: 2, scaleTargetRef: { kind: "D" } } },
    "[spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`, spec.scaleTargetRef.name: Required value]",
  ],
  [
    "PodDisruptionBudget",
    { spec: { minAvailable: "101%" } },
    'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
  ],
  [
    "PodDisruptionBudget",
    { spec: { minAvailable: 1, maxUnavailable: 1 } },
    "minAvailable and maxUnavailable cannot be both set",
  ],
  [
    "PersistentVolumeClaim",
    claim({ accessModes: [] }),
    "spec.accessModes: Required value: at least 1 access mode is required",
  ],
  ["PersistentVolumeClaim", claim({ resources: {} }), "spec.resources[storage]: Required value"],
  [
    "Secret",
    { type: "kubernetes.io/tls" },
    'Secret "a" is invalid: [data[tls.crt]: Required value, data[tls.key]: Required value]',
  ],
  [
    "ConfigMap",
    { data: { "a b": "" } },
    `data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
  ],
  [
    "ConfigMap",
    { data: { a: "x".repeat(1_048_577) } },
    'ConfigMap "a" is invalid: []: Too long: may not be more than 1048576 bytes',
  ],
  [
    "RoleBinding",
    { roleRef: { kind: "X", name: "r" } },
    'roleRef.kind: Unsupported value: "X": supported values: "Role", "ClusterRole"',
  ],
  [
    "RoleBinding",
    { ...binding, subjects: [{ kind: "ServiceAccount", name: "s" }] },
    "subjects[0].namespace: Required value",
  ],
  [
    "Role",
    { rules: [{ apiGroups: [""], resources: ["pods"] }] },
    "rules[0].verbs: Required value: verbs must contain at least one value",
  ],
  [
    "PriorityClass",
    { value: 2_000_000_000 },
    "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
  ],
  ["StorageClass", {}, 'StorageClass.storage.k8s.io "a" is invalid: provisioner: Required value'],
  [
    "Namespace",
    { metadata: { name: "a.b" } },
    'metadata.name: Invalid value: "a.b": must not contain dots',
  ],
  [
    "ConfigMap",
    { metadata: { labels: { "a b": "c d" } } },
    'metadata.labels: Invalid value: "a b": name part must consist of alphanumeric characters',
  ],
]

describe("a new object is refused with the server's words", () => {
  test.each(refusals.map(([kind, body, text]) => ({ kind, body, text })))(
    "$kind: $text",
    async ({ kind, body, text }) => {
      expect(await complaint(make(createWorld(), kind, body))).toContain(text)
    },
  )

  test("all mistakes at once, a cause each, in the order of the fields", async () => {
    const container = { image: "", name: "A", ports: [{}], imagePullPolicy: "X" }
    const request = make(createWorld(), "Pod", {
      spec: { containers: [container], restartPolicy: "Y", volumes: [{}] },
    })
    const error = await request.catch((each: unknown) => each)
    const { details } = error as { details: { causes: { field: string; reason: string }[] } }
    expect(details.causes.map(({ field, reason }) => [field, reason])).toEqual([
      ["spec.volumes[0].name", "FieldValueRequired"],
      ["spec.containers[0].name", "FieldValueInvalid"],
      ["spec.containers[0].image", "FieldValueRequired"],
      ["spec.containers[0].ports[0].containerPort", "FieldValueRequired"],
      ["spec.containers[0].imagePullPolicy", "FieldValueNotSupported"],
      ["spec.restartPolicy", "FieldValueNotSupported"],
    ])
  })
})

const other = { matchLabels: { app: "b" } }
const goOther =
  'v1.LabelSelector{MatchLabels:map[string]string{"app":"b"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}'
const provisioner = { provisioner: "x/y" }

const changes: readonly (readonly [string, JsonObject, JsonObject, string])[] = [
  [
    "Pod",
    pod({}),
    { spec: { hostNetwork: true } },
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
  ],
  ["Pod", pod({}), { spec: { containers: [{ name: "a", image: "app:2" }] } }, "granted"],
  // Only a binding takes a pod to a node.
  ["Pod", pod({}), { spec: { nodeName: "n" } }, "spec: Forbidden: pod updates may not change"],
  [
    "Pod",
    pod({}),
    { spec: { tolerations: [] } },
    "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
  ],
  ["Pod", pod({}), { spec: { terminationGracePeriodSeconds: 5 } }, "spec: Forbidden: pod updates"],
  [
    "Pod",
    pod({}),
    {
      spec: {
        containers: [
          { name: "z", image: "app:1" },
          { name: "y", image: "app:1" },
        ],
      },
    },
    "spec.containers: Forbidden: pod updates may not add or remove containers",
  ],
  ["Pod", pod({}), { spec: { activeDeadlineSeconds: 9 } }, "granted"],
  [
    "Pod",
    pod({}, { activeDeadlineSeconds: 9 }),
    { spec: { activeDeadlineSeconds: 10 } },
    "spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous value",
  ],
  ["Pod", pod({}, { activeDeadlineSeconds: 9 }), { spec: { activeDeadlineSeconds: 8 } }, "granted"],
  [
    "Pod",
    pod({}, { activeDeadlineSeconds: 9 }),
    { spec: { activeDeadlineSeconds: null } },
    "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value",
  ],
  [
    "Pod",
    pod({}),
    { spec: { schedulingGates: [{ name: "a.b/c" }] } },
    "spec.schedulingGates: Forbidden: only deletion is allowed",
  ],
  [
    "Deployment",
    deployment(),
    { spec: { selector: other } },
    `spec.selector: Invalid value: ${goOther}: field is immutable`,
  ],
  [
    "Deployment",
    deployment(),
    { spec: { template: { spec: { dnsPolicy: "X" } } } },
    "spec.template.spec.dnsPolicy: Unsupported value",
  ],
  [
    "StatefulSet",
    deployment(),
    { spec: { serviceName: "x" } },
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ],
  ["StatefulSet", deployment(), { spec: { replicas: 3, minReadySeconds: 1 } }, "granted"],
  [
    "Job",
    { spec: { template: jobTemplate } },
    { spec: { completions: 3 } },
    "spec.completions: Invalid value: 3: field is immutable",
  ],
  [
    "Job",
    { spec: { template: jobTemplate } },
    { spec: { template: { spec: { dnsPolicy: "Default" } } } },
    "spec.template: Invalid value",
  ],
  [
    "Job",
    { spec: { template: jobTemplate, suspend: true } },
    { spec: { template: { spec: { nodeSelector: { a: "b" } } } } },
    "granted",
  ],
  [
    "Job",
    { spec: { template: jobTemplate, completionMode: "Indexed", completions: 2 } },
    { spec: { completions: 3, parallelism: 3 } },
    "granted",
  ],
  [
    "Job",
    { spec: { template: jobTemplate, completionMode: "Indexed", completions: 2 } },
    { spec: { completions: 3 } },
    "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism",
  ],
  [
    "Service",
    service(),
    { spec: { clusterIP: "10.96.0.99" } },
    'spec.clusterIPs[0]: Invalid value: []string{"10.96.0.99"}: may not change once set',
  ],
  [
    "Service",
    service(),
    { spec: { type: "ExternalName", externalName: "x.example.com" } },
    "granted",
  ],
  ["Secret", {}, { type: "x" }, 'type: Invalid value: "x": field is immutable'],
  [
    "Secret",
    { immutable: true },
    { data: { a: "eA==" } },
    "data: Forbidden: field is immutable when `immutable` is set",
  ],
  [
    "ConfigMap",
    { immutable: true },
    { immutable: false },
    "immutable: Forbidden: field is immutable when `immutable` is set",
  ],
  [
    "RoleBinding",
    binding,
    { roleRef: { name: "x" } },
    `roleRef: Invalid value: rbac.RoleRef{APIGroup:"${rbac}", Kind:"Role", Name:"x"}: cannot change roleRef`,
  ],
  [
    "PriorityClass",
    { value: 1 },
    { value: 2 },
    "value: Forbidden: may not be changed in an update.",
  ],
  [
    "StorageClass",
    provisioner,
    { parameters: { a: "b" } },
    "parameters: Forbidden: updates to parameters are forbidden.",
  ],
  [
    "PersistentVolumeClaim",
    claim(),
    { spec: { volumeMode: "Block" } },
    "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
  ],
  ["PersistentVolumeClaim", claim(), { spec: { volumeName: "v" } }, "granted"],
  [
    "PersistentVolumeClaim",
    claim({ volumeName: "v" }),
    { spec: { resources: { requests: { storage: "2Gi" } } } },
    'persistentvolumeclaims "a" is forbidden: only dynamically provisioned pvc can be resized',
  ],
]

describe("a change is", () => {
  test.each(changes.map(([kind, body, patch, text]) => ({ kind, body, patch, text })))(
    "$kind $patch: $text",
    async ({ kind, body, patch, text }) => {
      const cluster = createWorld()
      await make(cluster, kind, body)
      expect(await complaint(change(cluster, kind, patch))).toContain(text)
    },
  )
})

test("an address and a node port that another Service has are refused", async () => {
  const cluster = createWorld()
  await make(cluster, "Service", service({ type: "NodePort" }))
  const again = (spec: JsonObject) =>
    complaint(make(cluster, "Service", { metadata: { name: "b" }, ...service(spec) }))
  expect(await again({ clusterIP: "10.96.0.10" })).toBe(
    'Service "b" is invalid: spec.clusterIPs: Invalid value: []string{"10.96.0.10"}: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  )
  expect(await again({ type: "NodePort", ports: [{ port: 80, nodePort: 30_000 }] })).toBe(
    'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated',
  )
})

test("a pod that was there before a quota may still be labelled", async () => {
  const cluster = createWorld()
  await make(cluster, "Pod", pod({}))
  await make(cluster, "ResourceQuota", { spec: { hard: { cpu: "1", pods: "0" } } })
  expect(
    (await change(cluster, "Pod", { metadata: { labels: { x: "y" } } })).metadata,
  ).toMatchObject({ labels: { x: "y" } })
  expect(await complaint(make(cluster, "Pod", { ...pod({}), metadata: { name: "b" } }))).toContain(
    "failed quota: a: must specify cpu for: a",
  )
})

test("a StatefulSet mounts the claims that it makes, and nothing that is not there", async () => {
  const cluster = createWorld()
  const claims = [{ metadata: { name: "data" }, ...claim() }]
  const mounting = (name: string): JsonObject => ({
    spec: {
      selector,
      serviceName: "a",
      volumeClaimTemplates: claims,
      template: {
        ...template,
        spec: {
          containers: [{ ...containers[0], volumeMounts: [{ name, mountPath: "/data" }] }],
        },
      },
    },
  })
  expect(await complaint(make(cluster, "StatefulSet", mounting("other")))).toContain(
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "other"',
  )
  expect(await complaint(make(cluster, "StatefulSet", mounting("data")))).toBe("granted")
})
