/**
 * Go's `sort.Sort`: pattern-defeating quicksort. The order of equal items follows from its choice of pivots, so it is
 * kept step by step: insertion sort up to twelve items, medians of three or of nine, a heap where partitions stay uneven.
 */
interface Sorting {
  readonly less: (i: number, j: number) => boolean
  readonly swap: (i: number, j: number) => void
}

const shortest = 12
const ninther = 50
const swapsMax = 4 * 3

/** Sorts as Go's `sort.Sort` does. Gives a new list. */
export function goSort<Item>(items: readonly Item[], less: (a: Item, b: Item) => boolean): Item[] {
  const list = [...items]
  const sorting: Sorting = {
    less: (i, j) => less(list[i] as Item, list[j] as Item),
    swap: (i, j) => {
      const held = list[i] as Item
      list[i] = list[j] as Item
      list[j] = held
    },
  }
  quicksort(sorting, { from: 0, to: list.length }, bitLength(list.length))
  return list
}

interface Span {
  readonly from: number
  readonly to: number
}

function bitLength(value: number): number {
  return value === 0 ? 0 : 32 - Math.clz32(value)
}

function quicksort(sorting: Sorting, span: Span, depth: number): void {
  let { from, to } = span
  let limit = depth
  let isBalanced = true
  let isPartitioned = true
  for (;;) {
    const length = to - from
    if (length <= shortest) return insertionSort(sorting, from, to)
    if (limit === 0) return heapSort(sorting, from, to)
    if (!isBalanced) {
      scatter(sorting, from, to)
      limit--
    }
    let [pivot, hint] = choosePivot(sorting, from, to)
    if (hint === "decreasing") {
      reverse(sorting, from, to)
      pivot = to - 1 - (pivot - from)
      hint = "increasing"
    }
    if (
      isBalanced &&
      isPartitioned &&
      hint === "increasing" &&
      finishedByInsertion(sorting, from, to)
    )
      return
    if (from > 0 && !sorting.less(from - 1, pivot)) {
      from = partitionEqual(sorting, { from, to }, pivot)
      continue
    }
    const [middle, wasPartitioned] = partition(sorting, { from, to }, pivot)
    isPartitioned = wasPartitioned
    const left = middle - from
    const right = to - middle
    isBalanced = Math.min(left, right) >= Math.floor(length / 8)
    if (left < right) {
      quicksort(sorting, { from, to: middle }, limit)
      from = middle + 1
    } else {
      quicksort(sorting, { from: middle + 1, to }, limit)
      to = middle
    }
  }
}

function insertionSort({ less, swap }: Sorting, from: number, to: number): void {
  for (let i = from + 1; i < to; i++)
    for (let j = i; j > from && less(j, j - 1); j--) swap(j, j - 1)
}

function siftDown({ less, swap }: Sorting, root: number, end: number, first: number): void {
  let at = root
  for (;;) {
    let child = 2 * at + 1
    if (child >= end) return
    if (child + 1 < end && less(first + child, first + child + 1)) child++
    if (!less(first + at, first + child)) return
    swap(first + at, first + child)
    at = child
  }
}

function heapSort(sorting: Sorting, from: number, to: number): void {
  const length = to - from
  for (let at = Math.floor((length - 1) / 2); at >= 0; at--) siftDown(sorting, at, length, from)
  for (let at = length - 1; at >= 0; at--) {
    sorting.swap(from, from + at)
    siftDown(sorting, 0, at, from)
  }
}

/** Moves the pivot first and what is smaller before it; tells whether nothing had to move. */
function partition(
  { less, swap }: Sorting,
  { from, to }: Span,
  pivot: number,
): readonly [number, boolean] {
  swap(from, pivot)
  let low = from + 1
  let high = to - 1
  while (low <= high && less(low, from)) low++
  while (low <= high && !less(high, from)) high--
  if (low > high) {
    swap(high, from)
    return [high, true]
  }
  swap(low++, high--)
  for (;;) {
    while (low <= high && less(low, from)) low++
    while (low <= high && !less(high, from)) high--
    if (low > high) break
    swap(low++, high--)
  }
  swap(high, from)
  return [high, false]
}

/** Splits into what equals the pivot and what is greater; gives where the greater begins. */
function partitionEqual({ less, swap }: Sorting, { from, to }: Span, pivot: number): number {
  swap(from, pivot)
  let low = from + 1
  let high = to - 1
  for (;;) {
    while (low <= high && !less(from, low)) low++
    while (low <= high && less(from, high)) high--
    if (low > high) return low
    swap(low++, high--)
  }
}

/** Repairs a list that is nearly in order; false where it gave up. */
function finishedByInsertion({ less, swap }: Sorting, from: number, to: number): boolean {
  let at = from + 1
  for (let step = 0; step < 5; step++) {
    while (at < to && !less(at, at - 1)) at++
    if (at === to) return true
    if (to - from < ninther) return false
    swap(at, at - 1)
    if (at - from >= 2) for (let j = at - 1; j >= 1 && less(j, j - 1); j--) swap(j, j - 1)
    if (to - at >= 2) for (let j = at + 1; j < to && less(j, j - 1); j++) swap(j, j - 1)
  }
  return false
}

/** Breaks patterns that make partitions uneven: three swaps with positions of a fixed pseudo-random sequence. */
function scatter({ swap }: Sorting, from: number, to: number): void {
  const length = to - from
  if (length < 8) return
  let random = BigInt(length)
  const modulus = 1 << bitLength(length)
  const start = from + Math.floor(length / 4) * 2 - 1
  for (let step = 0; step < 3; step++) {
    random = BigInt.asUintN(64, random ^ (random << 13n))
    random ^= random >> 7n
    random = BigInt.asUintN(64, random ^ (random << 17n))
    let other = Number(BigInt.asUintN(32, random)) & (modulus - 1)
    if (other >= length) other -= length
    swap(start - 1 + step, from + other)
  }
}

type Hint = "unknown" | "increasing" | "decreasing"

function choosePivot(sorting: Sorting, from: number, to: number): [number, Hint] {
  const length = to - from
  const count = { swaps: 0 }
  const quarter = Math.floor(length / 4)
  let [i, j, k] = [from + quarter, from + quarter * 2, from + quarter * 3]
  if (length < 8) return [j, "unknown"]
  if (length >= ninther) {
    i = median(sorting, [i - 1, i, i + 1], count)
    j = median(sorting, [j - 1, j, j + 1], count)
    k = median(sorting, [k - 1, k, k + 1], count)
  }
  j = median(sorting, [i, j, k], count)
  if (count.swaps === 0) return [j, "increasing"]
  return [j, count.swaps === swapsMax ? "decreasing" : "unknown"]
}

function median(
  { less }: Sorting,
  indexes: readonly [number, number, number],
  count: { swaps: number },
): number {
  let [a, b, c] = indexes
  if (less(b, a)) {
    count.swaps++
    ;[a, b] = [b, a]
  }
  if (less(c, b)) {
    count.swaps++
    ;[b, c] = [c, b]
  }
  if (less(b, a)) {
    count.swaps++
    ;[a, b] = [b, a]
  }
  return b
}

function reverse({ swap }: Sorting, from: number, to: number): void {
  for (let i = from, j = to - 1; i < j; i++, j--) swap(i, j)
}
