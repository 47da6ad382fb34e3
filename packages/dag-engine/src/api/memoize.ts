/** The ConfigMap that holds a cache. */
export interface MemoConfigMap {
  readonly name: string
  /** Carried; entries stand under keys of their own. */
  readonly key?: string
  readonly optional?: boolean
}

/** Where outputs are remembered. */
export interface MemoCache {
  readonly configMap?: MemoConfigMap
}

/** `memoize`: what a node of this template came to is remembered, and not done again. */
export interface Memoize {
  /** `^[a-zA-Z0-9][-a-zA-Z0-9]*$` once its tags are replaced. */
  readonly key: string
  /** A Go duration; older entries are not used. Default: none is too old. */
  readonly maxAge?: string
  readonly cache: MemoCache
}

/** `memoizationStatus` of a node. */
export interface MemoizationStatus {
  readonly hit: boolean
  readonly key: string
  readonly cacheName: string
}
