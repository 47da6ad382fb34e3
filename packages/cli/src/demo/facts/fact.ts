/** Who is responsible for a fact. */
export type FactSource =
  | "event-bus"
  | "dag-engine"
  | "promotion"
  | "gitops-core"
  | "progressive-delivery"
  | "cluster"
  | "git"
  | "demo"

/**
 * Something that became true in the cluster, as one line of `--json` shows it. Facts are a projection of the
 * cluster's log: no path, port, process id, real duration or tool output, and the same for the same seed.
 */
export interface Fact {
  /** Virtual milliseconds since the start of the story. */
  readonly t: number
  readonly source: FactSource
  readonly kind: string
  /** `namespace/name`. */
  readonly name: string
  readonly reason: string
  readonly message: string
}

/** A write as the cluster's log has it. */
export interface LoggedWrite {
  readonly at: number
  readonly type: "ADDED" | "MODIFIED" | "DELETED"
  readonly object: LoggedObject
  readonly fieldManager: string
}

/** An object of the log, read by field name. */
export interface LoggedObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name?: string
    readonly namespace?: string
    readonly uid?: string
  }
}
