import { createHeap, type EpochMs } from "@argo-ts/kernel"
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

/** No instants yet. */
export function createTimers(): Timers {
  const heap = createHeap(isBefore)
  let order = 0
  return {
    add(at, kind, node) {
      heap.push({ at, kind, node, order: order++ })
    },
    due(now) {
      const first = heap.peek()
      return first !== undefined && first.at <= now ? heap.pop() : undefined
    },
    of: (node, kind) => heap.items().find((each) => each.node === node && each.kind === kind)?.at,
    next(isLive) {
      for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
        if (isLive(first)) return first.at as EpochMs
        heap.pop()
      }
      return undefined
    },
  }
}
