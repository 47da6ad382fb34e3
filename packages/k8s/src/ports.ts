import type {
  JsonObject,
  JsonValue,
  Kind,
  KubernetesObject,
  LabelSelector,
  ObjectKey,
  Stored,
} from "@argo-ts/kernel"

/** Which objects of a kind. */
export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: LabelSelector
  /** Field path → value, all must hold: `{ "metadata.name": "web" }`. */
  readonly fieldSelector?: { readonly [path: string]: string }
  /** Field path → values that it must not have: `{ "status.phase": ["Succeeded", "Failed"] }`. */
  readonly excludedFields?: { readonly [path: string]: readonly string[] }
}

/** Which objects, and how many at a time. */
export interface ListOptions extends Selection {
  /** At most so many items; `continue` of the answer fetches the next page. */
  readonly limit?: number
  readonly continue?: string
  /** Not older than this version, or exactly it: `resourceVersionMatch` says which. */
  readonly resourceVersion?: string
  /**
   * How `resourceVersion` is meant. `Exact` shows the collection as it was at that version and is `Expired` where
   * nobody remembers. Default `NotOlderThan`.
   */
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan"
}

/** A page of objects and the version of the collection they were read at. */
export interface ObjectList<T extends KubernetesObject> {
  readonly items: readonly Stored<T>[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** Options of a single read. */
export interface GetOptions {
  /** `status`, `scale`, … */
  readonly subresource?: string
}

/** Reads objects. `get` answers `undefined` where the object does not exist; anything else rejects. */
export interface ClusterReader {
  get<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    options?: GetOptions,
  ): Promise<Stored<T> | undefined>
  list<T extends KubernetesObject>(kind: Kind<T>, options?: ListOptions): Promise<ObjectList<T>>
}

/** A change, in the order of the server. */
export type WatchEvent<T extends KubernetesObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Stored<T> }
  | {
      readonly type: "BOOKMARK"
      /** Everything up to this version has been told. */
      readonly resourceVersion: string
      /** True on the bookmark that ends the objects of `sendInitialEvents`. */
      readonly isInitialEventsEnd?: boolean
    }

/** Where a watch starts, and what it selects. */
export interface WatchOptions extends Selection {
  /** Changes after this version. Absent: every existing object as `ADDED` first, then changes. */
  readonly resourceVersion?: string
  /** Tell from time to time up to which version everything has been told. Default: whether it is told is open. */
  readonly allowWatchBookmarks?: boolean
  /**
   * True: every object as `ADDED` first, a bookmark with `isInitialEventsEnd` where bookmarks are allowed, then
   * changes. Needs `resourceVersionMatch: "NotOlderThan"`.
   */
  readonly sendInitialEvents?: boolean
  /** Only with `sendInitialEvents`. */
  readonly resourceVersionMatch?: "NotOlderThan"
}

/** Receives a watch. After `end` nothing more comes; its error has code `Expired` where the version is gone. */
export interface WatchObserver<T extends KubernetesObject> {
  event(event: WatchEvent<T>): void
  end(error?: unknown): void
}

/** Watches objects. */
export interface ClusterWatcher {
  /** Delivers changes to `observer` until the returned function is called or the server ends the watch. */
  watch<T extends KubernetesObject>(
    kind: Kind<T>,
    options: WatchOptions,
    observer: WatchObserver<T>,
  ): () => void
}

/** Options every write understands. */
export interface WriteOptions {
  /** Recorded in `managedFields` and in a cluster's log as the source of the write. */
  readonly fieldManager?: string
  /** Answers what would be stored and stores nothing. Default false. */
  readonly dryRun?: boolean
  /** `status`, `scale`, `eviction`, … Absent: the object itself. */
  readonly subresource?: string
  /** What to do about fields the server does not know. Default `Warn`, as kubectl-less clients have it. */
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict"
  /** Called with each warning that comes with the answer, before it. Default: warnings are dropped. */
  readonly onWarning?: (text: string) => void
}

/** Server-side apply needs to know who applies. */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string
  /** Take fields from other managers instead of answering 409. Default false. */
  readonly force?: boolean
}

/** How an object goes. */
export interface DeleteOptions extends WriteOptions {
  /** What happens to dependents. Default: the kind's own (`Background` for almost all). */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan"
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  /** Seconds; default the object's own. */
  readonly gracePeriodSeconds?: number
  /**
   * Called with what the server answers where there was something to delete: the object, while it goes on for now, and of
   * some kinds also as it went; else a `Status` that tells its uid. With `dryRun`, what it would have answered.
   */
  readonly onAnswer?: (answer: JsonObject) => void
}

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test"
  readonly path: string
  readonly from?: string
  readonly value?: JsonValue
}

/** The three patch languages besides apply. */
export type Patch =
  | { readonly type: "json"; readonly operations: readonly JsonPatchOperation[] }
  | { readonly type: "merge"; readonly patch: JsonObject }
  | { readonly type: "strategic"; readonly patch: JsonObject }

/** Writes objects. Every refusal rejects with a {@link ClusterError}. */
export interface ClusterWriter {
  create<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<Stored<T>>
  /** Replaces; with `metadata.resourceVersion` only if it is still the stored one (else code `Conflict`). */
  update<T extends KubernetesObject>(
    kind: Kind<T>,
    object: T,
    options?: WriteOptions,
  ): Promise<Stored<T>>
  patch<T extends KubernetesObject>(
    kind: Kind<T>,
    key: ObjectKey,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<Stored<T>>
  /** Server-side apply: `object` holds only the fields that the manager has an opinion on. */
  apply<T extends KubernetesObject>(
    kind: Kind<T>,
    object: KubernetesObject,
    options: ApplyOptions,
  ): Promise<Stored<T>>
  /** Answers false where there was nothing to delete. */
  delete(kind: Kind, key: ObjectKey, options?: DeleteOptions): Promise<boolean>
}

/** What is asked of discovery. */
export interface DiscoveryOptions {
  /** Default false: the preferred version only. */
  readonly allVersions?: boolean
  /** Also kinds that can only be read and not be watched, such as those of `metrics.k8s.io`. Default false. */
  readonly readOnly?: boolean
}

/** Tells which kinds a cluster serves, for callers that meet kinds they were not written for. */
export interface ClusterDiscovery {
  /** Every served kind in its preferred version, or in each version that it is served in. */
  kinds(options?: DiscoveryOptions): Promise<readonly Kind[]>
}

/** The whole port. Ask for the smallest part that does. */
export interface Cluster extends ClusterReader, ClusterWatcher, ClusterWriter, ClusterDiscovery {}
