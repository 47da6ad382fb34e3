import { createRandomStreams, type RandomStream, type RandomStreams, sha1 } from "@argo-ts/kernel"

const alphabet = "bcdfghjklmnpqrstvwxz2456789"
const suffixLength = 5

/** Everything that a cluster draws at random, by name and from one seed. */
export interface Draws {
  /** The streams, for whoever wants their positions kept in the cluster's log too. */
  readonly streams: RandomStreams
  /** The uid of the object of that name; another one each time the name is used again. */
  uid(id: string, namespace: string, name: string): string
  /** Notes that the name is free again. */
  release(id: string, namespace: string, name: string): void
  /** Five characters for `generateName`. */
  suffix(id: string, namespace: string, prefix: string): string
  /** Positions of the streams drawn from since the last call; absent where there are none. */
  takeMoved(): { readonly [stream: string]: number } | undefined
  /** How far everything is drawn. */
  save(): DrawsMark
  /** Draws again from a moment on as was drawn then. */
  load(mark: DrawsMark): void
  /** Continues streams where a log left them. */
  restore(positions: { readonly [stream: string]: number }): void
  /** Forgets which names were used. Uids of an earlier era, a smaller number, are not given again. */
  beginEra(era: number): void
}

/** How far a cluster's streams are drawn and its names used. */
export interface DrawsMark {
  readonly positions: ReadonlyMap<string, number>
  readonly uses: ReadonlyMap<string, number>
  readonly era: number
}

/** Joined in one piece: a text put together bit by bit is kept as all of its bits, five times its size. */
function formatUid(hash: string): string {
  const variant = "89ab"[Number.parseInt(hash.slice(16, 17), 16) & 3]
  const [first, second, last] = [hash.slice(0, 8), hash.slice(8, 12), hash.slice(20, 32)]
  const [third, fourth] = [`4${hash.slice(13, 16)}`, `${variant}${hash.slice(17, 20)}`]
  return [first, second, third, fourth, last].join("-")
}

/** Streams that note how far they are drawn, and can be set. */
interface NotedStreams {
  readonly stream: RandomStreams["stream"]
  readonly positions: Map<string, number>
  readonly moved: Set<string>
  /** Draws a stream anew from its noted position. */
  forget(name?: string): void
}

function createNotedStreams(seed: number | string): NotedStreams {
  const opened = new Map<string, RandomStream>()
  const sources = new Map<string, RandomStream>()
  const positions = new Map<string, number>()
  const moved = new Set<string>()
  // Looked up anew at each draw: whoever holds the stream follows when it is set back.
  const source = (name: string): RandomStream => {
    const known = sources.get(name)
    if (known !== undefined) return known
    const from = { [name]: positions.get(name) ?? 0 }
    const found = createRandomStreams(seed, from).stream(name)
    sources.set(name, found)
    return found
  }
  const open = (name: string): RandomStream => {
    const noted = (): number => {
      const value = source(name).next()
      positions.set(name, source(name).position())
      moved.add(name)
      return value
    }
    return {
      next: noted,
      integer: (bound) => Math.floor(noted() * bound),
      position: () => source(name).position(),
    }
  }
  return {
    positions,
    moved,
    stream(name) {
      const known = opened.get(name) ?? open(name)
      opened.set(name, known)
      return known
    },
    forget(name) {
      if (name === undefined) sources.clear()
      else sources.delete(name)
    },
  }
}

/**
 * Draws of a seed. A uid depends on the seed, the object's name and how often the name was used before, a suffix on
 * the stream of its prefix: neither depends on what else happens in the cluster, so that a run which was
 * interrupted and continued names its objects as an uninterrupted one does.
 */
export function createDraws(seed: number | string): Draws {
  const { stream, positions, moved, forget } = createNotedStreams(seed)
  const uses = new Map<string, number>()
  let era = 0
  const place = (id: string, namespace: string, name: string): string =>
    `${id}\u0000${namespace}\u0000${name}`
  return {
    streams: {
      stream,
      positions: () =>
        Object.fromEntries([...positions].toSorted(([left], [right]) => (left < right ? -1 : 1))),
    },
    uid(id, namespace, name) {
      const at = place(id, namespace, name)
      return formatUid(sha1(`${seed}\u0000${at}\u0000${uses.get(at) ?? era}`))
    },
    release(id, namespace, name) {
      const at = place(id, namespace, name)
      uses.set(at, (uses.get(at) ?? era) + 1)
    },
    suffix(id, namespace, prefix) {
      const source = stream(`name/${id}/${namespace}/${prefix}`)
      let text = ""
      for (let index = 0; index < suffixLength; index++) {
        text += alphabet[source.integer(alphabet.length)]
      }
      return text
    },
    takeMoved() {
      if (moved.size === 0) return undefined
      const taken = Object.fromEntries([...moved].map((name) => [name, positions.get(name) ?? 0]))
      moved.clear()
      return taken
    },
    save: () => ({ positions: new Map(positions), uses: new Map(uses), era }),
    load(mark) {
      positions.clear()
      uses.clear()
      forget()
      moved.clear()
      for (const [name, position] of mark.positions) positions.set(name, position)
      for (const [at, count] of mark.uses) uses.set(at, count)
      era = mark.era
    },
    restore(stored) {
      for (const [name, position] of Object.entries(stored)) {
        positions.set(name, position)
        forget(name)
      }
    },
    beginEra(next) {
      // No name was used more often than there were writes, so counting on from there repeats nothing.
      era = next
      uses.clear()
    },
  }
}
