import { ClusterError, type DeleteOptions } from "@argo-ts/k8s"
import {
  type Condition,
  formatInstant,
  type JsonObject,
  type LabelSelector,
  matchesLabels,
  setCondition,
  type UntypedObject,
} from "@argo-ts/kernel"
import { deleteObject } from "../api/delete.js"
import { replaceObject } from "../api/replace.js"
import type { Server } from "../api/server.js"
import type { WriteRequest } from "../api/write.js"
import { allowedCondition } from "../controllers/disruption-decision.js"
import type { DisruptionStatus } from "../controllers/workloads.js"
import type { KindRules } from "../kinds/rules.js"
import { part, type StoredObject } from "../store/stored-object.js"
import { doneStatus } from "./done-status.js"

const budgetsId = "policy/poddisruptionbudgets"
const retrySeconds = 10

interface Budget {
  readonly rules: KindRules
  readonly object: StoredObject
}

function budgetsOf(server: Server, pod: StoredObject): readonly Budget[] {
  const rules = server.registry.byId(budgetsId) as KindRules
  const { namespace = "", labels } = pod.metadata
  const every = { namespace, name: undefined, labelLines: [], isNarrowed: false }
  return server.store
    .collection(rules)
    .list({ ...every, matches: () => true })
    .filter((budget) => {
      const { selector } = part(budget, "spec")
      return selector !== undefined && matchesLabels(selector as LabelSelector, labels)
    })
    .map((object) => ({ rules, object }))
}

function number(object: JsonObject, name: string): number {
  const value = object[name]
  return typeof value === "number" ? value : 0
}

/** The refusal; where the budget is soon known it says when to ask again. */
function blocked(message: string, retry: { readonly retryAfterSeconds?: number }): ClusterError {
  return new ClusterError(
    "TooManyRequests",
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: [{ reason: "DisruptionBudget", message }], ...retry },
  )
}

function isReady(pod: StoredObject): boolean {
  const { conditions } = part(pod, "status")
  const list = Array.isArray(conditions) ? (conditions as readonly Condition[]) : []
  return list.some(({ type, status }) => type === "Ready" && status === "True")
}

/** True for pods that no budget protects: they do not run yet, or any more, or are going anyway. */
function isUnprotected(pod: StoredObject): boolean {
  const { phase } = part(pod, "status")
  const isIdle = phase === "Succeeded" || phase === "Failed" || phase === "Pending"
  return isIdle || pod.metadata.deletionTimestamp !== undefined
}

/** True where an unready pod may go without counting as a disruption. */
function mayGoUnready(pod: StoredObject, { object }: Budget): boolean {
  if (isReady(pod)) return false
  if (part(object, "spec")["unhealthyPodEvictionPolicy"] === "AlwaysAllow") return true
  const status = part(object, "status")
  const [healthy, wanted] = [number(status, "currentHealthy"), number(status, "desiredHealthy")]
  return healthy >= wanted && wanted > 0
}

/** Takes one of the disruptions that a budget allows; refuses where it allows none. */
function spend(server: Server, pod: StoredObject, budget: Budget, request: WriteRequest): void {
  const { rules, object } = budget
  const { name, generation = 0 } = object.metadata
  const status = part(object, "status")
  if (number(status, "observedGeneration") < generation) {
    const message = `The disruption budget ${name} is still being processed by the server.`
    throw blocked(message, { retryAfterSeconds: retrySeconds })
  }
  const allowed = number(status, "disruptionsAllowed")
  if (allowed <= 0) {
    const [wanted, healthy] = [number(status, "desiredHealthy"), number(status, "currentHealthy")]
    throw blocked(
      `The disruption budget ${name} needs ${wanted} healthy pods and has ${healthy} currently`,
      {},
    )
  }
  if (request.isDryRun) return
  const now = server.now()
  const disruptedPods = {
    ...(status["disruptedPods"] as JsonObject | undefined),
    [pod.metadata.name]: formatInstant(now),
  }
  const spent = { ...status, disruptionsAllowed: allowed - 1, disruptedPods }
  const known = spent as unknown as DisruptionStatus
  const next =
    allowed > 1
      ? spent
      : { ...spent, conditions: setCondition(known.conditions, allowedCondition(known, now)) }
  const wanted = { ...object, status: next } as unknown as UntypedObject
  replaceObject(server, rules, object, {
    ...request,
    verb: "update",
    subresource: "status",
    wanted,
  })
}

function markTarget(
  server: Server,
  rules: KindRules,
  pod: StoredObject,
  request: WriteRequest,
): StoredObject {
  const status = part(pod, "status")
  const { conditions } = status
  const target: Condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastTransitionTime: formatInstant(server.now()),
  }
  const list = Array.isArray(conditions) ? (conditions as readonly Condition[]) : undefined
  const next = { ...status, conditions: setCondition(list, target) }
  const wanted = { ...pod, status: next } as unknown as UntypedObject
  return replaceObject(server, rules, pod, {
    ...request,
    verb: "update",
    subresource: "status",
    wanted,
  })
}

/** Evicts a pod: deletes it where its disruption budget allows that, and refuses with TooManyRequests where not. */
export function evictPod(
  server: Server,
  rules: KindRules,
  pod: StoredObject,
  write: { readonly eviction: UntypedObject; readonly request: WriteRequest },
): UntypedObject {
  const { eviction, request } = write
  const options = part(eviction, "deleteOptions") as DeleteOptions
  const remove = (object: StoredObject): UntypedObject => {
    deleteObject(server, rules, object, {
      ...request,
      verb: "delete",
      subresource: undefined,
      options,
    })
    return doneStatus
  }
  if (isUnprotected(pod)) return remove(pod)
  const budgets = budgetsOf(server, pod)
  if (budgets.length > 1) {
    const message =
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
    throw new ClusterError("InternalError", message)
  }
  const [budget] = budgets
  if (budget !== undefined && !mayGoUnready(pod, budget)) spend(server, pod, budget, request)
  if (request.isDryRun) return remove(pod)
  return remove(markTarget(server, rules, pod, request))
}
