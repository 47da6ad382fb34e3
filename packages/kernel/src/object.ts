import type { JsonObject, JsonValue } from "./json.js"

/** `metadata.ownerReferences[]`. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  /** True for the one owner that manages this object. Default false. */
  readonly controller?: boolean
  /** Default false. */
  readonly blockOwnerDeletion?: boolean
}

/** `metadata.managedFields[]`: who set which field. */
export interface ManagedFieldsEntry {
  readonly manager?: string
  readonly operation?: "Apply" | "Update"
  readonly apiVersion?: string
  readonly time?: string
  readonly fieldsType?: "FieldsV1"
  readonly fieldsV1?: JsonObject
  readonly subresource?: string
}

/** `metadata` of every Kubernetes object. Timestamps are RFC 3339. */
export interface ObjectMeta {
  readonly name?: string
  /** A prefix to which the server adds five random characters when `name` is absent. */
  readonly generateName?: string
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly OwnerReference[]
  /** Set by the server. */
  readonly uid?: string
  /** Set by the server; opaque, compared for equality only. */
  readonly resourceVersion?: string
  /** Set by the server: grows with each change of the desired state. */
  readonly generation?: number
  /** Set by the server. */
  readonly creationTimestamp?: string
  /** Set by the server while finalizers hold a deleted object back. */
  readonly deletionTimestamp?: string
  /** Set by the server, in seconds. */
  readonly deletionGracePeriodSeconds?: number
  readonly managedFields?: readonly ManagedFieldsEntry[]
  readonly selfLink?: string
}

/** What every Kubernetes object has. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/** An object whose kind nobody described: read by field name, every field JSON. */
export interface UntypedObject extends KubernetesObject {
  readonly [field: string]: JsonValue | ObjectMeta | undefined
}

/** An object as the server hands it back: named, with identity and version. */
export type Stored<T extends KubernetesObject> = T & {
  readonly metadata: ObjectMeta & {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly creationTimestamp: string
  }
}

/** Which object: `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string
  readonly name: string
}

/**
 * A typed name of a kind. `cluster.get(rollouts, key)` returns a `Rollout` without a cast because the key carries
 * the type; registering a kind with a cluster needs nothing else.
 */
export interface Kind<T extends KubernetesObject = KubernetesObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Lower-case plural, as in the URL. */
  readonly plural: string
  readonly scope: "Namespaced" | "Cluster"
  /** True where `status` is written through its own subresource. */
  readonly hasStatus: boolean
  readonly shortNames?: readonly string[]
  /** Lower-case singular. Default the kind in lower case. */
  readonly singular?: string
  /** Groups of kinds that clients ask for in one word, such as `all`. */
  readonly categories?: readonly string[]
  /** True where a custom kind has `/scale`. */
  readonly hasScale?: boolean
  /** Never present: carries the type. */
  readonly __object?: T
}

/** Names a kind once; see {@link Kind}. */
export function defineKind<T extends KubernetesObject>(kind: Omit<Kind<T>, "__object">): Kind<T> {
  return kind
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(kind: Pick<Kind, "group" | "version">): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`
}

/** Splits `apps/v1` into group and version; `v1` is the core group (empty). */
export function parseApiVersion(apiVersion: string): {
  readonly group: string
  readonly version: string
} {
  const slash = apiVersion.indexOf("/")
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

/** The key of an object that has a name. */
export function keyOf(object: KubernetesObject): ObjectKey {
  const { namespace, name = "" } = object.metadata
  return namespace === undefined ? { name } : { namespace, name }
}

/** `namespace/name`, or `name` for cluster-scoped objects: for maps, sorting and messages. */
export function formatKey(key: ObjectKey): string {
  return key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`
}

/** Reads what {@link formatKey} wrote. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf("/")
  return slash < 0
    ? { name: text }
    : { namespace: text.slice(0, slash), name: text.slice(slash + 1) }
}

/** An owner reference that makes `owner` the managing controller of a dependent. */
export function controllerReference(owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? "",
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** The managing owner of an object, if it has one. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true)
}
