import { isJsonObject, type UntypedObject } from "@argo-ts/kernel"
import type { HealthStatus, HealthStatusCode } from "../api/status.js"
import { annotation, names } from "./annotations.js"
import { isHook } from "./hooks.js"
import { at, conditionOf, numberAt, objectsAt, textAt } from "./read.js"
import { refOf } from "./resource.js"

/** A health rule of one kind. */
type HealthRule = (object: UntypedObject) => HealthStatus

const health = (status: HealthStatusCode, message?: string): HealthStatus =>
  message === undefined || message === "" ? { status } : { status, message }

const badness: { readonly [status in HealthStatusCode]: number } = {
  Healthy: 0,
  Suspended: 1,
  Progressing: 2,
  Missing: 3,
  Degraded: 4,
  Unknown: 5,
}

/** True where `left` is worse than `right` (spec/gitops §1.8). */
export function isWorse(left: HealthStatusCode, right: HealthStatusCode): boolean {
  return badness[left] > badness[right]
}

function isUnobserved(object: UntypedObject): boolean {
  const generation = object.metadata.generation ?? 0
  return generation > (numberAt(object, "status", "observedGeneration") ?? 0)
}

const deployment: HealthRule = (object) => {
  if (at(object, "spec", "paused") === true) return health("Suspended", "Deployment is paused")
  const waiting = "Waiting for rollout to finish: "
  if (isUnobserved(object)) {
    return health(
      "Progressing",
      `${waiting}observed deployment generation less than desired generation`,
    )
  }
  const progressing = conditionOf(object, "Progressing")
  if (textAt(progressing, "reason") === "ProgressDeadlineExceeded") {
    const name = object.metadata.name ?? ""
    return health("Degraded", `Deployment "${name}" exceeded its progress deadline`)
  }
  const wanted = numberAt(object, "spec", "replicas")
  const count = (field: string): number => numberAt(object, "status", field) ?? 0
  const [updated, total, available] = [
    count("updatedReplicas"),
    count("replicas"),
    count("availableReplicas"),
  ]
  if (wanted !== undefined && updated < wanted) {
    const text = `${waiting}${updated} out of ${wanted} new replicas have been updated...`
    return health("Progressing", text)
  }
  if (total > updated) {
    const text = `${waiting}${total - updated} old replicas are pending termination...`
    return health("Progressing", text)
  }
  if (available < updated) {
    const text = `${waiting}${available} of ${updated} updated replicas are available...`
    return health("Progressing", text)
  }
  return health("Healthy")
}

const replicaSet: HealthRule = (object) => {
  if (isUnobserved(object)) {
    const text =
      "Waiting for rollout to finish: observed replica set generation less than desired generation"
    return health("Progressing", text)
  }
  const failure = conditionOf(object, "ReplicaFailure")
  if (textAt(failure, "status") === "True") return health("Degraded", textAt(failure, "message"))
  const available = numberAt(object, "status", "availableReplicas") ?? 0
  const wanted = numberAt(object, "spec", "replicas") ?? 0
  if (available >= wanted) return health("Healthy")
  const text = `Waiting for rollout to finish: ${available} out of ${wanted} new replicas are available...`
  return health("Progressing", text)
}

const statefulSet: HealthRule = (object) => {
  const count = (field: string): number => numberAt(object, "status", field) ?? 0
  if (count("observedGeneration") === 0 || isUnobserved(object)) {
    return health("Progressing", "Waiting for statefulset spec update to be observed...")
  }
  const wanted = numberAt(object, "spec", "replicas")
  if (wanted !== undefined && count("readyReplicas") < wanted) {
    const missing = wanted - count("readyReplicas")
    return health("Progressing", `Waiting for ${missing} pods to be ready...`)
  }
  const partition = numberAt(object, "spec", "updateStrategy", "rollingUpdate", "partition")
  if (partition !== undefined && wanted !== undefined) {
    const [updated, due] = [count("updatedReplicas"), wanted - partition]
    return updated < due
      ? health(
          "Progressing",
          `Waiting for partitioned roll out to finish: ${updated} out of ${due} new pods have been updated...`,
        )
      : health("Healthy", `partitioned roll out complete: ${updated} new pods have been updated...`)
  }
  if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") {
    return health("Healthy", `statefulset has ${count("readyReplicas")} ready pods`)
  }
  const revision = textAt(object, "status", "updateRevision")
  const current = textAt(object, "status", "currentRevision")
  return revision === current
    ? health(
        "Healthy",
        `statefulset rolling update complete ${count("currentReplicas")} pods at revision ${current}...`,
      )
    : health(
        "Progressing",
        `waiting for statefulset rolling update to complete ${count("updatedReplicas")} pods at revision ${revision}...`,
      )
}

const daemonSet: HealthRule = (object) => {
  const count = (field: string): number => numberAt(object, "status", field) ?? 0
  const waiting = "Waiting for daemon set rollout to finish: "
  if (isUnobserved(object)) {
    return health(
      "Progressing",
      `${waiting}observed daemon set generation less than desired generation`,
    )
  }
  const [updated, wanted, available] = [
    count("updatedNumberScheduled"),
    count("desiredNumberScheduled"),
    count("numberAvailable"),
  ]
  const ofWanted = `${updated} out of ${wanted} new pods have been updated`
  if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") {
    return health("Healthy", `daemon set ${ofWanted}`)
  }
  if (updated < wanted) return health("Progressing", `${waiting}${ofWanted}...`)
  if (available < wanted) {
    return health(
      "Progressing",
      `${waiting}${available} of ${wanted} updated pods are available...`,
    )
  }
  return health("Healthy")
}

function failedPodMessage(object: UntypedObject): string {
  const own = textAt(object, "status", "message")
  if (own !== undefined && own !== "") return own
  const containers = [
    ...objectsAt(object, "status", "initContainerStatuses"),
    ...objectsAt(object, "status", "containerStatuses"),
  ]
  for (const container of containers) {
    const ended = at(container, "state", "terminated")
    if (!isJsonObject(ended)) continue
    const message = textAt(ended, "message")
    if (message !== undefined && message !== "") return message
    if (textAt(ended, "reason") === "OOMKilled") return "OOMKilled"
    const code = numberAt(ended, "exitCode") ?? 0
    if (code !== 0) {
      return `container "${textAt(container, "name") ?? ""}" failed with exit code ${code}`
    }
  }
  return ""
}

function runningPod(object: UntypedObject, isLongRunning: boolean): HealthStatus {
  if (!isLongRunning) return health("Progressing")
  if (textAt(conditionOf(object, "Ready"), "status") === "True") return health("Healthy")
  const hasCrashed = objectsAt(object, "status", "containerStatuses").some((container) =>
    isJsonObject(at(container, "lastState", "terminated")),
  )
  return health(hasCrashed ? "Degraded" : "Progressing")
}

const pod: HealthRule = (object) => {
  const policy = textAt(object, "spec", "restartPolicy") ?? "Always"
  const isForced = annotation(object, names.ignoreRestartPolicy) === "true" && !isHook(object)
  const isLongRunning = policy === "Always" || isForced
  const waiting = objectsAt(object, "status", "containerStatuses").flatMap((container) => {
    const reason = textAt(container, "state", "waiting", "reason") ?? ""
    const isStuck = /^Err|Error$|BackOff$/.test(reason)
    return isStuck ? [textAt(container, "state", "waiting", "message") ?? reason] : []
  })
  if (isLongRunning && waiting.length > 0) return health("Degraded", waiting.join(", "))
  const message = textAt(object, "status", "message")
  switch (textAt(object, "status", "phase")) {
    case "Pending":
      return health("Progressing", message)
    case "Succeeded":
      return health("Healthy", message)
    case "Failed":
      return health("Degraded", failedPodMessage(object))
    case "Running":
      return runningPod(object, isLongRunning)
    default:
      return health("Unknown", message)
  }
}

const job: HealthRule = (object) => {
  const failed = conditionOf(object, "Failed")
  if (failed !== undefined) return health("Degraded", textAt(failed, "message"))
  const suspended = conditionOf(object, "Suspended")
  const complete = conditionOf(object, "Complete")
  if (suspended === undefined && complete === undefined) return health("Progressing")
  if (textAt(suspended, "status") === "True") {
    return health("Suspended", textAt(suspended, "message"))
  }
  return health("Healthy", textAt(complete ?? suspended, "message"))
}

function hasIngress(object: UntypedObject): boolean {
  return objectsAt(object, "status", "loadBalancer", "ingress").length > 0
}

const service: HealthRule = (object) =>
  textAt(object, "spec", "type") === "LoadBalancer" && !hasIngress(object)
    ? health("Progressing")
    : health("Healthy")

const ingress: HealthRule = (object) => health(hasIngress(object) ? "Healthy" : "Progressing")

const volumeClaim: HealthRule = (object) => {
  const phases: { readonly [phase: string]: HealthStatusCode } = {
    Lost: "Degraded",
    Pending: "Progressing",
    Bound: "Healthy",
  }
  return health(phases[textAt(object, "status", "phase") ?? ""] ?? "Unknown")
}

const workflow: HealthRule = (object) => {
  const message = textAt(object, "status", "message")
  switch (textAt(object, "status", "phase") ?? "") {
    case "":
    case "Pending":
    case "Running":
      return health("Progressing", message)
    case "Succeeded":
      return health("Healthy", message)
    case "Failed":
    case "Error":
      return health("Degraded", message)
    default:
      return health("Unknown", message)
  }
}

/** Rollouts write their own verdict: `status.phase` with a message, once the spec is observed. */
const rollout: HealthRule = (object) => {
  const observed = textAt(object, "status", "observedGeneration")
  if (observed === undefined || observed !== String(object.metadata.generation ?? 0)) {
    return health("Progressing", "Waiting for rollout spec update to be observed")
  }
  const message = textAt(object, "status", "message")
  switch (textAt(object, "status", "phase")) {
    case "Healthy":
      return health("Healthy", message)
    case "Degraded":
      return health("Degraded", message)
    case "Paused":
      return health("Suspended", message)
    default:
      return health("Progressing", message)
  }
}

const analysisRun: HealthRule = (object) => {
  const message = textAt(object, "status", "message")
  switch (textAt(object, "status", "phase") ?? "") {
    case "Successful":
      return health("Healthy", message)
    case "Failed":
    case "Error":
      return health("Degraded", message)
    case "Inconclusive":
      return health("Unknown", message)
    default:
      return health("Progressing", message)
  }
}

const application: HealthRule = (object) => {
  const status = textAt(object, "status", "health", "status")
  const isKnown = status !== undefined && Object.hasOwn(badness, status)
  const message = textAt(object, "status", "health", "message")
  return isKnown ? health(status as HealthStatusCode, message) : health("Progressing")
}

const rules: ReadonlyMap<string, HealthRule> = new Map<string, HealthRule>([
  ["apps/Deployment", deployment],
  ["apps/ReplicaSet", replicaSet],
  ["apps/StatefulSet", statefulSet],
  ["apps/DaemonSet", daemonSet],
  ["/Pod", pod],
  ["/Service", service],
  ["/PersistentVolumeClaim", volumeClaim],
  ["batch/Job", job],
  ["networking.k8s.io/Ingress", ingress],
  ["extensions/Ingress", ingress],
  ["argoproj.io/Workflow", workflow],
  ["argoproj.io/Rollout", rollout],
  ["argoproj.io/AnalysisRun", analysisRun],
])

/** What rules there are besides upstream's. */
export interface HealthOptions {
  /** Judge managed Applications by their own health; see `GitopsSettings.applicationHealth`. */
  readonly applicationHealth: boolean
}

/** How well a live object does (spec/gitops §2.11); `undefined` for kinds without a rule, which counts as well. */
export function healthOf(object: UntypedObject, options: HealthOptions): HealthStatus | undefined {
  const isHeldHook = object.metadata.finalizers?.includes(names.hookFinalizer) === true
  if (object.metadata.deletionTimestamp !== undefined && !isHeldHook) {
    return health("Progressing", "Pending deletion")
  }
  const { group, kind } = refOf(object)
  if (group === "argoproj.io" && kind === "Application") {
    return options.applicationHealth ? application(object) : undefined
  }
  return rules.get(`${group}/${kind}`)?.(object)
}
