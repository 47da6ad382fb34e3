import { ClusterError } from "@argo-ts/k8s"
import type { JsonObject, UntypedObject } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import { asObject, part, type StoredObject } from "../store/stored-object.js"
import { badRequest, wrong } from "./errors.js"

const scalable = ["Deployment", "ReplicaSet", "StatefulSet"]

/**
 * True for kinds with `/scale`: the built-in workloads, and custom resources that keep a number in
 * `spec.replicas`.
 */
function hasScale(rules: KindRules, object: StoredObject): boolean {
  if (rules.isBuiltIn) return scalable.includes(rules.kind.kind)
  return typeof part(object, "spec")["replicas"] === "number"
}

function selectorText(object: StoredObject): string {
  const own = part(object, "status")["selector"]
  if (typeof own === "string") return own
  const selector = part(object, "spec")["selector"] as
    | { readonly matchLabels?: { readonly [key: string]: string } }
    | undefined
  return Object.entries(selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",")
}

/** The `Scale` of an object, as `/scale` answers it. */
export function scaleOf(rules: KindRules, object: StoredObject): UntypedObject {
  if (!hasScale(rules, object)) {
    throw new ClusterError("NotFound", "the server could not find the requested resource")
  }
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = part(object, "spec")["replicas"] ?? 0
  const status = part(object, "status")
  return asObject({
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: status["replicas"] ?? 0, selector: selectorText(object) },
  })
}

/** The object with the replicas that a `Scale` asks for. */
export function scaled(object: StoredObject, scale: UntypedObject): UntypedObject {
  const replicas = part(scale, "spec")["replicas"] ?? 0
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    throw badRequest("Scale.spec.replicas: expected a whole number")
  }
  if (replicas < 0) {
    const error = wrong("spec.replicas", replicas, "must be greater than or equal to 0")
    const { name } = object.metadata
    const message = `Scale.autoscaling "${name}" is invalid: ${error.field}: ${error.message}`
    throw new ClusterError("Invalid", message, { name, kind: "Scale", causes: [error] })
  }
  const { resourceVersion } = scale.metadata
  const metadata = { ...object.metadata, resourceVersion } as UntypedObject["metadata"]
  const spec: JsonObject = { ...part(object, "spec"), replicas }
  return { ...object, metadata, spec } as UntypedObject
}
