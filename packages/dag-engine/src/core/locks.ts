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
  /** What can be said to a holder now; `undefined` for one that neither holds nor waits. */
  answerOf(holder: string): LockAnswer | undefined
  /** Gives back what a holder has, or waits for. */
  release(holder: string): readonly LockNews[]
  /** Gives back what a workflow has or waits for, but for these holders. */
  retain(workflow: string, holders: ReadonlySet<string>): readonly LockNews[]
  /** Says how many may hold a lock from now on. */
  resize(lock: string, limit: number): readonly LockNews[]
  /** How many may hold a lock; `undefined` where nobody said. */
  limitOf(lock: string): number | undefined
  holdersOf(lock: string): readonly string[]
  /** In the order in which they are served. */
  queueOf(lock: string): readonly LockRequest[]
  /** Everything in it. */
  state(): LockState
  /** Fills an empty table whose limits are known; those who can have meanwhile what they wait for get it. */
  load(state: LockState): void
}

/** News for somebody in line: it has its locks, or could have the one it waited for and misses another. In order. */
export interface LockNews {
  readonly holder: string
  readonly answer: LockAnswer
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
      /** Who has each of the locks that it waits for. */
      readonly holders: { readonly [lock: string]: readonly string[] }
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
  /** The lock that it was told to wait for. */
  told: Lock | undefined
}

/** A mutex by its name: one holder, whoever says what. */
function isMutex(lock: string): boolean {
  return lock.split("/")[1] === "Mutex"
}

/** A lock that nobody has or wants. */
function isIdle(lock: Lock): boolean {
  return lock.holders.size === 0 && lock.queue.length === 0
}

/** True where there is a place for somebody. */
function hasRoom(lock: Lock): boolean {
  return lock.holders.size < (lock.limit ?? 0)
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
    const unknown = this.#unknown(request.locks)
    if (unknown !== undefined) {
      return { type: "Refused", lock: unknown.name, message: unlimited(unknown) }
    }
    const waiter = this.#waiters.get(request.holder) ?? this.#line(request)
    const blocked = this.#block(waiter.request)
    if (blocked !== undefined) return this.#queued(blocked, waiter)
    this.#take(waiter.request)
    return { type: "Acquired" }
  }

  answerOf(holder: string): LockAnswer | undefined {
    if (this.#holders.has(holder)) return { type: "Acquired" }
    const waiter = this.#waiters.get(holder)
    const blocked = waiter === undefined ? undefined : this.#block(waiter.request)
    return waiter === undefined || blocked === undefined ? undefined : this.#queued(blocked, waiter)
  }

  release(holder: string): readonly LockNews[] {
    const held = this.#holders.get(holder)
    const workflow = (held ?? this.#waiters.get(holder)?.request)?.workflow
    if (workflow !== undefined) this.#strike(workflow, holder)
    this.#holders.delete(holder)
    const freed = (held?.locks ?? []).map((name) => this.#lock(name))
    for (const lock of freed) lock.holders.delete(holder)
    const left = [...freed, ...this.#leave(holder)]
    const news = this.#serve(left)
    // A mutex needs no memory: its limit is known.
    for (const lock of left) if (isMutex(lock.name) && isIdle(lock)) this.#locks.delete(lock.name)
    return news
  }

  retain(workflow: string, holders: ReadonlySet<string>): readonly LockNews[] {
    const own = [...(this.#ofWorkflow.get(workflow) ?? [])]
    return own.filter((holder) => !holders.has(holder)).flatMap((holder) => this.release(holder))
  }

  resize(name: string, limit: number): readonly LockNews[] {
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

  load({ held, waiting }: LockState): void {
    for (const request of held) this.#take(request)
    for (const request of waiting) this.#line(request)
    this.#serve(waiting.flatMap(({ locks }) => locks.map((name) => this.#lock(name))))
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
    const waiter: Waiter = { request, order: this.#order++, told: undefined }
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
  #serve(first: readonly Lock[]): readonly LockNews[] {
    const news: LockNews[] = []
    const open = new Set(first)
    const moved = new Set<Lock>()
    for (const lock of open) {
      open.delete(lock)
      moved.add(lock)
      for (const { request } of lock.queue.slice()) {
        if (!this.#waiters.has(request.holder) || this.#block(request) !== undefined) continue
        this.#take(request)
        news.push({ holder: request.holder, answer: { type: "Acquired" } })
        for (const name of request.locks) open.add(this.#lock(name))
      }
    }
    for (const lock of moved) news.push(...this.#stillWaiting(lock))
    return news
  }

  /** Those in front of a lock with room who were told to wait for it: what they wait for is another one. */
  #stillWaiting(lock: Lock): readonly LockNews[] {
    const front = lock.queue[0]?.request.workflow
    const news: LockNews[] = []
    for (const waiter of hasRoom(lock) ? lock.queue : []) {
      const { holder, workflow } = waiter.request
      if (workflow !== front) break
      const missing = waiter.told === lock ? this.#block(waiter.request) : undefined
      if (missing !== undefined) news.push({ holder, answer: this.#queued(missing, waiter) })
    }
    return news
  }

  /** The first lock that a waiting request cannot have: it is full, or another workflow is in front. */
  #block(request: LockRequest): Lock | undefined {
    for (const name of request.locks) {
      const lock = this.#lock(name)
      const front = lock.queue[0]?.request.workflow
      if (!hasRoom(lock) || front !== request.workflow) return lock
    }
    return undefined
  }

  /** A lock that nobody says how many may hold, and nobody uses: one that is used was known, and will be again. */
  #unknown(names: readonly string[]): Lock | undefined {
    return names
      .map((name) => this.#lock(name))
      .find((lock) => (lock.limit ?? 0) <= 0 && isIdle(lock))
  }

  #queued(lock: Lock, waiter: Waiter): LockAnswer {
    waiter.told = lock
    return {
      type: "Queued",
      lock: lock.name,
      message: waitingMessage(lock),
      position: lock.queue.indexOf(waiter) + 1,
      holders: Object.fromEntries(
        waiter.request.locks.map((name) => [name, [...this.#lock(name).holders]]),
      ),
    }
  }
}

function unlimited(lock: Lock): string {
  return `Failed to get semaphore limit for ${lock.name}`
}

function waitingMessage(lock: Lock): string {
  const { limit = 0, name, holders } = lock
  if (limit <= 0) return unlimited(lock)
  return `Waiting for ${name} lock. Lock status: ${Math.max(0, limit - holders.size)}/${limit}`
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
