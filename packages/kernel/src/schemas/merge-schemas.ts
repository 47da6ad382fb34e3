import type { MergeSchema } from "../merge/schema.js"

type Fields = { readonly [name: string]: MergeSchema }

const granular: MergeSchema = {}
const atomic: MergeSchema = { isAtomic: true }
const valueSet: MergeSchema = { list: "set" }

function struct(fields: Fields): MergeSchema {
  return { fields }
}

/** A list whose items both patch languages tell apart by one field. */
function keyed(key: string, items: MergeSchema = granular): MergeSchema {
  return { list: "map", keys: [key], mergeKey: key, items }
}

const conditions = struct({ conditions: keyed("type") })

const objectMeta = struct({
  finalizers: { list: "set", mergesValues: true },
  ownerReferences: keyed("uid", atomic),
})

const ports = (mergeKey: string): MergeSchema => ({
  list: "map",
  keys: [mergeKey, "protocol"],
  keyDefaults: { protocol: "TCP" },
  mergeKey,
  items: granular,
})

const environment = struct({
  valueFrom: struct({
    configMapKeyRef: atomic,
    secretKeyRef: atomic,
    fieldRef: atomic,
    resourceFieldRef: atomic,
  }),
})

const container = struct({
  env: keyed("name", environment),
  ports: ports("containerPort"),
  volumeDevices: keyed("devicePath"),
  volumeMounts: keyed("mountPath"),
  resources: struct({ claims: { list: "map", keys: ["name"] } }),
})

const volume = struct({
  secret: granular,
  cephfs: struct({ secretRef: atomic }),
  csi: struct({ nodePublishSecretRef: atomic }),
  flexVolume: struct({ secretRef: atomic }),
  ephemeral: struct({
    volumeClaimTemplate: struct({ spec: struct({ selector: atomic, dataSource: atomic }) }),
  }),
})

const topologySpread: MergeSchema = {
  list: "map",
  keys: ["topologyKey", "whenUnsatisfiable"],
  mergeKey: "topologyKey",
  items: struct({ labelSelector: atomic }),
}

const nodeAffinity = struct({ requiredDuringSchedulingIgnoredDuringExecution: atomic })

const podSpec = struct({
  containers: keyed("name", container),
  ephemeralContainers: keyed("name", container),
  initContainers: keyed("name", container),
  hostAliases: keyed("ip"),
  imagePullSecrets: keyed("name", atomic),
  nodeSelector: atomic,
  resourceClaims: keyed("name"),
  schedulingGates: keyed("name"),
  topologySpreadConstraints: topologySpread,
  volumes: keyed("name", volume),
  affinity: struct({ nodeAffinity }),
})

const podTemplate = struct({ metadata: objectMeta, spec: podSpec })

const podStatus = struct({
  conditions: keyed("type"),
  hostIPs: { list: "atomic", mergeKey: "ip" },
  podIPs: keyed("ip"),
})

function workload(spec: Fields, status: MergeSchema = conditions): MergeSchema {
  return struct({
    metadata: objectMeta,
    spec: struct({ selector: atomic, template: podTemplate, ...spec }),
    status,
  })
}

const jobSpec: Fields = {
  podFailurePolicy: struct({
    rules: { list: "atomic", items: struct({ onExitCodes: struct({ values: valueSet }) }) },
  }),
}

const jobStatus = struct({
  conditions: { list: "atomic", mergeKey: "type" },
  uncountedTerminatedPods: struct({ failed: valueSet, succeeded: valueSet }),
})

const job = workload(jobSpec, jobStatus)

const claimSpec = struct({ selector: atomic, dataSource: atomic })

const webhooks = struct({
  metadata: objectMeta,
  webhooks: keyed("name", struct({ matchConditions: keyed("name") })),
})
/** Conditions that only server-side apply tells apart. */
const appliedConditions = struct({ conditions: { list: "map", keys: ["type"] } })

const schemas: { readonly [kind: string]: MergeSchema } = {
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": webhooks,
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": struct({
    metadata: objectMeta,
    spec: struct({
      matchConditions: keyed("name"),
      variables: keyed("name"),
      paramKind: atomic,
      matchConstraints: atomic,
    }),
    status: appliedConditions,
  }),
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": struct({
    metadata: objectMeta,
    spec: struct({ validationActions: valueSet, paramRef: atomic, matchResources: atomic }),
  }),
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": webhooks,
  "certificates.k8s.io/v1/CertificateSigningRequest": struct({
    metadata: objectMeta,
    status: appliedConditions,
  }),
  "storage.k8s.io/v1/CSIDriver": struct({
    metadata: objectMeta,
    spec: struct({ volumeLifecycleModes: valueSet }),
  }),
  "storage.k8s.io/v1/CSINode": struct({
    metadata: objectMeta,
    spec: struct({ drivers: keyed("name") }),
  }),
  "storage.k8s.io/v1/CSIStorageCapacity": struct({ metadata: objectMeta, nodeTopology: atomic }),
  "apiregistration.k8s.io/v1/APIService": struct({
    metadata: objectMeta,
    spec: struct({ service: atomic }),
    status: conditions,
  }),
  "flowcontrol.apiserver.k8s.io/v1/FlowSchema": struct({
    metadata: objectMeta,
    status: conditions,
  }),
  "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration": struct({
    metadata: objectMeta,
    status: conditions,
  }),
  "v1/Pod": struct({ metadata: objectMeta, spec: podSpec, status: podStatus }),
  "v1/PodTemplate": struct({ metadata: objectMeta, template: podTemplate }),
  "v1/ReplicationController": workload({}),
  "v1/Service": struct({
    metadata: objectMeta,
    spec: struct({ ports: ports("port"), selector: atomic }),
    status: conditions,
  }),
  "v1/ServiceAccount": struct({
    metadata: objectMeta,
    secrets: keyed("name", atomic),
    imagePullSecrets: { list: "atomic" },
  }),
  "v1/Event": struct({ metadata: objectMeta, involvedObject: atomic, related: atomic }),
  "v1/Node": struct({
    metadata: objectMeta,
    spec: struct({ podCIDRs: { list: "set", mergesValues: true } }),
    status: struct({ conditions: keyed("type"), addresses: keyed("type") }),
  }),
  "v1/Namespace": struct({ metadata: objectMeta, status: conditions }),
  "v1/PersistentVolumeClaim": struct({
    metadata: objectMeta,
    spec: claimSpec,
    status: conditions,
  }),
  "apps/v1/Deployment": workload({}),
  "apps/v1/ReplicaSet": workload({}),
  "apps/v1/DaemonSet": workload({}),
  "apps/v1/StatefulSet": workload({
    volumeClaimTemplates: {
      list: "atomic",
      items: struct({ metadata: objectMeta, spec: claimSpec }),
    },
  }),
  "autoscaling/v2/HorizontalPodAutoscaler": struct({ metadata: objectMeta, status: conditions }),
  "batch/v1/Job": job,
  "batch/v1/CronJob": struct({
    metadata: objectMeta,
    spec: struct({ jobTemplate: struct({ metadata: objectMeta, ...job.fields }) }),
  }),
  "discovery.k8s.io/v1/EndpointSlice": struct({
    metadata: objectMeta,
    endpoints: { list: "atomic", items: struct({ addresses: valueSet, targetRef: atomic }) },
  }),
  "networking.k8s.io/v1/Ingress": struct({
    metadata: objectMeta,
    spec: struct({
      defaultBackend: struct({ resource: atomic, service: struct({ port: atomic }) }),
    }),
  }),
  "networking.k8s.io/v1/NetworkPolicy": struct({
    metadata: objectMeta,
    spec: struct({ podSelector: atomic }),
  }),
  "policy/v1/PodDisruptionBudget": struct({
    metadata: objectMeta,
    spec: struct({ selector: { isAtomic: true, isReplaced: true } }),
    status: conditions,
  }),
  "rbac.authorization.k8s.io/v1/RoleBinding": struct({ metadata: objectMeta, roleRef: atomic }),
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": struct({
    metadata: objectMeta,
    roleRef: atomic,
  }),
  "apiextensions.k8s.io/v1/CustomResourceDefinition": struct({
    metadata: objectMeta,
    status: appliedConditions,
  }),
}

const anyObject = struct({ metadata: objectMeta })

/**
 * How objects of a kind merge. Kinds without an entry (custom resources included) merge field by field, with the
 * rules of `metadata` that all kinds share.
 */
export function mergeSchemaOf(apiVersion: string, kind: string): MergeSchema {
  const name = `${apiVersion}/${kind}`
  return Object.hasOwn(schemas, name) ? (schemas[name] ?? anyObject) : anyObject
}

/** How a pod template merges, for kinds of our own that carry one. */
export const podTemplateSchema: MergeSchema = podTemplate
