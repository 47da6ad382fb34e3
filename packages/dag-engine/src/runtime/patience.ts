import { isOperationError } from "@argo-ts/kernel"
import { type Clock, sleep } from "@argo-ts/kernel/clock"

/** How often something is tried that fails for the moment. The pauses between double. */
export interface Patience {
  readonly clock: Clock
  /** Names the pauses. */
  readonly key: string
  /** Which errors pass; every other is thrown at once. */
  readonly isPassing: (error: unknown) => boolean
  /** Told of each error that passes. */
  readonly waiting?: (error: unknown) => void
  /** Default: without end. */
  readonly triesMax?: number
}

const pauseFirstMs = 1000
const pauseMaxMs = 30_000

/** Does something until it succeeds, or fails for good. */
export async function persistently<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { clock, key, isPassing, waiting, triesMax = Number.POSITIVE_INFINITY } = patience
  for (
    let tries = 1, pauseMs = pauseFirstMs;
    ;
    tries++, pauseMs = Math.min(pauseMs * 2, pauseMaxMs)
  ) {
    try {
      return await work()
    } catch (error) {
      if (tries >= triesMax || !isPassing(error)) throw error
      waiting?.(error)
      await sleep(clock, pauseMs, key)
    }
  }
}

/** What may pass: a server is busy or cannot be reached, or a quota is used up for now. */
export function isForNow(error: unknown): boolean {
  if (!isOperationError(error)) return false
  return error.retryable || /exceeded quota/.test(error.message)
}
