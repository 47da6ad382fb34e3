import type { MemoEntry } from "../core/actions.js"

/** Remembers what nodes came to (`memoize`), by the name of a cache and a key. */
export interface MemoCaches {
  /** What is remembered; rejects where the cache cannot be used, and the node is an Error. */
  recall(cache: MemoPlace, key: string): Promise<MemoEntry | undefined>
  /** Remembers; rejects where that fails, which is logged and changes nothing. */
  remember(cache: MemoPlace, key: string, entry: MemoEntry): Promise<void>
}

/** Which cache. */
export interface MemoPlace {
  /** The workflow's. */
  readonly namespace: string
  /** The name of the ConfigMap that the manifest names. */
  readonly name: string
}

/** Caches in the memory of this process. Give runs the same and they remember for each other. */
export function createMemoCaches(): MemoCaches {
  const entries = new Map<string, MemoEntry>()
  const keyOf = ({ namespace, name }: MemoPlace, key: string): string =>
    `${namespace}/${name}/${key}`
  return {
    recall: (cache, key) => Promise.resolve(entries.get(keyOf(cache, key))),
    async remember(cache, key, entry) {
      entries.set(keyOf(cache, key), entry)
    },
  }
}
