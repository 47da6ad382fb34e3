import type { EpochMs, Kind, ObjectKey, UntypedObject } from "@argo-ts/kernel"
import type { UserInfo } from "../http/auth/user.js"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "../store/stored-object.js"

/** What was done to an object. */
export type WriteVerb = "create" | "update" | "patch" | "apply" | "delete"

/** One write as the log and its listeners see it: who did what, and the object before and after. */
export interface ClusterWrite {
  /** When, on the cluster's clock. */
  readonly at: EpochMs
  readonly verb: WriteVerb
  /** `status`, `scale`, …; absent for the object itself. */
  readonly subresource?: string
  /** The field manager of the request, `unknown` where it named none. */
  readonly manager: string
  readonly kind: Kind
  readonly key: ObjectKey
  readonly resourceVersion: string
  /** Absent where the object was created. */
  readonly before?: UntypedObject
  /** Absent where the object went. */
  readonly after?: UntypedObject
}

/** A request that changes something. */
export interface WriteRequest {
  readonly verb: WriteVerb
  readonly manager: string
  readonly isDryRun: boolean
  readonly subresource: string | undefined
  /** Who writes. Absent: the cluster itself, or somebody whose rights nobody checks. */
  readonly user?: UserInfo | undefined
  /** What becomes of a write with fields that the kind does not have. */
  readonly fieldValidation: "Ignore" | "Warn" | "Strict"
  /**
   * True for what the server itself has put as it stores it, and gives away: there is nothing to read in another spelling
   * and nothing to fill in, its parts are frozen, and only its metadata is still to be completed. Default false.
   */
  readonly isOwn?: boolean
  /** Tells the writer what the server says beside its answer. */
  warn(text: string): void
}

/** A request of the server itself, which nobody warns and which answers nobody. */
export function serverRequest(
  verb: WriteVerb,
  manager: string,
  subresource?: string,
): WriteRequest {
  const warn = (): void => {}
  return { verb, manager, isDryRun: false, subresource, fieldValidation: "Ignore", warn }
}

/** A change that a request asks for. Without `after` the object goes. */
export interface Commit {
  readonly request: WriteRequest
  readonly rules: KindRules
  readonly before: StoredObject | undefined
  readonly after: UntypedObject | undefined
}

/** What the server needs of its surroundings. */
export interface Committer {
  /** Makes a change last, tells everybody, and answers the object as stored (or as it went). */
  commit(commit: Commit): StoredObject
}
