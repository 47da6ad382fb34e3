/** Reads `0-2,5`: ranges of completion indexes. Those from `end` on are left out. */
export function readIndexes(text: string | undefined, end: number = Infinity): Set<number> {
  const indexes = new Set<number>()
  if (text === undefined || text === "") return indexes
  for (const range of text.split(",")) {
    const [from = 0, to = from] = range.split("-").map(Number)
    for (let index = from; index <= to && index < end; index++) indexes.add(index)
  }
  return indexes
}

/** Writes completion indexes in order; three and more in a row as a range. */
export function writeIndexes(indexes: Iterable<number>): string {
  const ranges: [number, number][] = []
  for (const index of [...indexes].toSorted((left, right) => left - right)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  const texts = ranges.map(([from, to]) => {
    if (from === to) return `${from}`
    return to === from + 1 ? `${from},${to}` : `${from}-${to}`
  })
  return texts.join(",")
}
