import { isJsonObject, type JsonObject } from "../json.js"
import { type Default, withDefaults, withItems, withNested } from "./fill.js"
import { podTemplateDefaults } from "./pod-defaults.js"

const rollingUpdate: JsonObject = { maxUnavailable: "25%", maxSurge: "25%" }

function deploymentStrategy(strategy: JsonObject): JsonObject {
  const typed = withDefaults(strategy, { type: "RollingUpdate" })
  return typed["type"] === "RollingUpdate"
    ? withNested(typed, "rollingUpdate", (update) => withDefaults(update, rollingUpdate), true)
    : typed
}

const deploymentSpec: Default = (spec) =>
  withNested(
    withDefaults(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
    "strategy",
    deploymentStrategy,
    true,
  )

const statefulSetSpec: Default = (spec) =>
  withDefaults(spec, {
    replicas: 1,
    podManagementPolicy: "OrderedReady",
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  })

const daemonSetSpec: Default = (spec) =>
  withDefaults(spec, {
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    revisionHistoryLimit: 10,
  })

const jobSpec: Default = (spec) => {
  const isSingle = !Object.hasOwn(spec, "completions") && !Object.hasOwn(spec, "parallelism")
  const counts: JsonObject = isSingle ? { completions: 1, parallelism: 1 } : { parallelism: 1 }
  const policy = Object.hasOwn(spec, "podFailurePolicy") ? "Failed" : "TerminatingOrFailed"
  const backoffLimit = Object.hasOwn(spec, "backoffLimitPerIndex") ? 2_147_483_647 : 6
  return withDefaults(spec, {
    ...counts,
    backoffLimit,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: policy,
  })
}

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
      withNested(template, "spec", (job) => withNested(job, "template", podTemplateDefaults)),
  )

const servicePort: Default = (port) =>
  withDefaults(port, { protocol: "TCP", targetPort: port["port"] ?? 0 })

const serviceSpec: Default = (spec) => {
  const typed = withDefaults(spec, { type: "ClusterIP", sessionAffinity: "None" })
  const isExternal = typed["type"] === "ExternalName"
  const internal: JsonObject = isExternal
    ? {}
    : { internalTrafficPolicy: "Cluster", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" }
  return withItems(withDefaults(typed, internal), "ports", servicePort)
}

const withTemplate =
  (defaults: Default): Default =>
  (spec) =>
    withNested(defaults(spec), "template", podTemplateDefaults)

const same: Default = (object) => object

const specDefaults: { readonly [kind: string]: Default } = {
  "apps/v1/Deployment": withTemplate(deploymentSpec),
  "apps/v1/ReplicaSet": withTemplate((spec) => withDefaults(spec, { replicas: 1 })),
  "apps/v1/StatefulSet": withTemplate(statefulSetSpec),
  "apps/v1/DaemonSet": withTemplate(daemonSetSpec),
  "batch/v1/Job": withTemplate(jobSpec),
  "batch/v1/CronJob": cronJobSpec,
  "v1/Service": serviceSpec,
  "v1/Pod": (spec) => {
    const podSpec = podTemplateDefaults({ spec })["spec"]
    const filled = podSpec !== undefined && isJsonObject(podSpec) ? podSpec : spec
    return withDefaults(filled, { enableServiceLinks: true })
  },
  "policy/v1/PodDisruptionBudget": same,
}

/**
 * The object as the server stores it: with the defaults that a declarative diff sees. Pure; the same object where
 * nothing is missing. Kinds without an entry, custom resources included, come back as they are.
 */
export function applyDefaults(apiVersion: string, kind: string, object: JsonObject): JsonObject {
  const name = `${apiVersion}/${kind}`
  if (name === "v1/Secret") return withDefaults(object, { type: "Opaque" })
  const defaults = Object.hasOwn(specDefaults, name) ? specDefaults[name] : undefined
  return defaults === undefined ? object : withNested(object, "spec", defaults)
}
