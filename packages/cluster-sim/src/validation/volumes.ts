import type { JsonObject } from "@argo-ts/kernel"
import { duplicate, type FieldError, forbiddenField, required, wrong } from "../api/errors.js"
import { labelComplaints } from "./names.js"
import { checkRequired, items, nested, text } from "./values.js"

/** The sources of a volume, in the order in which the server looks at them. */
const sources = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "flocker",
  "persistentVolumeClaim",
  "rbd",
  "cinder",
  "cephfs",
  "quobyte",
  "downwardAPI",
  "fc",
  "flexVolume",
  "configMap",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "projected",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
]

const wanted: { readonly [source: string]: readonly string[] } = {
  hostPath: ["path"],
  secret: ["secretName"],
  configMap: ["name"],
  nfs: ["server", "path"],
  persistentVolumeClaim: ["claimName"],
  csi: ["driver"],
}

function checkItems(source: JsonObject, at: string, errors: FieldError[]): void {
  for (const [index, item] of items(source, "items").entries()) {
    checkRequired(item, ["key", "path"], `${at}.items[${index}]`, errors)
  }
}

function checkSource(volume: JsonObject, at: string, errors: FieldError[]): void {
  const given = sources.filter((name) => volume[name] !== undefined)
  for (const [index, name] of given.entries()) {
    if (index > 0) {
      const why = "may not specify more than 1 volume type"
      errors.push(forbiddenField(`${at}.${name}`, why))
      continue
    }
    const source = nested(volume, name)
    checkRequired(source, wanted[name] ?? [], `${at}.${name}`, errors)
    if (name === "secret" || name === "configMap") checkItems(source, `${at}.${name}`, errors)
  }
}

/** Complains of volumes; answers the names there are. */
export function checkVolumes(spec: JsonObject, at: string, errors: FieldError[]): Set<string> {
  const names = new Set<string>()
  for (const [index, volume] of items(spec, "volumes").entries()) {
    const place = `${at}.volumes[${index}]`
    checkSource(volume, place, errors)
    const name = text(volume, "name")
    if (name === "") errors.push(required(`${place}.name`))
    else {
      for (const why of labelComplaints(name)) errors.push(wrong(`${place}.name`, name, why))
      if (names.has(name)) errors.push(duplicate(`${place}.name`, name))
    }
    names.add(name)
  }
  return names
}
