/** One piece of work on a key, while it is owned. */
export interface OwnedRun {
  /** Aborts the moment ownership lapses: the lease could not be renewed in time, or the process slept too long. */
  readonly signal: AbortSignal
  /** Throws an `OperationError` with code `OwnershipLost` once ownership has lapsed. Call it before each effect. */
  check(): void
  /** The fencing number the work began under: never smaller than that of an earlier owner of the key. */
  readonly fence: number
}

/**
 * Who may reconcile what, among replicas of one controller. Made by {@link electLeader} (one replica owns every key)
 * or {@link joinShards} (each key has one owner), and given to `createManager({ ownership })`.
 */
export interface Ownership {
  /** True while work on `namespace/name` may begin here. */
  owns(key: string): boolean
  /** The fencing number under which keys are owned now; absent while none is. */
  fence(): number | undefined
  /**
   * Runs `work` if the key is owned, and answers undefined without calling it otherwise. A key is handed to another
   * replica only after its work here has ended or ownership has lapsed.
   */
  run<T>(key: string, work: (run: OwnedRun) => Promise<T>): Promise<T | undefined>
  /** Calls back whenever `owns` may answer differently. Returns what stops it. */
  on(event: "change", listener: () => void): () => void
}

/** Durations that every replica of a group must agree on, in milliseconds. */
export interface LeaseTimes {
  /** Others wait so long after the last renewal they saw before they take over. Whole seconds. Default 15,000. */
  readonly leaseDurationMs?: number
  /**
   * So long after it sent its last successful renewal a holder considers its lease lost. Default 10,000. What lies
   * between this and `leaseDurationMs` is the room for clocks that run at different speeds and for requests that
   * are still under way.
   */
  readonly renewDeadlineMs?: number
  /** From one attempt to acquire or renew to the next. Default 2,000. */
  readonly retryPeriodMs?: number
}

/** {@link LeaseTimes} with its defaults. */
export type ResolvedLeaseTimes = Required<LeaseTimes>

/** Fills in client-go's defaults. Durations that cannot work together are the caller's mistake and throw. */
export function resolveLeaseTimes(times: LeaseTimes): ResolvedLeaseTimes {
  const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = times
  if (leaseDurationMs % 1000 !== 0 || leaseDurationMs < 1000) {
    throw new RangeError(`leaseDurationMs must be whole seconds, found ${leaseDurationMs}`)
  }
  if (leaseDurationMs <= renewDeadlineMs) {
    const found = `${leaseDurationMs} and ${renewDeadlineMs}`
    throw new RangeError(`leaseDurationMs must be greater than renewDeadlineMs, found ${found}`)
  }
  if (retryPeriodMs < 1 || renewDeadlineMs <= retryPeriodMs * 1.2) {
    const found = `${renewDeadlineMs} and ${retryPeriodMs}`
    throw new RangeError(`renewDeadlineMs must be greater than 1.2 retryPeriodMs, found ${found}`)
  }
  return { leaseDurationMs, renewDeadlineMs, retryPeriodMs }
}
