import { compareNumber, compareText } from "@argo-ts/kernel"

/**
 * Who holds which lock, and who waits (spec/workflows §2.15): one state machine for mutexes, semaphores and the
 * parallelism of controllers, driven by requests and releases alone. It knows no clock and asks nobody; what it answers
 * follows from what it was told.
 */
export interface LockTable {
  /**
   * Takes all locks of a request, or puts it in line for all of them. Asking again, in whatever words, changes nothing. With
   * `isHeld` it has them already: how a table is filled again after a restart.
   */
  acquire(request: LockRequest): LockAnswer
  /** Gives back what a holder has, or waits for. Answers who got what they waited for, in order. */
  release(holder: string): readonly LockRequest[]
  /** Gives back what a workflow has or waits for, but for these holders. Answers who got what they waited for. */
  retain(workflow: string, holders: ReadonlySet<string>): readonly LockRequest[]
  /** Says how many may hold a lock from now on. Answers who got what they waited for. */
  resize(lock: string, limit: number): readonly LockRequest[]
  /** How many may hold a lock; `undefined` where nobody said. */
  limitOf(lock: string): number | undefined
  holdersOf(lock: string): readonly string[]
  /** In the order in which they are served. */
  queueOf(lock: string): readonly LockRequest[]
  /** Everything in it. */
  state(): LockState
  /** Fills an empty table whose limits are known. Answers who got meanwhile what they waited for. */
  load(state: LockState): readonly LockRequest[]
}

/** A table written down. */
export interface LockState {
  readonly held: readonly LockRequest[]
  /** In the order of their asking, which is not that of being served. */
  readonly waiting: readonly LockRequest[]
}

/** Somebody wants locks, all or none. */
export interface LockRequest {
  /** `namespace/workflow`, or `namespace/workflow/node`. */
  readonly holder: string
  /** `namespace/workflow`: the front of a queue is a workflow's, whichever of its nodes ask. */
  readonly workflow: string
  readonly locks: readonly string[]
  /** Larger first. */
  readonly priority: number
  /** When the workflow was made; among equals the older goes first. */
  readonly createdAt: number
  readonly isHeld?: boolean
}

/** What became of a request. */
export type LockAnswer =
  | { readonly type: "Acquired" }
  | {
      readonly type: "Queued"
      /** The first lock that was not to be had. */
      readonly lock: string
      readonly message: string
      /** Its place in that lock's queue, from 1. */
      readonly position: number
    }
  | { readonly type: "Refused"; readonly lock: string; readonly message: string }

interface Lock {
  readonly name: string
  limit: number | undefined
  readonly holders: Set<string>
  /** In order. */
  queue: Waiter[]
}

interface Waiter {
  readonly request: LockRequest
  readonly order: number
}

/** A mutex by its name: one holder, whoever says what. */
function isMutex(lock: string): boolean {
  return lock.split("/")[1] === "Mutex"
}

/** A mutex that nobody has or wants needs no memory. */
function isIdle(lock: Lock): boolean {
  return isMutex(lock.name) && lock.holders.size === 0 && lock.queue.length === 0
}

/** A table with nothing in it. */
export function createLockTable(): LockTable {
  return new Table()
}

class Table implements LockTable {
  readonly #locks = new Map<string, Lock>()
  readonly #holders = new Map<string, LockRequest>()
  readonly #waiters = new Map<string, Waiter>()
  /** Who holds or waits, by workflow. */
  readonly #ofWorkflow = new Map<string, Set<string>>()
  #order = 0

  acquire(request: LockRequest): LockAnswer {
    if (this.#holders.has(request.holder)) return { type: "Acquired" }
    if (request.isHeld === true) {
      this.#take(request)
      return { type: "Acquired" }
    }
    const unknown = request.locks.find((name) => (this.#lock(name).limit ?? 0) <= 0)
    if (unknown !== undefined) {
      const message = `Failed to get semaphore limit for ${unknown}`
      return { type: "Refused", lock: unknown, message }
    }
    const waiter = this.#waiters.get(request.holder) ?? this.#line(request)
    const blocked = this.#block(waiter.request)
    if (blocked !== undefined) return queued(blocked, waiter)
    this.#take(waiter.request)
    return { type: "Acquired" }
  }

  release(holder: string): readonly LockRequest[] {
    const held = this.#holders.get(holder)
    const workflow = (held ?? this.#waiters.get(holder)?.request)?.workflow
    if (workflow !== undefined) this.#strike(workflow, holder)
    this.#holders.delete(holder)
    const freed = (held?.locks ?? []).map((name) => this.#lock(name))
    for (const lock of freed) lock.holders.delete(holder)
    const left = [...freed, ...this.#leave(holder)]
    const served = this.#serve(left)
    for (const lock of left) if (isIdle(lock)) this.#locks.delete(lock.name)
    return served
  }

  retain(workflow: string, holders: ReadonlySet<string>): readonly LockRequest[] {
    const own = [...(this.#ofWorkflow.get(workflow) ?? [])]
    return own.filter((holder) => !holders.has(holder)).flatMap((holder) => this.release(holder))
  }

  resize(name: string, limit: number): readonly LockRequest[] {
    const lock = this.#lock(name)
    lock.limit = limit
    return this.#serve([lock])
  }

  limitOf(name: string): number | undefined {
    return this.#locks.get(name)?.limit ?? (isMutex(name) ? 1 : undefined)
  }

  holdersOf(name: string): readonly string[] {
    return [...(this.#locks.get(name)?.holders ?? [])]
  }

  queueOf(name: string): readonly LockRequest[] {
    return this.#locks.get(name)?.queue.map(({ request }) => request) ?? []
  }

  state(): LockState {
    const waiters = [...this.#waiters.values()].toSorted((left, right) => left.order - right.order)
    return {
      held: [...this.#holders.values()],
      waiting: waiters.map(({ request }) => request),
    }
  }

  load({ held, waiting }: LockState): readonly LockRequest[] {
    for (const request of held) this.#take(request)
    for (const request of waiting) this.#line(request)
    return this.#serve(waiting.flatMap(({ locks }) => locks.map((name) => this.#lock(name))))
  }

  #lock(name: string): Lock {
    let lock = this.#locks.get(name)
    if (lock === undefined) {
      lock = { name, limit: isMutex(name) ? 1 : undefined, holders: new Set(), queue: [] }
      this.#locks.set(name, lock)
    }
    return lock
  }

  /** Puts somebody in line for all that is asked for. */
  #line(request: LockRequest): Waiter {
    const waiter: Waiter = { request, order: this.#order++ }
    this.#waiters.set(request.holder, waiter)
    this.#enter(request)
    for (const name of request.locks) insert(this.#lock(name).queue, waiter)
    return waiter
  }

  #take(request: LockRequest): void {
    this.#leave(request.holder)
    this.#holders.set(request.holder, request)
    this.#enter(request)
    for (const name of request.locks) this.#lock(name).holders.add(request.holder)
  }

  #enter({ workflow, holder }: LockRequest): void {
    const own = this.#ofWorkflow.get(workflow)
    if (own === undefined) this.#ofWorkflow.set(workflow, new Set([holder]))
    else own.add(holder)
  }

  #strike(workflow: string, holder: string): void {
    const own = this.#ofWorkflow.get(workflow)
    own?.delete(holder)
    if (own?.size === 0) this.#ofWorkflow.delete(workflow)
  }

  /** Gives up a place in line, in every queue. */
  #leave(holder: string): readonly Lock[] {
    const waiter = this.#waiters.get(holder)
    if (waiter === undefined) return []
    this.#waiters.delete(holder)
    const left = waiter.request.locks.map((name) => this.#lock(name))
    for (const lock of left) lock.queue = lock.queue.filter((each) => each !== waiter)
    return left
  }

  /** Serves the queues of some locks, and of those that move on with them, until nobody moves. */
  #serve(first: readonly Lock[]): readonly LockRequest[] {
    const served: LockRequest[] = []
    const open = new Set(first)
    for (const lock of open) {
      open.delete(lock)
      for (const { request } of lock.queue.slice()) {
        if (!this.#waiters.has(request.holder) || this.#block(request) !== undefined) continue
        this.#take(request)
        served.push(request)
        for (const name of request.locks) open.add(this.#lock(name))
      }
    }
    return served
  }

  /** The first lock that a waiting request cannot have: it is full, or another workflow is in front. */
  #block(request: LockRequest): Lock | undefined {
    for (const name of request.locks) {
      const lock = this.#lock(name)
      const front = lock.queue[0]?.request.workflow
      if (lock.holders.size >= (lock.limit ?? 0) || front !== request.workflow) return lock
    }
    return undefined
  }
}

function queued(lock: Lock, waiter: Waiter): LockAnswer {
  const limit = lock.limit ?? 0
  const free = Math.max(0, limit - lock.holders.size)
  return {
    type: "Queued",
    lock: lock.name,
    message: `Waiting for ${lock.name} lock. Lock status: ${free}/${limit}`,
    position: lock.queue.indexOf(waiter) + 1,
  }
}

function isBefore(left: Waiter, right: Waiter): boolean {
  const by =
    compareNumber(right.request.priority, left.request.priority) ||
    compareNumber(left.request.createdAt, right.request.createdAt) ||
    compareText(left.request.workflow, right.request.workflow) ||
    compareNumber(left.order, right.order)
  return by < 0
}

function insert(queue: Waiter[], waiter: Waiter): void {
  let at = queue.length
  while (at > 0 && isBefore(waiter, queue[at - 1] as Waiter)) at--
  queue.splice(at, 0, waiter)
}
