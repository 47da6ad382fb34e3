import { fnv32a } from "./hash.js"

/** One named sequence of random numbers. */
export interface RandomStream {
  /** The next number, 0 ≤ n < 1, with 32 random bits. */
  next(): number
  /** The next whole number, 0 ≤ n < `bound`. */
  integer(bound: number): number
  /** How many numbers were drawn: stored, it continues the stream after a restart. */
  position(): number
}

/** Named random streams of one seed. Drawing from one never shifts another. */
export interface RandomStreams {
  /** The stream of that name; the same object each time. */
  stream(name: string): RandomStream
  /** The position of every stream drawn from so far, sorted by name. JSON. */
  positions(): Readonly<Record<string, number>>
}

/** Draw number `index` of a stream, computed directly: a counter through a strong 32-bit mixer. */
function draw(key: number, index: number): number {
  let word = (key ^ Math.imul(index + 1, 0x9e3779b9)) >>> 0
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
  word = (word ^ (word >>> 15)) >>> 0
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  return (word ^ (word >>> 13)) >>> 0
}

/**
 * Random streams of a seed. The same seed gives the same numbers on every machine; `positions` (from an earlier
 * `positions()`) continues where that run stopped.
 */
export function createRandomStreams(
  seed: number | string,
  positions: Readonly<Record<string, number>> = {},
): RandomStreams {
  const streams = new Map<string, RandomStream>()
  const start = new Map(Object.entries(positions))
  const open = (name: string): RandomStream => {
    const key = fnv32a(`${seed}\u0000${name}`)
    let drawn = start.get(name) ?? 0
    const next = (): number => draw(key, drawn++) / 0x1_0000_0000
    return { next, integer: (bound) => Math.floor(next() * bound), position: () => drawn }
  }
  return {
    stream(name) {
      let stream = streams.get(name)
      if (stream === undefined) {
        stream = open(name)
        streams.set(name, stream)
      }
      return stream
    },
    positions() {
      const all = new Map(start)
      for (const [name, stream] of streams) all.set(name, stream.position())
      return Object.fromEntries([...all].toSorted(([left], [right]) => (left < right ? -1 : 1)))
    },
  }
}
