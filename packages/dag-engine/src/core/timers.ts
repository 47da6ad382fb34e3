import type { EpochMs } from "@argo-ts/kernel"
import type { NodeRecord } from "./node.js"

/** Why an instant matters to a node. */
export type TimerKind = "backoff" | "deadline" | "pending" | "resume"

/** One instant a run waits for. Left in place when its node has moved on; then it means nothing. */
export interface Timer {
  readonly at: number
  readonly kind: TimerKind
  readonly node: NodeRecord
  /** Of one instant the earlier registered goes first. */
  readonly order: number
}

/** Instants in order. */
export interface Timers {
  add(at: number, kind: TimerKind, node: NodeRecord): void
  /** Removes and returns the first timer at or before `now`. */
  due(now: number): Timer | undefined
  /** The first instant for which `isLive` holds; dead ones before it are dropped. */
  next(isLive: (timer: Timer) => boolean): EpochMs | undefined
  /** When a node's timer of a kind is due; looks at all timers, for explanations only. */
  of(node: NodeRecord, kind: TimerKind): number | undefined
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order)
}

/** A binary heap of timers. */
export function createTimers(): Timers {
  const heap: Timer[] = []
  let order = 0
  const pop = (): Timer | undefined => {
    const top = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return top
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, heap[child] as Timer)) child++
      const smaller = heap[child] as Timer
      if (!isBefore(smaller, last)) break
      heap[index] = smaller
      index = child
    }
    heap[index] = last
    return top
  }
  return {
    add(at, kind, node) {
      const timer: Timer = { at, kind, node, order: order++ }
      let index = heap.push(timer) - 1
      while (index > 0) {
        const parent = (index - 1) >> 1
        const above = heap[parent] as Timer
        if (!isBefore(timer, above)) break
        heap[index] = above
        index = parent
      }
      heap[index] = timer
    },
    due: (now) => (heap[0] !== undefined && heap[0].at <= now ? pop() : undefined),
    of: (node, kind) => heap.find((timer) => timer.node === node && timer.kind === kind)?.at,
    next(isLive) {
      while (heap[0] !== undefined && !isLive(heap[0])) pop()
      return heap[0] === undefined ? undefined : (heap[0].at as EpochMs)
    },
  }
}
