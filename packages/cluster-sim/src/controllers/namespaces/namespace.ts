import type { Condition, Kind, KubernetesObject } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"

/** A namespace. */
export interface Namespace extends KubernetesObject {
  readonly spec?: { readonly finalizers?: readonly string[] }
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
}

/** Namespaces. */
export const namespaces: Kind<Namespace> = builtInKind("v1", "Namespace") as Kind<Namespace>

/** The finalizer in `spec` that is the cluster's own. */
export const ownFinalizer = "kubernetes"
