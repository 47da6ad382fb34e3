import type { MemoEntry } from "../core/actions.js"
import { isUsable } from "../core/memo.js"

/** Remembers what nodes came to (`memoize`), by the name of a cache and a key. */
export interface MemoCaches {
  /**
   * What is remembered; an entry that can be used notes that it was. Rejects where the cache cannot be used, and the node is
   * an Error.
   */
  recall(cache: MemoPlace, key: string, at: MemoAge): Promise<MemoEntry | undefined>
  /** Remembers; rejects where that fails, and the node is an Error. The same twice is harmless. */
  remember(cache: MemoPlace, key: string, entry: MemoEntry): Promise<void>
}

/** Which cache. */
export interface MemoPlace {
  /** The workflow's. */
  readonly namespace: string
  /** The name of the ConfigMap that the manifest names. */
  readonly name: string
}

/** How old what is remembered may be. */
export interface MemoAge {
  readonly now: number
  /** `undefined`: nothing is too old. */
  readonly maxAgeMs: number | undefined
}

/** Caches in the memory of this process. Give runs the same and they remember for each other. */
export function createMemoCaches(): MemoCaches {
  const entries = new Map<string, MemoEntry>()
  const keyOf = ({ namespace, name }: MemoPlace, key: string): string =>
    `${namespace}/${name}/${key}`
  return {
    async recall(cache, key, { now, maxAgeMs }) {
      const at = keyOf(cache, key)
      const entry = entries.get(at)
      if (entry === undefined || !isUsable(entry, now, maxAgeMs)) return entry
      const used = { ...entry, lastHitAt: now }
      entries.set(at, used)
      return used
    },
    async remember(cache, key, entry) {
      entries.set(keyOf(cache, key), entry)
    },
  }
}
