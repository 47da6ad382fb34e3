/** A map that forgets what was used longest ago. */
export interface RecentMap<V> {
  /** The value of a key, used now; made where there is none. */
  use(key: string, make: () => V): V
}

/** An empty map of at most `sizeMax` entries. */
export function createRecentMap<V>(sizeMax: number): RecentMap<V> {
  const entries = new Map<string, V>()
  let latest: { readonly key: string; readonly value: V } | undefined
  return {
    use(key, make) {
      // Events about one object come one after the other.
      if (latest?.key === key) return latest.value
      const known = entries.get(key)
      const value = known ?? make()
      if (known !== undefined) entries.delete(key)
      entries.set(key, value)
      latest = { key, value }
      if (entries.size > sizeMax) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest)
          break
        }
      }
      return value
    },
  }
}
