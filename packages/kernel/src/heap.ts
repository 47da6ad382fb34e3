/** A binary heap: whatever comes first is found at once, adding and removing cost O(log n). */
export interface Heap<Item> {
  push(item: Item): void
  /** The first item, left in place. */
  peek(): Item | undefined
  /** Removes and returns the first item. */
  pop(): Item | undefined
  /** All of them, in no order. */
  items(): readonly Item[]
  clear(): void
}

/** An empty heap. `isBefore` is a strict total order: items of which neither comes first leave in no order. */
export function createHeap<Item>(isBefore: (left: Item, right: Item) => boolean): Heap<Item> {
  const heap: Item[] = []
  const at = (index: number): Item => heap[index] as Item
  const sink = (moved: Item): void => {
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
  return {
    push(item) {
      let index = heap.push(item) - 1
      while (index > 0) {
        const parent = (index - 1) >> 1
        if (!isBefore(item, at(parent))) break
        heap[index] = at(parent)
        index = parent
      }
      heap[index] = item
    },
    peek: () => heap[0],
    pop() {
      const top = heap[0]
      const last = heap.pop()
      if (last !== undefined && heap.length > 0) sink(last)
      return top
    },
    items: () => heap,
    clear() {
      heap.length = 0
    },
  }
}
