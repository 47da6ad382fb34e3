import type { Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { MetricsRegistry } from "../metrics/registry.js"
import type { Ownership } from "../ownership/ownership.js"
import type { Cluster } from "../ports.js"
import type { Tracing } from "./tracing.js"

/** What a manager needs. */
export interface ManagerOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly logger: Logger
  /**
   * Which keys are reconciled here, where several replicas run: {@link electLeader} or {@link joinShards}. Keys
   * gained are reconciled at once; keys lost are finished and then left alone. The manager does not end it: stop
   * the manager first, then the ownership. Default: every key.
   */
  readonly ownership?: Ownership
  /**
   * How long work that runs when the manager stops may take to its end, in milliseconds of the clock. Then its signal
   * aborts, its requests are refused with code `ManagerStopped`, and `stop` waits no longer. Default 30,000, as
   * controller-runtime's.
   */
  readonly gracePeriodMs?: number
  /** Where queues and reconciles are measured, under client-go's and controller-runtime's names. Default nowhere. */
  readonly metrics?: MetricsRegistry
  /** Traces reconciles and their requests. Default nothing. */
  readonly tracing?: Tracing
}
