import { type EpochMs, OperationError } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { OwnedRun } from "./ownership.js"

/** The time for which a lease is held, and the work done in it. */
export interface Tenure {
  /** True until the deadline of the last renewal, by the clock: also where a wake comes too late to say so. */
  isHeld(): boolean
  /** A renewal succeeded: held until `until`. One that comes after the deadline begins a new tenure. */
  extend(until: EpochMs): void
  /** Ends the tenure now and aborts its work. Without effect where none is held. */
  lapse(): void
  /** Ends the tenure because it was given back: nobody is told, nothing is left to abort. */
  end(): void
  run<T>(key: string, fence: number, work: (run: OwnedRun) => Promise<T>): Promise<T>
  /** True where no work is left that `isKept` does not keep. Work of a lapsed tenure is never kept. */
  isDrained(isKept: (key: string) => boolean): boolean
  /** Resolves when no work is left at all. */
  idle(): Promise<void>
}

/** What a tenure tells. */
export interface TenureOptions {
  readonly clock: Clock
  /** Key of its deadline on the clock. */
  readonly name: string
  readonly onLapse: () => void
  /** Work has ended. */
  readonly onRunEnd?: () => void
}

interface Running {
  readonly key: string
  readonly signal: AbortSignal
}

function lost(name: string): OperationError {
  const message = `${name} is no longer held: its lease was not renewed in time`
  return new OperationError(message, { code: "OwnershipLost", retryable: true })
}

/** A tenure that has not begun. */
export function createTenure(options: TenureOptions): Tenure {
  const { clock, name } = options
  const running = new Set<Running>()
  const waiting = new Set<() => void>()
  let deadline: EpochMs | undefined
  let abort = new AbortController()
  let cancel: () => void = () => {}

  const end = (): void => {
    deadline = undefined
    cancel()
    abort.abort(lost(name))
  }
  const lapse = (): void => {
    if (deadline === undefined) return
    end()
    options.onLapse()
  }
  const isHeld = (): boolean => deadline !== undefined && clock.now() < deadline
  const settle = (entry: Running): void => {
    running.delete(entry)
    options.onRunEnd?.()
    if (running.size > 0) return
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  return {
    isHeld,
    lapse,
    end,
    extend(until) {
      if (!isHeld()) lapse()
      if (clock.now() >= until) return
      if (deadline === undefined) abort = new AbortController()
      cancel()
      deadline = until
      cancel = clock.wakeAt(until, name, lapse)
    },
    async run(key, fence, work) {
      const { signal } = abort
      const check = (): void => {
        if (!isHeld()) lapse()
        if (signal.aborted) throw lost(name)
      }
      const entry = { key, signal }
      running.add(entry)
      try {
        check()
        return await work({ signal, fence, check })
      } finally {
        settle(entry)
      }
    },
    isDrained: (isKept) => ![...running].some(({ key, signal }) => signal.aborted || !isKept(key)),
    idle: () =>
      running.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve)),
  }
}
