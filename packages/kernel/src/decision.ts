import type { EpochMs } from "./instant.js"

/** Something a core wants done. Performing it twice under the same `key` is harmless. */
export interface KeyedAction {
  readonly type: string
  /** Stable over re-decisions: made of run id, node, attempt — never of the time of day. */
  readonly key: string
}

/**
 * What a pure decision hands back: the next status, what to do about it, and when to ask again.
 *
 * An action is proposed again until an observation shows its result; `wakeAt` is an absolute instant, so a missed
 * timer cannot drift.
 */
export interface Decision<Status, Action extends KeyedAction> {
  readonly status: Status
  readonly actions: readonly Action[]
  readonly wakeAt?: EpochMs
}

/** The earliest of the given instants, ignoring `undefined`; `undefined` when there is none. */
export function earliest(...instants: readonly (EpochMs | undefined)[]): EpochMs | undefined {
  let first: EpochMs | undefined
  for (const instant of instants) {
    if (instant !== undefined && (first === undefined || instant < first)) first = instant
  }
  return first
}
