import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import { part } from "../store/stored-object.js"
import type { Admit } from "./admission.js"

function nested(object: JsonObject, name: string): JsonObject {
  const value = object[name]
  return value !== undefined && isJsonObject(value) ? value : {}
}

/** A Job selects its pods by its own uid unless its author does that himself. */
export const admitJob: Admit = ({ object, before }) => {
  const spec = part(object, "spec")
  const template = nested(spec, "template")
  const metadata = nested(template, "metadata")
  const labels = nested(metadata, "labels")
  const isUnlabelled = Object.keys(object.metadata.labels ?? {}).length === 0
  const takesLabels = isUnlabelled && Object.keys(labels).length > 0
  const own = takesLabels
    ? { ...object.metadata, labels: labels as { [key: string]: string } }
    : object.metadata
  if (before !== undefined) return takesLabels ? { ...object, metadata: own } : object
  const { uid = "", name = "" } = object.metadata
  const isManual = spec["manualSelector"] === true
  if (isManual) return { ...object, metadata: own, status: {} }
  const next: JsonObject = {
    ...spec,
    selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
    template: {
      ...template,
      metadata: {
        ...metadata,
        labels: {
          ...labels,
          "batch.kubernetes.io/controller-uid": uid,
          "batch.kubernetes.io/job-name": name,
          "controller-uid": uid,
          "job-name": name,
        },
      },
    },
  }
  return { ...object, metadata: own, spec: next, status: {} }
}
