import type { JsonObject, ObjectMeta } from "@argo-ts/kernel"

/** A permitted place: `spec.destinations[]`. Globs; a leading `!` forbids. */
export interface ProjectDestination {
  readonly server?: string
  readonly name?: string
  readonly namespace?: string
}

/** A kind, or some objects of it. Shell globs. */
export interface ProjectKind {
  readonly group: string
  readonly kind: string
  /** Only in cluster lists. Default every name. */
  readonly name?: string
}

/** Objects that nobody manages: `spec.orphanedResources`. */
export interface OrphanedResources {
  /** Set a warning condition. Default false. */
  readonly warn?: boolean
  readonly ignore?: readonly JsonObject[]
}

/** What applications of a project may do: `spec`. */
export interface AppProjectSpec {
  /** Shown to users, at most 255 characters. */
  readonly description?: string
  /** Permitted repositories: globs with `/` as separator; a leading `!` forbids. */
  readonly sourceRepos?: readonly string[]
  readonly destinations?: readonly ProjectDestination[]
  /** Permitted cluster-scoped kinds. Default none. */
  readonly clusterResourceWhitelist?: readonly ProjectKind[]
  readonly clusterResourceBlacklist?: readonly ProjectKind[]
  /** Permitted namespaced kinds. Default all; an empty list permits none. */
  readonly namespaceResourceWhitelist?: readonly ProjectKind[]
  readonly namespaceResourceBlacklist?: readonly ProjectKind[]
  /** Other namespaces in which applications of this project may stand. Globs or `/regular expressions/`. */
  readonly sourceNamespaces?: readonly string[]
  /**
   * When syncs may run.
   * @unsupported sync windows are not built yet
   */
  readonly syncWindows?: readonly JsonObject[]
  /**
   * Objects that nobody manages.
   * @unsupported orphan monitoring is not built yet
   */
  readonly orphanedResources?: OrphanedResources
  /** Who may do what. Kept for the API server; the controller has no users. */
  readonly roles?: readonly JsonObject[]
  /**
   * Only clusters that belong to the project.
   * @unsupported several clusters are not built yet
   */
  readonly permitOnlyProjectScopedClusters?: boolean
  /**
   * Impersonation.
   * @unsupported impersonation is not built yet
   */
  readonly destinationServiceAccounts?: readonly JsonObject[]
  /**
   * Signature checks.
   * @unsupported signature verification is not built yet
   */
  readonly signatureKeys?: readonly JsonObject[]
  /**
   * Signature checks.
   * @unsupported signature verification is not built yet
   */
  readonly sourceIntegrity?: JsonObject
}

/** `argoproj.io/v1alpha1 AppProject`: a fence around applications. */
export interface AppProject {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "AppProject"
  readonly metadata: ObjectMeta
  readonly spec: AppProjectSpec
  /** Tokens of the project's roles. Ignored. */
  readonly status?: JsonObject
}
