import { type EpochMs, epochMs } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"

/** What a {@link DueQueue} needs. */
export interface DueQueueOptions {
  /** The key of the queue's turns on the clock. */
  readonly name: string
  readonly clock: Clock
  /** Works on a key and answers when to look again. */
  readonly process: (key: string) => EpochMs | undefined
  /** Told of what `process` throws. Default: it is thrown on. */
  readonly onFailure?: (key: string, error: unknown) => void
}

/** Keys that want work now or later: everything due at an instant is done in one turn of the clock. */
export interface DueQueue {
  /** The key wants work in the next turn; a later look that it asked for is forgotten. */
  add(key: string): void
  /** The key wants nothing any more. */
  forget(key: string): void
}

interface Bucket {
  readonly keys: Set<string>
  readonly cancel: () => void
}

/** Later looks, by instant: one event of the clock for all keys of an instant. */
function createTimers(clock: Clock, name: string, wake: (key: string) => void) {
  const buckets = new Map<number, Bucket>()
  const dueAt = new Map<string, number>()
  const cancel = (key: string): void => {
    const at = dueAt.get(key)
    if (at === undefined) return
    dueAt.delete(key)
    const bucket = buckets.get(at)
    bucket?.keys.delete(key)
    if (bucket?.keys.size !== 0) return
    bucket.cancel()
    buckets.delete(at)
  }
  const fire = (at: number): void => {
    const bucket = buckets.get(at)
    buckets.delete(at)
    for (const key of bucket?.keys ?? []) {
      dueAt.delete(key)
      wake(key)
    }
  }
  return {
    cancel,
    set(key: string, at: EpochMs): void {
      cancel(key)
      dueAt.set(key, at)
      const known = buckets.get(at)
      if (known !== undefined) known.keys.add(key)
      else buckets.set(at, { keys: new Set([key]), cancel: clock.wakeAt(at, name, () => fire(at)) })
    },
  }
}

/** A queue whose work is synchronous: keys run in the order in which they were added, also those added meanwhile. */
export function createDueQueue(options: DueQueueOptions): DueQueue {
  const { name, clock, process } = options
  const due = new Set<string>()
  let isScheduled = false
  const timers = createTimers(clock, name, (key) => add(key))

  const attempt = (key: string): EpochMs | undefined => {
    try {
      return process(key)
    } catch (error) {
      if (options.onFailure === undefined) throw error
      options.onFailure(key, error)
      return undefined
    }
  }
  const run = (): void => {
    isScheduled = false
    // A set is iterated in order and includes what is added meanwhile.
    for (const key of due) {
      due.delete(key)
      const next = attempt(key)
      if (next !== undefined && !due.has(key)) timers.set(key, epochMs(Math.ceil(next)))
    }
  }
  const add = (key: string): void => {
    timers.cancel(key)
    due.add(key)
    if (isScheduled) return
    isScheduled = true
    clock.wakeAt(clock.now(), name, run)
  }
  return {
    add,
    forget(key) {
      timers.cancel(key)
      due.delete(key)
    },
  }
}
