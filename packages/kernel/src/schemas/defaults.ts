import { isJsonObject, type JsonObject, type JsonValue } from "../json.js"
import {
  admissionPolicySpec,
  mutatingWebhooks,
  policyBindingSpec,
  validatingWebhooks,
} from "./admission-defaults.js"
import { autoscalerSpec } from "./autoscaler-defaults.js"
import { type Default, nestedDefaults, withDefaults, withItems, withNested } from "./fill.js"
import { podOnlyDefaults, podTemplateDefaults } from "./pod-defaults.js"
import { serviceSpec } from "./service-defaults.js"
import { persistentSource } from "./volume-defaults.js"

/** Rolling updates unless something else is asked for; what they are made of only then. */
function rolling(key: string, rollingUpdate: JsonObject): Default {
  const strategy: Default = (given) => {
    const typed = withDefaults(given, { type: "RollingUpdate" })
    if (typed["type"] !== "RollingUpdate") return typed
    return withNested(typed, "rollingUpdate", (own) => withDefaults(own, rollingUpdate), true)
  }
  return (spec) => withNested(spec, key, strategy, true)
}

const quarterAtOnce = rolling("strategy", { maxUnavailable: "25%", maxSurge: "25%" })
const deploymentSpec: Default = (spec) =>
  quarterAtOnce(
    withDefaults(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
  )

const claim: Default = (template) => {
  const typed = withDefaults(template, { apiVersion: "v1", kind: "PersistentVolumeClaim" })
  const filled = withNested(typed, "spec", (spec) =>
    withDefaults(spec, { volumeMode: "Filesystem" }),
  )
  return withNested(filled, "status", (status) => withDefaults(status, { phase: "Pending" }), true)
}

const oneByOne = rolling("updateStrategy", { partition: 0 })
const statefulSetSpec: Default = (spec) => {
  const filled = withDefaults(spec, {
    replicas: 1,
    podManagementPolicy: "OrderedReady",
    revisionHistoryLimit: 10,
  })
  const retention = withNested(
    oneByOne(filled),
    "persistentVolumeClaimRetentionPolicy",
    (policy) => withDefaults(policy, { whenDeleted: "Retain", whenScaled: "Retain" }),
    true,
  )
  return withItems(retention, "volumeClaimTemplates", claim)
}

const nodeByNode = rolling("updateStrategy", { maxUnavailable: 1, maxSurge: 0 })
const daemonSetSpec: Default = (spec) =>
  nodeByNode(withDefaults(spec, { revisionHistoryLimit: 10 }))

const failurePolicy: Default = (spec) =>
  withNested(spec, "podFailurePolicy", (policy) =>
    withItems(policy, "rules", (rule) =>
      withItems(rule, "onPodConditions", (each) => withDefaults(each, { status: "True" })),
    ),
  )

const jobSpec: Default = (spec) => {
  const isSingle = !Object.hasOwn(spec, "completions") && !Object.hasOwn(spec, "parallelism")
  const counts: JsonObject = isSingle ? { completions: 1, parallelism: 1 } : { parallelism: 1 }
  const policy = Object.hasOwn(spec, "podFailurePolicy") ? "Failed" : "TerminatingOrFailed"
  const backoffLimit = Object.hasOwn(spec, "backoffLimitPerIndex") ? 2_147_483_647 : 6
  const filled = withDefaults(spec, {
    ...counts,
    backoffLimit,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: policy,
  })
  return failurePolicy(filled)
}

/** The Job inside gets the defaults of its pods only: its own come when it is made. */
const cronJobSpec: Default = (spec) =>
  withNested(
    withDefaults(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    }),
    "jobTemplate",
    (template) =>
      withNested(template, "spec", (job) =>
        withNested(failurePolicy(job), "template", podTemplateDefaults),
      ),
  )

const withTemplate =
  (defaults: Default): Default =>
  (spec) =>
    withNested(defaults(spec), "template", podTemplateDefaults)

const policyPorts: Default = (rule) =>
  withItems(rule, "ports", (port) => withDefaults(port, { protocol: "TCP" }))

const networkPolicySpec: Default = (spec) => {
  const types = Object.hasOwn(spec, "egress") ? ["Ingress", "Egress"] : ["Ingress"]
  const filled = withDefaults(spec, { podSelector: {}, policyTypes: types })
  return withItems(withItems(filled, "ingress", policyPorts), "egress", policyPorts)
}

const persistentVolumeSpec: Default = (spec) =>
  persistentSource(
    withDefaults(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" }),
  )

/** For containers: a maximum is the default limit, a default limit or else a minimum the default request. */
const limitItem: Default = (item) => {
  if (item["type"] !== "Container") return item
  const amounts = (name: string): JsonObject => {
    const value = item[name]
    return value !== undefined && isJsonObject(value) ? value : {}
  }
  const limit = { ...amounts("max"), ...amounts("default") }
  const request = { ...amounts("min"), ...limit, ...amounts("defaultRequest") }
  const filled = Object.keys(limit).length === 0 ? item : { ...item, default: limit }
  return Object.keys(request).length === 0 ? filled : { ...filled, defaultRequest: request }
}

const rbacGroup = "rbac.authorization.k8s.io"
const binding: Default = (object) => {
  const filled = withNested(object, "roleRef", (ref) => withDefaults(ref, { apiGroup: rbacGroup }))
  return withItems(filled, "subjects", (subject) => {
    const isPerson = subject["kind"] === "User" || subject["kind"] === "Group"
    return isPerson ? withDefaults(subject, { apiGroup: rbacGroup }) : subject
  })
}

const inSpec =
  (defaults: Default): Default =>
  (object) =>
    withNested(object, "spec", defaults)

/** The same where an object without a spec has an empty one. */
const inOwnSpec =
  (defaults: Default): Default =>
  (object) =>
    withNested(object, "spec", defaults, true)

const tcp: JsonObject = { protocol: "TCP" }

/** Lists that a server writes even where there are none. */
const lists =
  (nothing: JsonObject): Default =>
  (object) =>
    withDefaults(object, nothing)

const withSliceLists = lists({ endpoints: null, ports: null })
const withRules = lists({ rules: null })

const endpointSlice: Default = (slice) =>
  withItems(
    withItems(withSliceLists(slice), "ports", (port) => withDefaults(port, { name: "", ...tcp })),
    "endpoints",
    (endpoint) => withDefaults(endpoint, { conditions: {} }),
  )
const endpoints: Default = (object) =>
  withItems(object, "subsets", (subset) =>
    withItems(subset, "ports", (port) => withDefaults(port, tcp)),
  )

/** It selects the labels of its pods, and carries them itself, unless it says otherwise. */
const replicationController: Default = (object) => {
  const filled = inSpec(withTemplate((spec) => withDefaults(spec, { replicas: 1 })))(object)
  const nested = (of: JsonObject, ...path: readonly string[]): JsonObject | undefined => {
    let found: JsonObject | undefined = of
    for (const key of path) {
      const value: JsonValue | undefined = found?.[key]
      found = value !== undefined && isJsonObject(value) ? value : undefined
    }
    return found
  }
  const labels = nested(filled, "spec", "template", "metadata", "labels")
  if (labels === undefined || Object.keys(labels).length === 0) return filled
  const isEmpty = (given: JsonObject | undefined): boolean => Object.keys(given ?? {}).length === 0
  const selecting = isEmpty(nested(filled, "spec", "selector"))
    ? withNested(filled, "spec", (spec) => ({ ...spec, selector: labels }))
    : filled
  if (!isEmpty(nested(filled, "metadata", "labels"))) return selecting
  return withNested(selecting, "metadata", (metadata) => ({ ...metadata, labels }))
}

const driver: JsonObject = {
  attachRequired: true,
  podInfoOnMount: false,
  storageCapacity: false,
  fsGroupPolicy: "ReadWriteOnceWithFSType",
  volumeLifecycleModes: ["Persistent"],
  requiresRepublish: false,
  seLinuxMount: false,
}

const queuing: JsonObject = { handSize: 8, queueLengthLimit: 50, queues: 64 }

/** How many requests of a level run at once, and how many wait. */
const priorityLevelSpec: Default = (spec) => {
  const limited = withNested(spec, "limited", (limits) =>
    withNested(
      withDefaults(limits, { lendablePercent: 0, nominalConcurrencyShares: 30 }),
      "limitResponse",
      nestedDefaults("queuing", queuing),
    ),
  )
  const exempt = { lendablePercent: 0, nominalConcurrencyShares: 0 }
  return spec["type"] === "Exempt"
    ? withNested(limited, "exempt", (given) => withDefaults(given, exempt), true)
    : limited
}

const all: { readonly [kind: string]: Default } = {
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": mutatingWebhooks,
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": inSpec(admissionPolicySpec),
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": inSpec(policyBindingSpec),
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": validatingWebhooks,
  "apps/v1/Deployment": inOwnSpec(withTemplate(deploymentSpec)),
  "apps/v1/ReplicaSet": inOwnSpec(withTemplate((spec) => withDefaults(spec, { replicas: 1 }))),
  "apps/v1/StatefulSet": inOwnSpec(withTemplate(statefulSetSpec)),
  "apps/v1/DaemonSet": inOwnSpec(withTemplate(daemonSetSpec)),
  "autoscaling/v2/HorizontalPodAutoscaler": inSpec(autoscalerSpec),
  "batch/v1/Job": inSpec(withTemplate(jobSpec)),
  "batch/v1/CronJob": inSpec(cronJobSpec),
  "discovery.k8s.io/v1/EndpointSlice": endpointSlice,
  "flowcontrol.apiserver.k8s.io/v1/FlowSchema": inSpec((spec) =>
    withDefaults(spec, { matchingPrecedence: 1000 }),
  ),
  "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration": inSpec(priorityLevelSpec),
  "networking.k8s.io/v1/NetworkPolicy": inSpec(networkPolicySpec),
  "rbac.authorization.k8s.io/v1/ClusterRole": withRules,
  "rbac.authorization.k8s.io/v1/Role": withRules,
  "rbac.authorization.k8s.io/v1/RoleBinding": binding,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": binding,
  "scheduling.k8s.io/v1/PriorityClass": (object) =>
    withDefaults(object, { preemptionPolicy: "PreemptLowerPriority" }),
  "storage.k8s.io/v1/CSIDriver": inSpec((spec) => withDefaults(spec, driver)),
  "storage.k8s.io/v1/StorageClass": (object) =>
    withDefaults(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  "v1/Endpoints": endpoints,
  "v1/LimitRange": inSpec((spec) => withItems(spec, "limits", limitItem)),
  "v1/PersistentVolume": inSpec(persistentVolumeSpec),
  "v1/PersistentVolumeClaim": nestedDefaults("spec", { volumeMode: "Filesystem" }),
  "v1/Pod": inSpec(podOnlyDefaults),
  "v1/PodTemplate": withTemplate((object) => object),
  "v1/ReplicationController": replicationController,
  "v1/Secret": (object) => withDefaults(object, { type: "Opaque" }),
  "v1/Service": inSpec(serviceSpec),
}

/**
 * The object as the server stores it: with the defaults that a declarative diff sees. Pure; the same object where
 * nothing is missing. Kinds without an entry, custom resources included, come back as they are.
 */
export function applyDefaults(apiVersion: string, kind: string, object: JsonObject): JsonObject {
  const name = `${apiVersion}/${kind}`
  const defaults = Object.hasOwn(all, name) ? all[name] : undefined
  return defaults === undefined ? object : defaults(object)
}
