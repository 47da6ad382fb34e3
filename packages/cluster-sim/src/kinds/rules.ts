import { apiVersionOf, type Kind, type UntypedObject } from "@argo-ts/kernel"
import type { MergeSchema } from "@argo-ts/kernel/merge"
import { builtInKind, mergeSchemaOf } from "@argo-ts/kernel/schemas"
import type { StoredObject } from "../store/stored-object.js"
import type { CustomKind } from "./custom-kind.js"

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
  /** What a definition makes of its objects; absent for built-in kinds, and for kinds without a definition. */
  readonly custom: CustomKind | undefined
  /** True while a definition goes: nothing new is created any more. */
  readonly isTerminating: boolean
  /** Put on an object when it is deleted: somebody has to clean up before it goes. */
  readonly deletionFinalizer: string | undefined
  /** An object of this version as it is stored. */
  readonly keep: (object: UntypedObject) => UntypedObject
  /** A stored object as this version of the kind shows it. */
  readonly present: (object: StoredObject) => StoredObject
  /** True for pods: they get time to end. */
  readonly isGraceful: boolean
  /** Told to whoever writes an object: what becomes of it here. */
  readonly remark: string | undefined
}

const generations = new Set([
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
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
  "PodTemplate",
  "CSIDriver",
  "FlowSchema",
  "PriorityLevelConfiguration",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
])
/** Kinds whose desired state lies beside their metadata rather than in a `spec`. */
const withoutSpec = new Set([
  "PodTemplate",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
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
  "RuntimeClass",
])
const versioned = new Set([
  "CustomResourceDefinition",
  "Lease",
  "PodDisruptionBudget",
  "APIService",
  "CSIDriver",
  "CSINode",
  "CSIStorageCapacity",
  "VolumeAttachment",
  "MutatingWebhookConfiguration",
  "RuntimeClass",
  "ValidatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
])

const uncalled =
  "admission webhooks and policies are kept and not asked here: functions take their place (admission)"
const unheeded =
  "priority and fairness are not simulated: this is kept, and no request waits for it"
/** What is said to whoever writes objects that a real cluster would do more with. */
const remarks: { readonly [kind: string]: string } = {
  APIService: "this server serves every group by itself: API services are kept, and none is asked",
  FlowSchema: unheeded,
  MutatingWebhookConfiguration: uncalled,
  PriorityLevelConfiguration: unheeded,
  ValidatingWebhookConfiguration: uncalled,
  ValidatingAdmissionPolicyBinding: uncalled,
  VolumeAttachment:
    "volumes are there without being attached: attachments are kept, and nobody attaches",
}

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
  if (withoutSpec.has(kind.kind)) return (before, after) => differs(before, after, ["metadata"])
  return (before, after) => before["spec"] !== after["spec"]
}

/** Held by a definition that is deleted, until its objects have gone. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io"

/** What is known of a kind beside its name. */
export interface RulesOptions {
  /** The version in which objects are stored. Default: the kind's own. */
  readonly storedAs?: string
  /** Default: the built-in kind's own; for others one that says nothing. */
  readonly schema?: MergeSchema
  readonly custom?: CustomKind
}

/** Turns objects of one version into those of another: they differ in nothing else. */
function converter(apiVersion: string): (object: StoredObject) => StoredObject {
  const known = new WeakMap<StoredObject, StoredObject>()
  return (object) => {
    if (object.apiVersion === apiVersion) return object
    let converted = known.get(object)
    if (converted === undefined) {
      converted = Object.freeze({ ...object, apiVersion }) as StoredObject
      known.set(object, converted)
    }
    return converted
  }
}

function versionsOf(
  apiVersion: string,
  storedAs: string | undefined,
): Pick<KindRules, "keep" | "present"> {
  if (storedAs === undefined) return { keep: (object) => object, present: (object) => object }
  return {
    keep: (object) =>
      object.apiVersion === storedAs ? object : Object.freeze({ ...object, apiVersion: storedAs }),
    present: converter(apiVersion),
  }
}

/** How the server treats a kind: built-in ones by their own rules, everything else as a custom resource. */
export function rulesOf(kind: Kind, options: RulesOptions = {}): KindRules {
  const apiVersion = apiVersionOf(kind)
  const isBuiltIn = builtInKind(apiVersion, kind.kind)?.plural === kind.plural
  const orphans = isBuiltIn && ["Job", "ReplicationController"].includes(kind.kind)
  return {
    kind,
    apiVersion,
    resource: kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`,
    id: `${kind.group}/${kind.plural}`,
    schema: options.schema ?? mergeSchemaOf(apiVersion, kind.kind),
    isBuiltIn,
    hasGeneration: !isBuiltIn || generations.has(kind.kind),
    isNewGeneration: newGeneration(kind, isBuiltIn),
    keepsStatusOnCreate: !kind.hasStatus || (isBuiltIn && kind.kind === "Node"),
    createsOnUpdate: isBuiltIn && creatingOnUpdate.has(kind.kind),
    needsVersionOnUpdate: !isBuiltIn || versioned.has(kind.kind),
    custom: options.custom,
    isTerminating: false,
    deletionFinalizer:
      isBuiltIn && kind.kind === "CustomResourceDefinition" ? cleanupFinalizer : undefined,
    ...versionsOf(apiVersion, options.storedAs),
    defaultPropagation: orphans ? "Orphan" : "Background",
    isGraceful: isBuiltIn && kind.kind === "Pod",
    remark: isBuiltIn ? remarks[kind.kind] : undefined,
  }
}
