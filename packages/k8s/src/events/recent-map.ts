/** A map that forgets what was used longest ago. */
export interface RecentMap<V> {
  /** The value of a key, used now; made where there is none. */
  use(key: string, make: () => V): V
}

/** An entry between the one used before it and the one used after it. */
interface Entry<V> {
  readonly key: string
  readonly value: V
  older: Entry<V> | undefined
  newer: Entry<V> | undefined
}

/** An empty map of at most `sizeMax` entries. Using and forgetting cost the same, however many there are. */
export function createRecentMap<V>(sizeMax: number): RecentMap<V> {
  const entries = new Map<string, Entry<V>>()
  let oldest: Entry<V> | undefined
  let newest: Entry<V> | undefined

  const unlink = (entry: Entry<V>): void => {
    const { older, newer } = entry
    if (older === undefined) oldest = newer
    else older.newer = newer
    if (newer === undefined) newest = older
    else newer.older = older
  }
  const append = (entry: Entry<V>): void => {
    entry.older = newest
    entry.newer = undefined
    if (newest === undefined) oldest = entry
    else newest.newer = entry
    newest = entry
  }
  return {
    use(key, make) {
      // Events about one object come one after the other.
      if (newest?.key === key) return newest.value
      const known = entries.get(key)
      if (known !== undefined) {
        unlink(known)
        append(known)
        return known.value
      }
      const entry: Entry<V> = { key, value: make(), older: undefined, newer: undefined }
      entries.set(key, entry)
      append(entry)
      if (entries.size > sizeMax && oldest !== undefined) {
        entries.delete(oldest.key)
        unlink(oldest)
      }
      return entry.value
    },
  }
}
