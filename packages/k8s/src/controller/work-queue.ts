import { type EpochMs, epochMs } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import PQueue from "p-queue"
import { retryAfterMs } from "../cluster-error.js"
import { createRetryLimiter, type RateLimiter } from "./rate-limiter.js"
import { isTerminal } from "./terminal.js"

/** What a work queue needs to know. Keys are plain texts. */
export interface WorkQueueOptions {
  /** Prefix of the clock keys: among queues of one instant it decides the order. */
  readonly name: string
  readonly clock: Clock
  /** How many keys are processed at once; one key never twice at once. */
  readonly concurrency: number
  /** Processes a key; answers when to look again. Rejecting retries with backoff, unless terminal. */
  readonly process: (key: string) => Promise<EpochMs | undefined>
  /** Told of every failure, with the instant of the retry, or without one where none follows. */
  readonly onFailure: (key: string, error: unknown, retryAt: EpochMs | undefined) => void
  /** Holds failed keys back. Default {@link createRetryLimiter} with its defaults. */
  readonly limiter?: RateLimiter
  /** Told of what happens to keys, for measuring. Default nobody. */
  readonly observer?: WorkQueueObserver
}

/** Hears of a queue's life. */
export interface WorkQueueObserver {
  /** A key that was not waiting waits now. */
  added(key: string): void
  /** Work on a key begins: it no longer waits. */
  started(key: string): void
  ended(key: string): void
  /** A failed key will be added again. */
  retried(key: string): void
}

const nobody: WorkQueueObserver = {
  added() {},
  started() {},
  ended() {},
  retried() {},
}

/** A set of keys that want work: duplicates collapse, a key never runs twice at once, failures come back later. */
export interface WorkQueue {
  /** The key wants work now. Cheap when it is already waiting. */
  add(key: string): void
  /** Keys added before are held until this is called. */
  open(): void
  /** Takes no more work and resolves once running work has ended. */
  close(): Promise<void>
  /** How many keys wait or run. */
  size(): number
}

interface KeyState {
  isWaiting: boolean
  isRunning: boolean
  /** Cancels the start that the clock holds. */
  cancelStart: (() => void) | undefined
  /** Cancels the later look that a result or a failure asked for. */
  cancelTimer: (() => void) | undefined
}

function idleState(): KeyState {
  return {
    isWaiting: false,
    isRunning: false,
    cancelStart: undefined,
    cancelTimer: undefined,
  }
}

/** Processes a key and answers when to look again, whether it succeeded or failed. */
function createAttempt(
  options: WorkQueueOptions,
  observer: WorkQueueObserver,
): (key: string) => Promise<EpochMs | undefined> {
  const { clock, limiter = createRetryLimiter() } = options
  // Never again for a terminal error, else after what the limiter says, or the server where that is later.
  const retryAt = (key: string, error: unknown): EpochMs | undefined => {
    if (isTerminal(error)) {
      limiter.forget(key)
      return undefined
    }
    observer.retried(key)
    const delayMs = Math.max(limiter.delayMs(key, clock.now()), retryAfterMs(error))
    return epochMs(clock.now() + delayMs)
  }
  return async (key) => {
    try {
      const next = await options.process(key)
      limiter.forget(key)
      return next
    } catch (error) {
      const next = retryAt(key, error)
      options.onFailure(key, error, next)
      return next
    }
  }
}

/**
 * A keyed queue on the clock. Every start is an event of the clock named `name/key`, so that under a virtual clock
 * the order of work is a function of (instant, key) alone — also after a restart that finds everything dirty.
 */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { name, clock } = options
  const { observer = nobody } = options
  const workers = new PQueue({ concurrency: options.concurrency })
  const states = new Map<string, KeyState>()
  let isOpen = false
  let isClosed = false

  const schedule = (key: string, state: KeyState): void => {
    state.cancelStart = clock.wakeAt(clock.now(), `${name}/${key}`, () => {
      state.cancelStart = undefined
      void workers.add(() => run(key, state))
    })
  }
  const add = (key: string): void => {
    const state = states.get(key) ?? idleState()
    if (isClosed || state.isWaiting) return
    states.set(key, state)
    state.isWaiting = true
    observer.added(key)
    if (isOpen && !state.isRunning) schedule(key, state)
  }
  const attempt = createAttempt(options, observer)
  const run = async (key: string, state: KeyState): Promise<void> => {
    if (isClosed) return
    state.isWaiting = false
    state.isRunning = true
    state.cancelTimer?.()
    state.cancelTimer = undefined
    observer.started(key)
    const next = await attempt(key)
    observer.ended(key)
    state.isRunning = false
    if (isClosed) return
    if (next !== undefined) {
      state.cancelTimer = clock.wakeAt(next, `${name}/${key}`, () => add(key))
    }
    if (state.isWaiting) schedule(key, state)
    else if (next === undefined) states.delete(key)
  }
  return {
    add,
    open() {
      isOpen = true
      for (const [key, state] of states) if (state.isWaiting) schedule(key, state)
    },
    async close() {
      isClosed = true
      for (const state of states.values()) {
        state.cancelStart?.()
        state.cancelTimer?.()
      }
      await workers.onIdle()
    },
    size: () => [...states.values()].filter((state) => state.isWaiting || state.isRunning).length,
  }
}
