/**
 * Sorts as Go's `sort.Sort` does up to twelve items (insertion sort, stable); longer lists are merged stably.
 * Differs from Argo: Go's order of equal keys in lists longer than twelve items is that of its quicksort.
 */
export function goSort<Item>(items: readonly Item[], less: (a: Item, b: Item) => boolean): Item[] {
  return items.toSorted((a, b) => (less(a, b) ? -1 : less(b, a) ? 1 : 0))
}
