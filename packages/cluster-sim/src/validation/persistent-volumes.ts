import { compareQuantities, equalJson, type JsonObject } from "@argo-ts/kernel"
import { type FieldError, forbiddenField, notSupported, required, wrong } from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Check } from "./check.js"
import { accessModes } from "./storage.js"
import { checkOneOf, checkRequired, nested, text, texts } from "./values.js"

/** The sources of a PersistentVolume, in the order in which the server looks at them. */
const sources = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
]

const wanted: { readonly [source: string]: readonly string[] } = {
  hostPath: ["path"],
  nfs: ["server", "path"],
  local: ["path"],
  csi: ["driver", "volumeHandle"],
}

function sourcesOf(spec: JsonObject): readonly string[] {
  return sources.filter((name) => spec[name] !== undefined)
}

function checkSource(spec: JsonObject, errors: FieldError[]): void {
  const given = sourcesOf(spec)
  for (const [index, name] of given.entries()) {
    if (index === 0) checkRequired(nested(spec, name), wanted[name] ?? [], `spec.${name}`, errors)
    else {
      errors.push(forbiddenField(`spec.${name}`, "may not specify more than 1 volume type"))
    }
  }
  if (given.length === 0) errors.push(required("spec", "must specify a volume type"))
  if (given[0] === "local" && nested(spec, "nodeAffinity")["required"] === undefined) {
    errors.push(required("spec.nodeAffinity", "Local volume requires node affinity"))
  }
  const isRoot = text(nested(spec, "hostPath"), "path") === "/"
  if (isRoot && text(spec, "persistentVolumeReclaimPolicy") === "Recycle") {
    const why = "may not be 'recycle' for a hostPath mount of '/'"
    errors.push(forbiddenField("spec.persistentVolumeReclaimPolicy", why))
  }
}

function checkCapacity(spec: JsonObject, errors: FieldError[]): void {
  const capacity = nested(spec, "capacity")
  const names = Object.keys(capacity)
  if (names.length === 0) errors.push(required("spec.capacity"))
  if (names.length > 0 && (names.length > 1 || names[0] !== "storage")) {
    errors.push(notSupported("spec.capacity", capacity, ["storage"]))
  }
  for (const name of names) {
    const amount = text(capacity, name)
    if (compareQuantities(amount, "0") > 0) continue
    errors.push(wrong(`spec.capacity[${name}]`, amount, "must be greater than zero"))
  }
}

/** What is wrong with a PersistentVolume. */
export const checkVolume: Check = ({ object, before }, errors) => {
  const spec = part(object, "spec")
  const modes = texts(spec, "accessModes")
  if (modes.length === 0) errors.push(required("spec.accessModes"))
  for (const mode of modes) {
    if (!accessModes.includes(mode))
      errors.push(notSupported("spec.accessModes", mode, accessModes))
  }
  if (modes.length > 1 && modes.includes("ReadWriteOncePod")) {
    const why = "may not use ReadWriteOncePod with other access modes"
    errors.push(forbiddenField("spec.accessModes", why))
  }
  checkCapacity(spec, errors)
  const policies = ["Delete", "Recycle", "Retain"]
  const policy = spec["persistentVolumeReclaimPolicy"]
  checkOneOf(policy, policies, "spec.persistentVolumeReclaimPolicy", errors)
  checkSource(spec, errors)
  checkOneOf(spec["volumeMode"], ["Block", "Filesystem"], "spec.volumeMode", errors)
  if (before === undefined) return
  const old = part(before, "spec")
  const isSame = sources.every((name) => equalJson(spec[name] ?? null, old[name] ?? null))
  if (!isSame) {
    const field = "spec.persistentvolumesource"
    errors.push(forbiddenField(field, `${field} is immutable after creation`))
  }
  if (spec["volumeMode"] !== old["volumeMode"]) {
    errors.push(wrong("spec.volumeMode", spec["volumeMode"], "field is immutable"))
  }
}
