import type { EpochMs } from "@argo-ts/kernel"

/** Tells how long a key that failed has to wait. */
export interface RateLimiter {
  /** Milliseconds from `now` until the key may be tried again. Counts as one failure of the key. */
  delayMs(key: string, now: EpochMs): number
  /** The key succeeded: its failures no longer count. */
  forget(key: string): void
}

/**
 * Each key by itself: `baseMs`, doubled with each failure in a row, at most `maxMs`. Defaults 5 ms and 1,000 s, as
 * client-go's.
 */
export function exponentialBackoff(baseMs = 5, maxMs = 1_000_000): RateLimiter {
  const failures = new Map<string, number>()
  return {
    delayMs(key) {
      const count = failures.get(key) ?? 0
      failures.set(key, count + 1)
      return Math.min(baseMs * 2 ** count, maxMs)
    },
    forget: (key) => failures.delete(key),
  }
}

/** A limiter over all keys that can also be asked without waiting. */
export interface TokenBucket extends RateLimiter {
  /** Takes a token if there is one. */
  take(now: EpochMs): boolean
}

/**
 * All keys together: `burst` retries at once, then `perSecond`. Whoever comes when the bucket is empty reserves the
 * next token and waits for it. Defaults 10 and 100, as client-go's.
 */
export function tokenBucket(perSecond = 10, burst = 100): TokenBucket {
  let tokens = burst
  let filledAt: EpochMs | undefined
  const fill = (now: EpochMs): void => {
    const gained = ((now - (filledAt ?? now)) * perSecond) / 1000
    filledAt = now
    tokens = Math.min(burst, tokens + gained)
  }
  return {
    take(now) {
      fill(now)
      if (tokens < 1) return false
      tokens--
      return true
    },
    delayMs(_key, now) {
      fill(now)
      tokens--
      return tokens >= 0 ? 0 : Math.ceil((-tokens * 1000) / perSecond)
    },
    forget: () => {},
  }
}

/** The longest delay of several limiters; each counts every failure. */
export function slowestOf(...limiters: readonly RateLimiter[]): RateLimiter {
  return {
    delayMs: (key, now) => Math.max(0, ...limiters.map((each) => each.delayMs(key, now))),
    forget(key) {
      for (const each of limiters) each.forget(key)
    },
  }
}

/** How a controller's failed keys are held back; see {@link exponentialBackoff} and {@link tokenBucket}. */
export interface RetryLimits {
  /** First delay of a key. Default 5 ms. */
  readonly backoffBaseMs?: number
  /** Longest delay of a key. Default 1,000 s. */
  readonly backoffMaxMs?: number
  /** Retries a second over all keys. Default 10. */
  readonly perSecond?: number
  /** Retries over all keys that need not wait for that. Default 100. */
  readonly burst?: number
}

/** controller-runtime's limiter: each key's backoff and the bucket of all, whichever is slower. */
export function createRetryLimiter(limits: RetryLimits = {}): RateLimiter {
  return slowestOf(
    exponentialBackoff(limits.backoffBaseMs, limits.backoffMaxMs),
    tokenBucket(limits.perSecond, limits.burst),
  )
}
