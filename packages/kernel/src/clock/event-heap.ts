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

/** A binary heap of events. Cancelled events leave when they reach the top. */
export interface EventHeap {
  push(event: ClockEvent): void
  /** The first live event, left in place. */
  peek(): ClockEvent | undefined
  /** Removes and returns the first live event. */
  pop(): ClockEvent | undefined
}

/** An empty heap. */
export function createEventHeap(): EventHeap {
  const heap: ClockEvent[] = []
  const at = (index: number): ClockEvent => heap[index] as ClockEvent
  const siftDown = (moved: ClockEvent): void => {
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(at(child + 1), at(child))) child++
      if (!isBefore(at(child), moved)) break
      heap[index] = at(child)
      index = child
    }
    heap[index] = moved
  }
  const removeTop = (): ClockEvent | undefined => {
    const top = heap[0]
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) siftDown(last)
    return top
  }
  const peek = (): ClockEvent | undefined => {
    while (heap[0]?.isCancelled === true) removeTop()
    return heap[0]
  }
  return {
    peek,
    push(event) {
      let index = heap.push(event) - 1
      while (index > 0) {
        const parent = (index - 1) >> 1
        if (!isBefore(event, at(parent))) break
        heap[index] = at(parent)
        index = parent
      }
      heap[index] = event
    },
    pop: () => (peek() === undefined ? undefined : removeTop()),
  }
}
