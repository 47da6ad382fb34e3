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

/**
 * The order of a list after a server-side apply. Items of both lists come in the order of `config`; what only the
 * server has stays where it is among them; a new item follows the item before it in `config`, behind what only the
 * server has there.
 */
export function applyOrder<Item>(live: readonly Item[], config: readonly Item[]): Item[] {
  const [known, wanted] = [new Set(live), new Set(config)]
  const shared = config.filter((item) => known.has(item))
  const merged: Item[] = []
  let [left, right, next] = [0, 0, 0]
  while (left < live.length || right < config.length) {
    const mine = live[left]
    const theirs = config[right]
    if (left < live.length && (right >= config.length || mine !== theirs)) {
      const item = mine as Item
      if (!wanted.has(item)) merged.push(item)
      if (!wanted.has(item) || next >= shared.length || shared[next] !== item) {
        left++
        continue
      }
    }
    if (left < live.length && mine === theirs) left++
    merged.push(theirs as Item)
    if (theirs === shared[next]) next++
    right++
  }
  return merged
}
