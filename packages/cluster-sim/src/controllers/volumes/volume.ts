import type { Condition, Kind, KubernetesObject, LabelSelector, Stored } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import type { NodeSelectorTerm, ResourceList } from "../workloads.js"

/** What a volume is taken for: the claim by name, and by uid once they are bound. */
export interface ClaimReference {
  readonly kind?: string
  readonly apiVersion?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly resourceVersion?: string
}

/** `status.phase` of a PersistentVolume. */
export type VolumePhase = "Pending" | "Available" | "Bound" | "Released" | "Failed"

/** The parts of a PersistentVolume that the cluster looks into. */
export interface PersistentVolume extends KubernetesObject {
  readonly spec: {
    readonly capacity?: ResourceList
    readonly accessModes?: readonly string[]
    readonly claimRef?: ClaimReference
    readonly persistentVolumeReclaimPolicy?: "Retain" | "Delete" | "Recycle"
    readonly storageClassName?: string
    readonly volumeMode?: "Filesystem" | "Block"
    readonly volumeAttributesClassName?: string
    readonly mountOptions?: readonly string[]
    readonly nodeAffinity?: {
      readonly required?: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] }
    }
    readonly hostPath?: { readonly path: string }
    readonly nfs?: object
    readonly csi?: { readonly driver: string; readonly volumeHandle: string }
  }
  readonly status?: {
    readonly phase?: VolumePhase
    readonly reason?: string
    readonly message?: string
    readonly lastPhaseTransitionTime?: string
  }
}

/** The parts of a PersistentVolumeClaim that the cluster looks into. */
export interface VolumeClaim extends KubernetesObject {
  readonly spec: {
    readonly accessModes?: readonly string[]
    readonly resources?: { readonly requests?: ResourceList }
    readonly selector?: LabelSelector
    readonly storageClassName?: string
    readonly volumeAttributesClassName?: string
    readonly volumeMode?: "Filesystem" | "Block"
    readonly volumeName?: string
  }
  readonly status?: {
    readonly phase?: "Pending" | "Bound" | "Lost"
    readonly accessModes?: readonly string[]
    readonly capacity?: ResourceList
    readonly currentVolumeAttributesClassName?: string
    readonly conditions?: readonly Condition[]
  }
}

/** A StorageClass. */
export interface StorageClass extends KubernetesObject {
  readonly provisioner: string
  readonly parameters?: { readonly [name: string]: string }
  readonly reclaimPolicy?: "Retain" | "Delete"
  readonly mountOptions?: readonly string[]
  readonly volumeBindingMode?: "Immediate" | "WaitForFirstConsumer"
  readonly allowVolumeExpansion?: boolean
  readonly allowedTopologies?: readonly {
    readonly matchLabelExpressions?: readonly {
      readonly key: string
      readonly values: readonly string[]
    }[]
  }[]
}

/** PersistentVolumes. */
export const volumes: Kind<PersistentVolume> = builtInKind(
  "v1",
  "PersistentVolume",
) as Kind<PersistentVolume>
/** PersistentVolumeClaims. */
export const claims: Kind<VolumeClaim> = builtInKind(
  "v1",
  "PersistentVolumeClaim",
) as Kind<VolumeClaim>
/** StorageClasses. */
export const storageClasses: Kind<StorageClass> = builtInKind(
  "storage.k8s.io/v1",
  "StorageClass",
) as Kind<StorageClass>

/** Annotations by which the parts of volume binding speak to each other. */
export const marks = {
  bindCompleted: "pv.kubernetes.io/bind-completed",
  boundByController: "pv.kubernetes.io/bound-by-controller",
  provisionedBy: "pv.kubernetes.io/provisioned-by",
  provisioner: "volume.kubernetes.io/storage-provisioner",
  oldProvisioner: "volume.beta.kubernetes.io/storage-provisioner",
  selectedNode: "volume.kubernetes.io/selected-node",
  defaultClass: "storageclass.kubernetes.io/is-default-class",
} as const

/** The provisioner of classes whose volumes are made by hand. */
export const noProvisioner = "kubernetes.io/no-provisioner"

/** What protects a claim that pods use from going. */
export const claimProtection = "kubernetes.io/pvc-protection"
/** What protects a volume that a claim is bound to from going. */
export const volumeProtection = "kubernetes.io/pv-protection"

/** What an object says under an annotation. */
export function annotationOf(object: KubernetesObject, name: string): string | undefined {
  return object.metadata.annotations?.[name]
}

/** `namespace/name` of a claim, and of what a volume is taken for. */
export function claimName(of: {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}): string {
  return `${of.namespace ?? ""}/${of.name ?? ""}`
}

/** The class of a claim or volume; empty where it has none. */
export function classOf({ spec }: VolumeClaim | PersistentVolume): string {
  return spec.storageClassName ?? ""
}

/** True for a claim that is to wait until a pod that uses it has a node. */
export function isDelayed(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer"
}

/** What a volume says of the claim that it is taken for. */
export function claimReference({ metadata }: Stored<VolumeClaim>): ClaimReference {
  const { namespace = "", name, uid, resourceVersion } = metadata
  return { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: "v1", resourceVersion }
}

/** The class for claims that name none: of several default ones the newest, then the first by name. */
export function defaultClassOf(
  classes: readonly Stored<StorageClass>[],
): Stored<StorageClass> | undefined {
  const marked = classes.filter((each) => annotationOf(each, marks.defaultClass) === "true")
  const made = (each: Stored<StorageClass>): string => each.metadata.creationTimestamp
  return marked.toSorted((left, right) => {
    if (made(left) !== made(right)) return made(left) < made(right) ? 1 : -1
    return left.metadata.name < right.metadata.name ? -1 : 1
  })[0]
}
