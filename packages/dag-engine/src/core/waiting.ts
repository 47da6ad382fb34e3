import { createHeap } from "@argo-ts/kernel"
import type { Call, Frame, Owner } from "./frame.js"
import type { NodeRecord } from "./node.js"

/**
 * A call's place in the specification: unit, item and attempt of everything around it. Calls that limits hold back start
 * in this order, so that who runs follows from what has run, not from when things happened.
 */
export function placeInSpec({ owner, slot }: Pick<Call, "owner" | "slot">): readonly number[] {
  const path: number[] = []
  climb(owner, slot, path)
  return path.toReversed()
}

/** Compares two places: what contains comes before what is inside. */
function comparePlaces(left: readonly number[], right: readonly number[]): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const order = (left[index] as number) - (right[index] as number)
    if (order !== 0) return order
  }
  return left.length - right.length
}

/** Nodes in the order of their places. */
export function inSpecOrder(nodes: Iterable<NodeRecord>): readonly NodeRecord[] {
  return [...nodes]
    .map((node) => ({ node, place: placeInSpec(node) }))
    .toSorted((left, right) => comparePlaces(left.place, right.place))
    .map(({ node }) => node)
}

/** Steps begin as they are written, tasks in the order of their graph. */
function rankOf({ template }: Frame, slot: number): number {
  return template.graph?.ranks[slot] ?? slot
}

/** Writes the path from the inside out. */
function climb(owner: Owner | undefined, slot: number, path: number[]): void {
  let at: Owner | undefined = owner
  let index = slot
  while (at !== undefined) {
    let node: NodeRecord
    if (at.kind === "loop") {
      path.push(index, rankOf(at.frame, at.slot))
      node = at.frame.node
    } else {
      path.push(at.kind === "frame" ? rankOf(at, index) : index)
      node = at.node
    }
    index = node.slot
    at = node.owner
  }
}

/** A call with its place. */
interface Held {
  readonly call: Call
  readonly place: readonly number[]
}

/** Calls in the order of their places. */
export interface Waiting {
  add(call: Call): void
  /** Removes and returns the first. */
  next(): Call | undefined
  size(): number
  clear(): void
  /** All of them, in no order; for explanations. */
  calls(): readonly Call[]
}

function isBefore(left: Held, right: Held): boolean {
  return comparePlaces(left.place, right.place) < 0
}

/** No calls yet. */
export function createWaiting(): Waiting {
  const heap = createHeap(isBefore)
  return {
    add: (call) => heap.push({ call, place: placeInSpec(call) }),
    next: () => heap.pop()?.call,
    size: () => heap.items().length,
    clear: () => heap.clear(),
    calls: () => heap.items().map(({ call }) => call),
  }
}

/** True where a frame's own limit leaves no room for one more. */
export function isFull(frame: Frame | undefined): boolean {
  const limit = frame?.template.parallelism ?? 0
  return frame !== undefined && limit > 0 && frame.counted >= limit
}
