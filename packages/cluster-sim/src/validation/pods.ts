import { equalJson, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { type FieldError, forbiddenField, required, wrong } from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Check } from "./check.js"
import { checkContainers } from "./containers.js"
import { checkEphemeralContainers, checkEphemeralUpdate } from "./ephemeral-containers.js"
import { checkLabels } from "./selector.js"
import { checkOneOf, items, nested, number, text } from "./values.js"
import { checkVolumes } from "./volumes.js"

const restartPolicies = ["Always", "OnFailure", "Never"]
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]
const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

function checkTolerations(spec: JsonObject, at: string, errors: FieldError[]): void {
  for (const [index, toleration] of items(spec, "tolerations").entries()) {
    const place = `${at}.tolerations[${index}]`
    const operator = text(toleration, "operator")
    if (text(toleration, "key") === "" && operator !== "Exists") {
      const why =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"'
      errors.push(wrong(`${place}.operator`, operator, why))
    }
    const effect = text(toleration, "effect")
    if (toleration["tolerationSeconds"] !== undefined && effect !== "NoExecute") {
      const why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
      errors.push(wrong(`${place}.effect`, effect, why))
    }
    if (operator === "Exists" && text(toleration, "value") !== "") {
      const why = "value must be empty when `operator` is 'Exists'"
      errors.push(wrong(`${place}.operator`, toleration["value"], why))
    } else if (operator !== "") {
      checkOneOf(operator, ["Equal", "Exists"], `${place}.operator`, errors)
    }
    if (effect !== "") checkOneOf(effect, effects, `${place}.effect`, errors)
  }
}

/** Complains of the spec of a pod or of a template; answers what its containers are called and may mount. */
function checkPodSpec(
  spec: JsonObject,
  at: string,
  errors: FieldError[],
  claims: readonly string[] = [],
): { readonly volumes: ReadonlySet<string>; readonly names: Set<string> } {
  const volumes = new Set([...checkVolumes(spec, at, errors), ...claims])
  const containers = items(spec, "containers")
  const pod = { volumes, names: new Set<string>() }
  if (containers.length === 0) errors.push(required(`${at}.containers`))
  checkContainers(containers, `${at}.containers`, pod, errors)
  checkContainers(items(spec, "initContainers"), `${at}.initContainers`, pod, errors)
  checkOneOf(spec["restartPolicy"], restartPolicies, `${at}.restartPolicy`, errors)
  checkOneOf(spec["dnsPolicy"], dnsPolicies, `${at}.dnsPolicy`, errors)
  checkLabels(nested(spec, "nodeSelector"), `${at}.nodeSelector`, errors)
  checkTolerations(spec, at, errors)
  const deadline = number(spec, "activeDeadlineSeconds")
  if (deadline !== undefined && deadline < 1) {
    const why = "must be between 1 and 2147483647, inclusive"
    errors.push(wrong(`${at}.activeDeadlineSeconds`, deadline, why))
  }
  return pod
}

/** Complains of a pod template; `claims` are volumes that its pods are given besides. */
export function checkTemplate(
  template: JsonObject,
  at: string,
  errors: FieldError[],
  claims: readonly string[] = [],
): void {
  checkLabels(nested(nested(template, "metadata"), "labels"), `${at}.labels`, errors)
  const spec = nested(template, "spec")
  checkPodSpec(spec, `${at}.spec`, errors, claims)
  if (items(spec, "ephemeralContainers").length > 0) {
    const why = "ephemeral containers not allowed in pod template"
    errors.push(forbiddenField(`${at}.spec.ephemeralContainers`, why))
  }
}

const updateRule =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

function withoutImages(containers: readonly JsonObject[]): JsonValue {
  return containers.map((container) => ({ ...container, image: "" }))
}

/** The spec without what an update may change. */
function fixed(spec: JsonObject, isGated: boolean): JsonObject {
  const {
    containers: _containers,
    initContainers: _init,
    activeDeadlineSeconds: _deadline,
    terminationGracePeriodSeconds: _grace,
    tolerations: _tolerations,
    schedulingGates: _gates,
    ...rest
  } = spec
  if (!isGated) return rest
  const { nodeSelector: _selector, affinity: _affinity, ...open } = rest
  return open
}

function checkGates(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const known = new Set(items(old, "schedulingGates").map((gate) => gate["name"]))
  if (items(spec, "schedulingGates").every((gate) => known.has(gate["name"]))) return
  const why = "only deletion is allowed, but found new scheduling gates"
  errors.push(forbiddenField("spec.schedulingGates", why))
}

/** A deadline comes, and comes nearer; it neither goes nor is put off. */
function checkDeadline(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const [after, before] = [spec, old].map((each) => number(each, "activeDeadlineSeconds"))
  if (before === undefined) return
  const at = "spec.activeDeadlineSeconds"
  if (after === undefined) {
    errors.push(wrong(at, null, "must not update from a positive integer to nil value"))
  } else if (after > before) {
    errors.push(wrong(at, after, "must be less than or equal to previous value"))
  }
}

function checkTolerationsKept(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const lasting = ({ tolerationSeconds: _seconds, ...rest }: JsonObject): JsonObject => rest
  const given = items(spec, "tolerations").map(lasting)
  const areKept = items(old, "tolerations").every((each) =>
    given.some((other) => equalJson(lasting(each), other)),
  )
  if (areKept) return
  const why = "existing toleration can not be modified except its tolerationSeconds"
  errors.push(forbiddenField("spec.tolerations", why))
}

/** How long a pod may take to end stays as it is; only what made no sense may become a second. */
function isGraceKept(spec: JsonObject, old: JsonObject): boolean {
  const [after, before] = [spec, old].map((each) => number(each, "terminationGracePeriodSeconds"))
  return after === before || (after === 1 && before !== undefined && before < 0)
}

function checkUpdate(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const lists = ["containers", "initContainers"]
  const resized = lists.filter((list) => items(spec, list).length !== items(old, list).length)
  const [first] = resized
  if (first !== undefined) {
    errors.push(forbiddenField(`spec.${first}`, "pod updates may not add or remove containers"))
    return
  }
  checkDeadline(spec, old, errors)
  checkTolerationsKept(spec, old, errors)
  checkGates(spec, old, errors)
  const isGated = items(old, "schedulingGates").length > 0
  const images = lists.every((list) =>
    equalJson(withoutImages(items(spec, list)), withoutImages(items(old, list))),
  )
  const isSame = equalJson(fixed(spec, isGated), fixed(old, isGated))
  if (images && isGraceKept(spec, old) && isSame) return
  errors.push(forbiddenField("spec", updateRule))
}

/** Specs that may be those of new pods: they are frozen, and stay so. */
const sound = new WeakSet<JsonObject>()

function checkNew(spec: JsonObject, errors: FieldError[]): void {
  if (sound.has(spec)) return
  const found: FieldError[] = []
  const pod = checkPodSpec(spec, "spec", found)
  checkEphemeralContainers(spec, pod, found)
  if (items(spec, "ephemeralContainers").length > 0)
    found.push(forbiddenField("spec.ephemeralContainers", "cannot be set on create"))
  if (found.length === 0) sound.add(spec)
  errors.push(...found)
}

/** What is wrong with a pod. */
export const checkPod: Check = ({ object, before, subresource }, errors) => {
  const spec = part(object, "spec")
  if (before === undefined) return checkNew(spec, errors)
  if (before["spec"] === object["spec"]) return
  const pod = checkPodSpec(spec, "spec", errors)
  checkEphemeralContainers(spec, pod, errors)
  const old = part(before, "spec")
  if (subresource === undefined) checkUpdate(spec, old, errors)
  else if (subresource === "ephemeralcontainers") checkEphemeralUpdate(spec, old, errors)
}
