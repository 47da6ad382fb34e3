import type { Cluster, Controller } from "@argo-ts/k8s"
import type { EpochMs, Kind, Logger, RandomStreams } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { ClusterUser } from "./access/access.js"
import type { ManagedFieldsMode } from "./api/server.js"
import type { ClusterWrite } from "./api/write.js"
import type { PodReading } from "./controllers/kubelet/pod-reading.js"
import type { PodScripts } from "./controllers/kubelet/pod-script.js"
import type { PodSessions } from "./controllers/kubelet/pod-sessions.js"
import type { ProcessOptions } from "./controllers/kubelet/process/options.js"
import type { NodeOptions } from "./controllers/nodes/node.js"
import type { StorageClassOptions } from "./controllers/volumes/first-classes.js"
import type { ProvisionerScripts } from "./controllers/volumes/provisioner.js"
import type { FaultOptions } from "./faults.js"
import type { AdmissionHook } from "./hooks/admission-hook.js"
import type { AccountTokens } from "./http/auth/account-tokens.js"
import type { Authorizer } from "./http/reviews.js"

/** A directory that keeps a cluster. */
export interface DataOptions {
  /** Made where there is none. */
  readonly directory: string
  /**
   * How long the log may grow before a snapshot takes its place; it also has to be longer than the snapshot before.
   * Default 4 MiB. Uids given after a snapshot differ from those of a run without one.
   */
  readonly compactAtBytes?: number
}

/** What a simulated cluster is made of. */
export interface ClusterSimOptions {
  /** All timestamps, delays and deadlines come from it. */
  readonly clock: Clock
  /** The seed of all names and uids. Default 1. */
  readonly seed?: number | string
  /** Custom kinds to serve beside the built-in ones. Default none. */
  readonly kinds?: readonly Kind[]
  /**
   * Whether a CustomResourceDefinition serves its kind before the request that created it is answered. Default false: at
   * the next turn of the clock, as a real server some moments later; `Established` in its status says when.
   */
  readonly instantCrds?: boolean
  /** Namespaces that exist from the start, beside `default` and the `kube-…` ones. Default none. */
  readonly namespaces?: readonly string[]
  /** A file to which every write is appended before it is acknowledged, and from which a cluster continues. */
  readonly log?: string
  /**
   * A directory that keeps the cluster, and from which it continues: a snapshot and a log of the writes since. Every write
   * is in it before it is acknowledged. One cluster at a time; another is refused as `DataInUse`. Not together with `log`.
   */
  readonly data?: string | DataOptions
  /** Seeded faults of the port. Default none. */
  readonly faults?: FaultOptions
  /**
   * The built-in controllers, with scheduler and kubelets. Default true; false runs none, a list runs these instead
   * of the controllers, beside scheduler and kubelets.
   */
  readonly controllers?: boolean | readonly Controller[]
  /** How pods behave. Default: running and ready at once, for ever; those of Jobs succeed at once. */
  readonly pods?: PodScripts
  /**
   * Allows pods to run as real processes of this machine: those whose script says `run: "process"`, by a rule of `pods`
   * or by their own annotation. Whoever may create pods may run any command then, as the user of this program. Not on a
   * virtual clock, nor on Windows. Default: it is not allowed, and such pods wait with `CreateContainerError`.
   */
  readonly processes?: ProcessOptions
  /**
   * The nodes that a new cluster begins with: so many, `node-0` and on, or these. Nodes created later run pods too.
   * Default 1. Without built-in controllers there are none.
   */
  readonly nodes?: number | readonly NodeOptions[]
  /**
   * The storage classes that a new cluster begins with. Default one, `standard`, which is the default class and makes a
   * volume for every claim. Without built-in controllers there are none.
   */
  readonly storageClasses?: readonly StorageClassOptions[]
  /** How provisioners behave, by the name that classes give. Default: each makes a volume after a second. */
  readonly provisioners?: ProvisionerScripts
  /** From the deletion of a namespace to that of its contents. Default 5,000 ms. */
  readonly namespaceDeletionDelayMs?: number
  /**
   * Whether new pods get the token volume of their service account, unless they or it say otherwise. Default true.
   * Only with the built-in controllers, which make the accounts; without them accounts are not looked up either.
   */
  readonly serviceAccountAutomount?: boolean
  /** The PEM text that `kube-root-ca.crt` of every namespace has as `ca.crt`. Default: empty. */
  readonly rootCertificate?: string
  /**
   * `on` records every writer, `off` nobody. Default `apply-only`: objects that were applied at least once.
   */
  readonly managedFields?: ManagedFieldsMode
  /** Functions in the place of admission webhooks, asked in this order about the writes of everybody. Default none. */
  readonly admission?: readonly AdmissionHook[]
  /**
   * Begin with the roles that every cluster has: `cluster-admin`, `admin`, `edit`, `view`, `system:…`. Default false: they
   * are made when {@link ClusterSim.as} is first called.
   */
  readonly bootstrapRoles?: boolean
  /** How many events may wait for a watcher before it is ended with `Expired`. Default 10,000. */
  readonly watchBuffer?: number
  /** Default: nothing is logged. */
  readonly logger?: Logger
}

/** A moment of a cluster, to go back to. */
export interface ClusterSnapshot {
  /** The version of the last write before it. */
  readonly resourceVersion: string
  /** When it was taken, on the cluster's clock. */
  readonly at: EpochMs
}

/** A cluster in memory. */
export interface ClusterSim extends PodReading, PodSessions {
  /** The port: what controllers and clients get. */
  readonly cluster: Cluster
  /**
   * The cluster as a user sees it, who may do what roles and bindings allow; everything else is Forbidden. With
   * `impersonate` acting as another, where that is allowed. `system:masters` may do everything.
   */
  as(user: ClusterUser, options?: { readonly impersonate?: ClusterUser }): Cluster
  /** Answers questions about rights, for servers: `serveCluster({ cluster, as, authorizer, accounts: accounts() })`. */
  readonly authorizer: Authorizer
  /** Tokens of service accounts. The first call makes a key. */
  accounts(): AccountTokens
  /** Resolves when the built-in controllers watch everything they need. */
  readonly ready: Promise<void>
  /** Random streams whose positions the log keeps. */
  readonly random: RandomStreams
  /** How many writes were made before it was opened, and the instant of the last one. */
  readonly opened: { readonly writes: number; readonly lastAt?: EpochMs }
  /**
   * Calls back for each write, after it is in the log and before it is acknowledged: a process that ends in here
   * has made the write and told nobody. Returns what stops it.
   */
  onWrite(listener: (write: ClusterWrite) => void): () => void
  /** Makes the next request that `isMatch` picks (default: any) fail with `error`. */
  failNext(error: Error, isMatch?: (verb: string, kind: Kind) => boolean): void
  /** Ends every watch, cleanly or with an error, as a server that restarts does. */
  dropWatches(error?: unknown): void
  /**
   * Remembers this moment: every object, the version, the random streams. Costs next to nothing, however many
   * objects there are, and keeps later changes in memory for as long as somebody holds the snapshot.
   */
  snapshot(): ClusterSnapshot
  /**
   * Goes back to a moment of this cluster, at the cost of what changed since. What follows names and numbers its
   * objects as it did the first time; the clock goes on. Watches end with `Expired`, and history is forgotten.
   * Throws for a snapshot of another cluster, and for a cluster with a `log` or `data`, which only grow.
   */
  restore(snapshot: ClusterSnapshot): void
  /** Forgets all history: older versions answer Expired. */
  expireHistory(): void
  /** Stops the controllers and all processes, and closes the log or the data directory. */
  close(): Promise<void>
}
