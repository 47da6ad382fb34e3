/**
 * The order of a merged list: `wanted` (what the patch names, in its order) and `others` (what only the server
 * has) are merged so that both keep their own order; a wanted item comes first unless the server has it behind
 * the head of the others. `positionOf` is an item's place on the server, absent for new ones.
 */
export function mergeOrder<Item>(
  wanted: readonly Item[],
  others: readonly Item[],
  positionOf: (item: Item) => number | undefined,
): Item[] {
  const merged: Item[] = []
  let next = 0
  for (const item of wanted) {
    const position = positionOf(item)
    while (position !== undefined && next < others.length) {
      const other = others[next] as Item
      if ((positionOf(other) ?? 0) > position) break
      merged.push(other)
      next++
    }
    merged.push(item)
  }
  return [...merged, ...others.slice(next)]
}
