import { ClusterError } from "@argo-ts/k8s"
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  own,
  recordOf,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import { asJson, asObject, part, type StoredObject } from "../store/stored-object.js"
import { badRequest, wrong } from "./errors.js"

const scalable = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"]

/**
 * True for kinds with `/scale`: the built-in workloads, and custom resources that keep a number in
 * `spec.replicas`.
 */
function hasScale(rules: KindRules, object: StoredObject): boolean {
  if (rules.isBuiltIn) return scalable.includes(rules.kind.kind)
  if (rules.custom !== undefined) return rules.custom.scale !== undefined
  return typeof part(object, "spec")["replicas"] === "number"
}

/** The names of a plain path: `.spec.replicas`. */
function namesOf(path: string): readonly string[] {
  return path.split(".").filter((name) => name !== "")
}

function valueAt(object: StoredObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = asJson(object)
  for (const name of namesOf(path)) {
    value = value !== undefined && isJsonObject(value) ? own(value, name) : undefined
  }
  return value
}

function withValueAt(object: JsonObject, names: readonly string[], value: JsonValue): JsonObject {
  const [name = "", ...rest] = names
  const inner = own(object, name)
  const next =
    rest.length === 0
      ? value
      : withValueAt(inner !== undefined && isJsonObject(inner) ? inner : {}, rest, value)
  return recordOf([...Object.entries(object), [name, next]])
}

const usualPaths = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".status.selector",
}

function selectorText(object: StoredObject, path: string): string {
  const given = path === "" ? undefined : valueAt(object, path)
  if (typeof given === "string") return given
  // A ReplicationController selects by labels alone.
  const isOld = object.kind === "ReplicationController"
  const labels = valueAt(object, isOld ? ".spec.selector" : ".spec.selector.matchLabels")
  return Object.entries((labels ?? {}) as JsonObject)
    .map(([key, value]) => `${key}=${value}`)
    .join(",")
}

/** The `Scale` of an object, as `/scale` answers it. */
export function scaleOf(rules: KindRules, object: StoredObject): UntypedObject {
  if (!hasScale(rules, object)) {
    throw new ClusterError("NotFound", "the server could not find the requested resource")
  }
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const paths = rules.custom?.scale ?? usualPaths
  const replicas = valueAt(object, paths.specReplicasPath) ?? 0
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
    status: {
      replicas: valueAt(object, paths.statusReplicasPath) ?? 0,
      selector: selectorText(object, paths.labelSelectorPath),
    },
  })
}

/** The object with the replicas that a `Scale` asks for. */
export function scaled(
  rules: KindRules,
  object: StoredObject,
  scale: UntypedObject,
): UntypedObject {
  const replicas = part(scale, "spec")["replicas"] ?? 0
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    throw badRequest("Scale.spec.replicas: expected a whole number")
  }
  if (replicas < 0) {
    const error = wrong("spec.replicas", replicas, "must be greater than or equal to 0")
    const { name } = object.metadata
    const message = `Scale.autoscaling "${name}" is invalid: ${error.field}: ${error.message}`
    throw new ClusterError("Invalid", message, {
      name,
      group: "autoscaling",
      kind: "Scale",
      causes: [error],
    })
  }
  const { resourceVersion } = scale.metadata
  const metadata = { ...object.metadata, resourceVersion } as UntypedObject["metadata"]
  const { specReplicasPath } = rules.custom?.scale ?? usualPaths
  const next = withValueAt(asJson(object), namesOf(specReplicasPath), replicas)
  return { ...next, metadata } as unknown as UntypedObject
}
