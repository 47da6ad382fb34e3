import { createHeap } from "../heap.js"
import { compareText } from "../ordering.js"

/** One wake that waits: ordered by instant, then key, then registration. */
export interface ClockEvent {
  readonly at: number
  readonly key: string
  readonly sequence: number
  readonly wake: () => void
  isCancelled: boolean
}

function isBefore(left: ClockEvent, right: ClockEvent): boolean {
  if (left.at !== right.at) return left.at < right.at
  const order = compareText(left.key, right.key)
  return order !== 0 ? order < 0 : left.sequence < right.sequence
}

/** Events in order. Cancelled ones leave when they come first. */
export interface EventHeap {
  push(event: ClockEvent): void
  /** The first live event, left in place. */
  peek(): ClockEvent | undefined
  /** Removes and returns the first live event. */
  pop(): ClockEvent | undefined
}

/** An empty heap. */
export function createEventHeap(): EventHeap {
  const heap = createHeap(isBefore)
  const peek = (): ClockEvent | undefined => {
    while (heap.peek()?.isCancelled === true) heap.pop()
    return heap.peek()
  }
  return {
    push: (event) => heap.push(event),
    peek,
    pop: () => (peek() === undefined ? undefined : heap.pop()),
  }
}
