import { apiVersionOf, type Kind } from "@argo-ts/kernel"
import type { MergeSchema } from "@argo-ts/kernel/merge"
import { builtInKind, mergeSchemaOf } from "@argo-ts/kernel/schemas"
import type { StoredObject } from "../store/stored-object.js"

/** What a deletion without a policy does with dependents. */
export type Propagation = "Background" | "Foreground" | "Orphan"

/** A served kind with the ways in which the server treats it. */
export interface KindRules {
  readonly kind: Kind
  readonly apiVersion: string
  /** `deployments.apps`, or `pods`: how messages name it. */
  readonly resource: string
  /** `apps/deployments`: one per kind, whatever the version. */
  readonly id: string
  readonly schema: MergeSchema
  /** False for custom resources. */
  readonly isBuiltIn: boolean
  /** True where `metadata.generation` counts changes of the desired state. */
  readonly hasGeneration: boolean
  /** True where the change from one version to the next bumps the generation. Parts are compared by reference. */
  readonly isNewGeneration: (before: StoredObject, after: StoredObject) => boolean
  readonly keepsStatusOnCreate: boolean
  readonly createsOnUpdate: boolean
  readonly needsVersionOnUpdate: boolean
  readonly defaultPropagation: Propagation
  /** A stored object as this version of the kind shows it. */
  readonly present: (object: StoredObject) => StoredObject
  /** True for pods: they get time to end. */
  readonly isGraceful: boolean
}

const generations = new Set([
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "Ingress",
  "IngressClass",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "EndpointSlice",
  "PriorityClass",
  "CustomResourceDefinition",
])
const creatingOnUpdate = new Set([
  "Lease",
  "Event",
  "Endpoints",
  "Service",
  "LimitRange",
  "Role",
  "ClusterRole",
  "RoleBinding",
  "ClusterRoleBinding",
])
const versioned = new Set(["CustomResourceDefinition", "Lease", "PodDisruptionBudget"])

function differs(before: StoredObject, after: StoredObject, ignored: readonly string[]): boolean {
  for (const key of Object.keys(after)) {
    if (!ignored.includes(key) && before[key] !== after[key]) return true
  }
  return Object.keys(before).some((key) => !ignored.includes(key) && !Object.hasOwn(after, key))
}

function newGeneration(kind: Kind, isBuiltIn: boolean): KindRules["isNewGeneration"] {
  if (!isBuiltIn) {
    const ignored = kind.hasStatus ? ["metadata", "status"] : ["metadata"]
    return (before, after) => differs(before, after, ignored)
  }
  if (kind.kind === "Deployment") {
    return (before, after) =>
      before["spec"] !== after["spec"] || before.metadata.annotations !== after.metadata.annotations
  }
  if (kind.kind === "EndpointSlice") {
    return (before, after) =>
      differs(before, after, ["metadata"]) || before.metadata.labels !== after.metadata.labels
  }
  return (before, after) => before["spec"] !== after["spec"]
}

/** How the server treats a kind: built-in ones by their own rules, everything else as a custom resource. */
export function rulesOf(kind: Kind): KindRules {
  const apiVersion = apiVersionOf(kind)
  const isBuiltIn = builtInKind(apiVersion, kind.kind)?.plural === kind.plural
  const orphans = isBuiltIn && kind.kind === "Job"
  return {
    kind,
    apiVersion,
    resource: kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`,
    id: `${kind.group}/${kind.plural}`,
    schema: mergeSchemaOf(apiVersion, kind.kind),
    isBuiltIn,
    hasGeneration: !isBuiltIn || generations.has(kind.kind),
    isNewGeneration: newGeneration(kind, isBuiltIn),
    keepsStatusOnCreate: !kind.hasStatus || (isBuiltIn && kind.kind === "Node"),
    createsOnUpdate: isBuiltIn && creatingOnUpdate.has(kind.kind),
    needsVersionOnUpdate: !isBuiltIn || versioned.has(kind.kind),
    present: (object) => object,
    defaultPropagation: orphans ? "Orphan" : "Background",
    isGraceful: isBuiltIn && kind.kind === "Pod",
  }
}
