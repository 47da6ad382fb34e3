import type { EpochMs } from "../instant.js"

/** How long tracked work takes: in the world of the clock, and at most in the real one. */
export interface TrackOptions {
  /** How far a virtual clock moves before the result arrives. A system clock ignores it. */
  readonly takesMs: number
  /**
   * After so many real milliseconds the work is aborted and `track` rejects with code `TrackedTimeout`. `Infinity`: it may
   * take as long as it does.
   */
  readonly realLimitMs: number
}

/** Time as drivers see it. Cores never do: they take `now` as a parameter. */
export interface Clock {
  /** The current instant, whole milliseconds. */
  now(): EpochMs
  /**
   * Calls `wake` once, as soon as `at` has come (at the next turn if it has passed). Wakes of one instant run in
   * the order of their `key`, then of their registration. Returns what cancels it.
   */
  wakeAt(at: EpochMs, key: string, wake: () => void): () => void
  /**
   * Runs real work — a child process, git, an HTTP request. A virtual clock stands still until all tracked work of
   * the instant has ended; each result then arrives at `now + takesMs`, ordered by (instant, key), so that a run
   * with real parts is still reproducible. Never track servers, watches or daemons: they do not end.
   */
  track<T>(
    key: string,
    start: (signal: AbortSignal) => Promise<T>,
    options: TrackOptions,
  ): Promise<T>
  /**
   * Runs what a server changes for a request, at the current instant, and resolves with its result; the server
   * answers after. A request often comes from tracked work, for which a virtual clock stands still: such changes
   * run before that work ends, one at a time in the order of their key, as soon as every operation that still runs
   * is waiting for one. (`wakeAt(now, …)` would wait for the request that waits for it.)
   */
  serve<T>(key: string, change: () => T | Promise<T>): Promise<T>
}

/** Resolves after `milliseconds` on the clock. Aborting resolves it at once. */
export function sleep(
  clock: Clock,
  milliseconds: number,
  key: string,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.wakeAt((clock.now() + milliseconds) as EpochMs, key, resolve)
    signal?.addEventListener(
      "abort",
      () => {
        cancel()
        resolve()
      },
      { once: true },
    )
  })
}
