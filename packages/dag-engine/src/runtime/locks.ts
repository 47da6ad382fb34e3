import { thrownText } from "@argo-ts/kernel"
import { createLockTable, type LockAnswer, type LockNews, type LockRequest } from "../core/locks.js"

/** Serves the locks of any number of runs. One for all runs that are to respect each other. */
export interface Locks {
  /** Tells what became of a request; after `Queued` tells again when it waits for another lock, and when it got them all. */
  acquire(request: LockRequest, tell: (answer: LockAnswer) => void): void
  /** Gives back what a holder has, or waits for. */
  release(holder: string): void
  /**
   * Gives back what a workflow (`namespace/name`) has or waits for, but for these holders: whoever drove it before may have
   * died before it could.
   */
  retain(workflow: string, holders: ReadonlySet<string>): void
  /** Says how many may hold a semaphore from now on; whoever waits for a place is told. */
  resize(lock: string, limit: number): void
  /** Who holds a lock. */
  holdersOf(lock: string): readonly string[]
}

/** How many may hold a semaphore: by its name, `<namespace>/ConfigMap/<map>/<key>` or `<namespace>/Database/<key>`. */
export type LockLimits =
  | { readonly [lock: string]: number }
  | ((lock: string) => number | undefined | Promise<number | undefined>)

/** What locks go by. */
export interface LocksOptions {
  /** Asked whenever somebody wants a semaphore. Default: nobody knows any, and whoever asks for one fails. */
  readonly limits?: LockLimits
}

/**
 * Locks in the memory of this process. What runs hold is in their status: a new one is filled again as runs are opened.
 */
export function createLocks(options: LocksOptions = {}): Locks {
  const table = createLockTable()
  const told = new Map<string, (answer: LockAnswer) => void>()
  /** Holders whose limits are asked for, with their workflows; not there any more: they have let go. */
  const pending = new Map<string, string>()
  const serve = (news: readonly LockNews[]): void => {
    for (const { holder, answer } of news) {
      const tell = told.get(holder)
      if (answer.type === "Acquired") told.delete(holder)
      tell?.(answer)
    }
  }
  const limitOf = limitReader(options.limits)
  const resize = (lock: string, limit: number | undefined): void => {
    if (limit !== undefined && limit !== table.limitOf(lock)) serve(table.resize(lock, limit))
  }
  const ask = (request: LockRequest, tell: (answer: LockAnswer) => void): void => {
    const answer = table.acquire(request)
    if (answer.type === "Queued") told.set(request.holder, tell)
    tell(answer)
  }
  return {
    acquire(request, tell) {
      const semaphores = request.locks.filter((lock) => lock.split("/")[1] !== "Mutex")
      const limits = semaphores.map((lock) => limitOf(lock))
      if (!limits.some((limit) => limit instanceof Promise)) {
        for (const [index, lock] of semaphores.entries()) resize(lock, limits[index] as number)
        return ask(request, tell)
      }
      pending.set(request.holder, request.workflow)
      const known = (found: readonly (number | undefined)[]): void => {
        if (!pending.delete(request.holder)) return
        for (const [index, lock] of semaphores.entries()) resize(lock, found[index])
        ask(request, tell)
      }
      Promise.all(limits).then(known, (error: unknown) => {
        if (!pending.delete(request.holder)) return
        const message = thrownText(error)
        tell({ type: "Refused", lock: semaphores[0] ?? "", message })
      })
    },
    release(holder) {
      pending.delete(holder)
      told.delete(holder)
      serve(table.release(holder))
    },
    retain(workflow, holders) {
      for (const [holder, asking] of pending) {
        if (asking === workflow && !holders.has(holder)) pending.delete(holder)
      }
      serve(table.retain(workflow, holders))
    },
    resize,
    holdersOf: (lock) => table.holdersOf(lock),
  }
}

function limitReader(
  limits: LockLimits | undefined,
): (lock: string) => number | undefined | Promise<number | undefined> {
  if (typeof limits === "function") return limits
  return (lock) => (limits !== undefined && Object.hasOwn(limits, lock) ? limits[lock] : undefined)
}
