import type { JsonObject } from "@argo-ts/kernel"

/** How a directory of plain manifests is read: `spec.source.directory`. */
export interface DirectorySource {
  /** Read the directories below too. Default false. */
  readonly recurse?: boolean
  /** Glob over the path relative to the application's path; files that do not match are left out. */
  readonly include?: string
  /** Glob over the path relative to the application's path; files that match are left out. Asked before `include`. */
  readonly exclude?: string
  /**
   * Take files of any name, not only `*.yaml`, `*.yml` and `*.json`. Default false.
   * @unsupported the plain-manifest renderer reads YAML and JSON files only
   */
  readonly disableExtensionFilter?: boolean
  /**
   * Values for Jsonnet files.
   * @unsupported Jsonnet rendering is not built yet
   */
  readonly jsonnet?: JsonObject
}

/** Where desired objects come from: `spec.source`. */
export interface ApplicationSource {
  /** Repository URL, as git understands it or as the `addresses` of the run map it. */
  readonly repoURL: string
  /** Directory inside the repository. Default the root. */
  readonly path?: string
  /** Branch, tag, full or truncated commit id, or `HEAD`. Default `HEAD`. */
  readonly targetRevision?: string
  /** How plain manifests are read. */
  readonly directory?: DirectorySource
  /** A name for the source, shown to people. */
  readonly name?: string
  /**
   * Chart name in a Helm repository.
   * @unsupported Helm rendering is not built yet
   */
  readonly chart?: string
  /**
   * Helm settings.
   * @unsupported Helm rendering is not built yet
   */
  readonly helm?: JsonObject
  /**
   * Kustomize settings.
   * @unsupported Kustomize rendering is not built yet
   */
  readonly kustomize?: JsonObject
  /**
   * Config management plugin.
   * @unsupported plugins are not built yet
   */
  readonly plugin?: JsonObject
  /**
   * Name under which other sources refer to this one.
   * @unsupported several sources are not built yet
   */
  readonly ref?: string
  /**
   * Prefix of the tags that a version constraint looks at.
   * @unsupported version constraints on tags are not built yet
   */
  readonly tagPrefix?: string
}

/** Where desired objects go: `spec.destination`. Exactly one of `server` and `name`. */
export interface ApplicationDestination {
  /** API server URL. `https://kubernetes.default.svc` is the cluster that the controller runs in. */
  readonly server?: string
  /** Cluster name. `in-cluster` is the cluster that the controller runs in. */
  readonly name?: string
  /** Namespace of namespaced objects that name none. */
  readonly namespace?: string
}
