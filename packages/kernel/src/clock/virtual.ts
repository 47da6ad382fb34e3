import { type EpochMs, epochMs } from "../instant.js"
import { invariant } from "../invariant.js"
import { compareText } from "../ordering.js"
import type { Clock } from "./clock.js"
import { type ClockEvent, createEventHeap } from "./event-heap.js"
import { startLimited } from "./limited.js"

/** A clock that moves only when it is told to, from event to event. */
export interface VirtualClock extends Clock {
  /** Runs everything that is due up to and including `at`, in order, and stands at `at`. */
  advanceTo(at: EpochMs): Promise<void>
  /** Runs everything that is due within `milliseconds` from now, and stands there. */
  advance(milliseconds: number): Promise<void>
  /**
   * Runs event after event until `isDone` holds, nothing is left to run, or the next event lies after `limit`.
   * Stands at the last event it ran. Returns what `isDone` says then.
   */
  runUntil(isDone: () => boolean, limit: EpochMs): Promise<boolean>
  /** The instant of the next event, if any is registered. */
  nextAt(): EpochMs | undefined
}

/** True for a clock that stands still until it is moved. */
export function isVirtualClock(clock: Clock): clock is VirtualClock {
  return "advanceTo" in clock
}

/** Lets every promise that can continue without real I/O do so. */
function drain(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A server's change that waits for its turn. */
interface ServedChange {
  readonly key: string
  readonly run: () => void
}

/** Counts tracked work and holds servers' changes; `settle` resolves once none of both is left. */
interface TrackedGate {
  begin(): void
  end(): void
  serve(change: ServedChange): void
  settle(): Promise<void>
}

/**
 * A change runs when no more operations run than changes wait: then each of them waits for an answer, and which
 * request came first over a real socket no longer matters.
 */
function createTrackedGate(): TrackedGate {
  const waiting: ServedChange[] = []
  let running = 0
  let notify: (() => void) | undefined
  return {
    begin: () => {
      running++
    },
    end: () => {
      running--
      notify?.()
    },
    serve(change) {
      const index = waiting.findIndex((other) => compareText(change.key, other.key) < 0)
      waiting.splice(index < 0 ? waiting.length : index, 0, change)
      notify?.()
    },
    async settle() {
      await drain()
      while (running > 0 || waiting.length > 0) {
        if (waiting.length > 0 && waiting.length >= running) {
          waiting.shift()?.run()
        } else {
          await new Promise<void>((resolve) => {
            notify = resolve
          })
          notify = undefined
        }
        await drain()
      }
    },
  }
}

/**
 * A virtual clock that stands at `start`. Twenty-four hours pass in as long as their events take to run. Between
 * two events all pending promises settle, and all tracked work ends: the same events give the same run.
 */
export function createVirtualClock(start: EpochMs = epochMs(0)): VirtualClock {
  const events = createEventHeap()
  const tracked = createTrackedGate()
  let now: number = start
  let sequence = 0
  let isDriven = false

  const wakeAt = (at: number, key: string, wake: () => void): (() => void) => {
    const event: ClockEvent = { at, key, sequence: sequence++, wake, isCancelled: false }
    events.push(event)
    return () => {
      event.isCancelled = true
    }
  }
  const drive = async (isDone: () => boolean, limit: number): Promise<boolean> => {
    invariant(!isDriven, "a virtual clock is driven from one place at a time")
    isDriven = true
    try {
      for (;;) {
        await tracked.settle()
        if (isDone()) return true
        const next = events.peek()
        if (next === undefined || next.at > limit) return false
        events.pop()
        now = Math.max(now, next.at)
        next.wake()
      }
    } finally {
      isDriven = false
    }
  }
  const advanceTo = async (at: EpochMs): Promise<void> => {
    await drive(() => false, at)
    now = Math.max(now, at)
  }
  const track: Clock["track"] = async (key, start, options) => {
    tracked.begin()
    const arrivesAt = now + options.takesMs
    const outcome = await startLimited(key, start, options.realLimitMs).then(
      (value) => ({ isDone: true as const, value }),
      (error: unknown) => ({ isDone: false as const, error }),
    )
    await new Promise<void>((resolve) => {
      wakeAt(arrivesAt, key, resolve)
      tracked.end()
    })
    if (!outcome.isDone) throw outcome.error
    return outcome.value
  }
  const serve: Clock["serve"] = (key, change) =>
    new Promise((resolve, reject) => {
      const run = (): void => void Promise.resolve().then(change).then(resolve, reject)
      tracked.serve({ key, run })
    })
  return {
    now: () => epochMs(now),
    wakeAt,
    track,
    serve,
    advanceTo,
    advance: (milliseconds) => advanceTo(epochMs(now + milliseconds)),
    runUntil: drive,
    nextAt: () => {
      const next = events.peek()
      return next === undefined ? undefined : epochMs(next.at)
    },
  }
}
