import { compareQuantities, equalJson, type JsonObject } from "@argo-ts/kernel"
import {
  type FieldError,
  forbidden,
  forbiddenField,
  notSupported,
  required,
  wrong,
} from "../api/errors.js"
import type { KindRules } from "../kinds/rules.js"
import { part } from "../store/stored-object.js"
import type { Candidate, Check } from "./check.js"
import { nested, text, texts } from "./values.js"

/** What volumes and claims may be accessed as. */
export const accessModes: readonly string[] = [
  "ReadOnlyMany",
  "ReadWriteMany",
  "ReadWriteOnce",
  "ReadWriteOncePod",
]

function requestOf(spec: JsonObject): string {
  return text(nested(nested(spec, "resources"), "requests"), "storage")
}

function checkClaimSpec(spec: JsonObject, errors: FieldError[]): void {
  const modes = texts(spec, "accessModes")
  if (modes.length === 0) {
    errors.push(required("spec.accessModes", "at least 1 access mode is required"))
  }
  for (const mode of modes) {
    if (!accessModes.includes(mode))
      errors.push(notSupported("spec.accessModes", mode, accessModes))
  }
  const storage = requestOf(spec)
  const field = "spec.resources[storage]"
  if (storage === "") errors.push(required(field))
  else if (compareQuantities(storage, "0") <= 0) {
    errors.push(wrong(field, storage, "must be greater than zero"))
  }
}

/** The spec without what an update may change. */
function fixed(spec: JsonObject, old: JsonObject): JsonObject {
  const { resources: _resources, volumeAttributesClassName: _attributes, ...rest } = spec
  const { volumeName: _volume, ...unbound } = rest
  const open = text(old, "volumeName") === "" ? unbound : rest
  if (old["storageClassName"] !== undefined) return open
  const { storageClassName: _class, ...classless } = open
  return classless
}

const claimRule =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"

/** 403 where a claim grows that its class does not let grow. */
function checkGrowth({ server, object }: Candidate, spec: JsonObject): void {
  const kind = server.registry.byId("storage.k8s.io/storageclasses")
  const name = text(spec, "storageClassName")
  const found = kind === undefined ? undefined : server.store.collection(kind).get("", name)
  if (found?.["allowVolumeExpansion"] === true) return
  const claims = server.registry.byId("/persistentvolumeclaims") as KindRules
  const why =
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
  throw forbidden(claims, object.metadata.name ?? "", why)
}

/** What is wrong with a PersistentVolumeClaim. */
export const checkClaim: Check = (candidate, errors) => {
  const { object, before } = candidate
  const spec = part(object, "spec")
  checkClaimSpec(spec, errors)
  if (before === undefined) return
  const old = part(before, "spec")
  const isBound = text(old, "volumeName") !== ""
  const change = compareQuantities(requestOf(spec), requestOf(old))
  const isSame = equalJson(fixed(spec, old), fixed(old, old))
  if (!isSame || (change !== 0 && !isBound)) {
    errors.push(forbiddenField("spec", claimRule))
  } else if (change < 0) {
    const why = "field can not be less than previous value"
    errors.push(forbiddenField("spec.resources.requests.storage", why))
  } else if (change > 0 && errors.length === 0) checkGrowth(candidate, spec)
}

/** What is wrong with a StorageClass. */
export const checkStorageClass: Check = ({ object, before }, errors) => {
  const provisioner = object["provisioner"]
  if (typeof provisioner !== "string" || provisioner === "") errors.push(required("provisioner"))
  if (before === undefined) return
  for (const name of ["parameters", "provisioner"]) {
    if (equalJson(object[name], before[name])) continue
    errors.push(forbiddenField(name, `updates to ${name} are forbidden.`))
  }
  for (const name of ["reclaimPolicy", "volumeBindingMode"]) {
    if (object[name] === before[name]) continue
    errors.push(wrong(name, object[name], "field is immutable"))
  }
}
