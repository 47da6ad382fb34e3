import { equalJson, type JsonObject } from "@argo-ts/kernel"
import {
  type FieldError,
  forbiddenField,
  notSupported,
  required,
  wrong,
  wrongGo,
} from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Candidate, Check } from "./check.js"
import { goSelector } from "./go-value.js"
import { checkTemplate } from "./pods.js"
import {
  checkSelector,
  checkSelectorKept,
  checkTemplateLabels,
  isEmptySelector,
} from "./selector.js"
import {
  checkCountOrPercent,
  checkNotNegative,
  checkOneOf,
  isNone,
  items,
  nested,
  number,
  text,
} from "./values.js"

/** What is told of the pods of a workload. */
interface PodsOf {
  /** How messages call it. */
  readonly word: string
  /** Counts that are looked at before its pods. */
  readonly counts: readonly string[]
  /** The kind that runs its pods, where that is another. */
  readonly runner: string
}

/** Complains of what a pod template asks that pods which always run cannot have. */
function checkLasting(template: JsonObject, runner: string, errors: FieldError[]): void {
  const { restartPolicy, activeDeadlineSeconds } = nested(template, "spec")
  if (restartPolicy !== undefined && restartPolicy !== "Always") {
    errors.push(notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"]))
  }
  if (activeDeadlineSeconds !== undefined) {
    const why = `activeDeadlineSeconds in ${runner} is not Supported`
    errors.push(forbiddenField("spec.template.spec.activeDeadlineSeconds", why))
  }
}

/** The selector of a workload. One that is absent selects nothing. */
function checkOwnSelector(spec: JsonObject, word: string, errors: FieldError[]): void {
  const selector = nested(spec, "selector")
  if (spec["selector"] === undefined) {
    errors.push(required("spec.selector"))
    return
  }
  checkSelector(selector, "spec.selector", errors)
  checkOwnEmptiness(spec, word, errors)
}

function checkOwnEmptiness(spec: JsonObject, word: string, errors: FieldError[]): void {
  const selector = nested(spec, "selector")
  if (!isEmptySelector(selector)) return
  const why = `empty selector is invalid for ${word}`
  errors.push(wrongGo("spec.selector", goSelector(selector), why))
}

/** The parts that all workloads have: a selector, a template that it selects, pods that always restart. */
function checkPods(
  { object, before }: Candidate,
  { word, counts, runner }: PodsOf,
  errors: FieldError[],
): JsonObject {
  const spec = part(object, "spec")
  checkNotNegative(spec, counts, "spec", errors)
  checkOwnSelector(spec, word, errors)
  const old = before === undefined ? undefined : part(before, "spec")
  if (old === undefined || old["template"] !== spec["template"]) {
    checkTemplateLabels(spec, errors)
    const template = nested(spec, "template")
    const claims = items(spec, "volumeClaimTemplates").map((claim) =>
      text(nested(claim, "metadata"), "name"),
    )
    checkTemplate(template, "spec.template", errors, claims)
    checkLasting(template, runner, errors)
  }
  if (old !== undefined) checkSelectorKept(spec, old, errors)
  return spec
}

function checkStrategy(strategy: JsonObject, errors: FieldError[]): void {
  const at = "spec.strategy"
  const type = text(strategy, "type")
  if (type !== "RollingUpdate") {
    if (type !== "Recreate") {
      errors.push(notSupported(`${at}.type`, type, ["Recreate", "RollingUpdate"]))
    } else if (strategy["rollingUpdate"] !== undefined) {
      const why = "may not be specified when strategy `type` is 'Recreate'"
      errors.push(forbiddenField(`${at}.rollingUpdate`, why))
    }
    return
  }
  const { maxUnavailable, maxSurge } = nested(strategy, "rollingUpdate")
  checkCountOrPercent(maxUnavailable, `${at}.rollingUpdate.maxUnavailable`, errors, true)
  checkCountOrPercent(maxSurge, `${at}.rollingUpdate.maxSurge`, errors)
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    const why = "may not be 0 when `maxSurge` is 0"
    errors.push(wrong(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable, why))
  }
}

/** What is wrong with a Deployment. */
export const checkDeployment: Check = (candidate, errors) => {
  const pods = { word: "deployment", counts: ["replicas"], runner: "ReplicaSet" }
  const spec = checkPods(candidate, pods, errors)
  checkStrategy(nested(spec, "strategy"), errors)
  checkNotNegative(spec, ["minReadySeconds", "revisionHistoryLimit"], "spec", errors)
  const deadline = number(spec, "progressDeadlineSeconds")
  if (deadline === undefined) return
  checkNotNegative(spec, ["progressDeadlineSeconds"], "spec", errors)
  if (deadline <= (number(spec, "minReadySeconds") ?? 0)) {
    const why = "must be greater than minReadySeconds"
    errors.push(wrong("spec.progressDeadlineSeconds", deadline, why))
  }
}

/** What is wrong with a ReplicaSet. */
export const checkReplicaSet: Check = (candidate, errors) => {
  const counts = ["replicas", "minReadySeconds"]
  checkPods(candidate, { word: "deployment", counts, runner: "ReplicaSet" }, errors)
}

/** What is wrong with a ReplicationController: it selects by labels, which may change. */
export const checkReplicationController: Check = ({ object }, errors) => {
  const spec = part(object, "spec")
  checkNotNegative(spec, ["replicas", "minReadySeconds"], "spec", errors)
  const matchLabels = nested(spec, "selector")
  if (Object.keys(matchLabels).length === 0) errors.push(required("spec.selector"))
  else if (spec["template"] !== undefined)
    checkTemplateLabels({ ...spec, selector: { matchLabels } }, errors)
  const template = nested(spec, "template")
  if (spec["template"] === undefined) errors.push(required("spec.template"))
  else {
    checkTemplate(template, "spec.template", errors)
    checkLasting(template, "ReplicationController", errors)
  }
}

const changeable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
]
const statefulRule =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

function isChangedElsewhere(spec: JsonObject, old: JsonObject): boolean {
  const names = new Set([...Object.keys(spec), ...Object.keys(old)])
  return [...names].some((name) => !changeable.includes(name) && !equalJson(spec[name], old[name]))
}

/** What is wrong with a StatefulSet. */
export const checkStatefulSet: Check = (candidate, errors) => {
  const before = candidate.before
  const spec = part(candidate.object, "spec")
  const old = before === undefined ? undefined : part(before, "spec")
  if (old !== undefined && isChangedElsewhere(spec, old)) {
    errors.push(forbiddenField("spec", statefulRule))
    return
  }
  const policy = text(spec, "podManagementPolicy")
  if (policy !== "OrderedReady" && policy !== "Parallel") {
    const why = "must be 'OrderedReady' or 'Parallel'"
    errors.push(wrong("spec.podManagementPolicy", policy, why))
  }
  const strategy = nested(spec, "updateStrategy")
  const type = text(strategy, "type")
  if (type !== "RollingUpdate" && type !== "OnDelete") {
    const why = "must be 'RollingUpdate' or 'OnDelete'"
    errors.push(wrong("spec.updateStrategy", type, why))
  } else if (type === "OnDelete" && strategy["rollingUpdate"] !== undefined) {
    const why = "only allowed for updateStrategy 'RollingUpdate'"
    errors.push(wrong("spec.updateStrategy.rollingUpdate", strategy["rollingUpdate"], why))
  }
  const at = "spec.updateStrategy.rollingUpdate"
  checkNotNegative(nested(strategy, "rollingUpdate"), ["partition"], at, errors)
  const counts = ["replicas", "minReadySeconds", "revisionHistoryLimit"]
  checkPods(candidate, { word: "statefulset", counts, runner: "StatefulSet" }, errors)
}

/** The pods of a DaemonSet, whose selector may be absent: it selects nothing then, not even them. */
function checkDaemons({ object, before }: Candidate, errors: FieldError[]): JsonObject {
  const spec = part(object, "spec")
  const template = nested(spec, "template")
  if (spec["selector"] !== undefined)
    checkSelector(nested(spec, "selector"), "spec.selector", errors)
  checkTemplateLabels(spec, errors)
  if (spec["selector"] !== undefined) checkOwnEmptiness(spec, "daemonset", errors)
  const old = before === undefined ? undefined : part(before, "spec")
  if (old === undefined || old["template"] !== spec["template"]) {
    checkTemplate(template, "spec.template", errors)
    checkLasting(template, "DaemonSet", errors)
  }
  checkNotNegative(spec, ["minReadySeconds"], "spec", errors)
  if (old !== undefined) checkSelectorKept(spec, old, errors)
  return spec
}

/** What is wrong with a DaemonSet. */
export const checkDaemonSet: Check = (candidate, errors) => {
  const spec = checkDaemons(candidate, errors)
  checkNotNegative(spec, ["revisionHistoryLimit"], "spec", errors)
  const strategy = nested(spec, "updateStrategy")
  checkOneOf(strategy["type"], ["OnDelete", "RollingUpdate"], "spec.updateStrategy.type", errors)
  if (strategy["type"] !== "RollingUpdate") return
  const { maxUnavailable, maxSurge } = nested(strategy, "rollingUpdate")
  const at = "spec.updateStrategy.rollingUpdate"
  checkCountOrPercent(maxUnavailable, `${at}.maxUnavailable`, errors, true)
  checkCountOrPercent(maxSurge, `${at}.maxSurge`, errors, true)
  if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    const why = "may not be set when maxUnavailable is non-zero"
    errors.push(wrong(`${at}.maxSurge`, maxSurge, why))
  } else if (isNone(maxUnavailable) && isNone(maxSurge)) {
    errors.push(required(`${at}.maxUnavailable`, "cannot be 0 when maxSurge is 0"))
  }
}
