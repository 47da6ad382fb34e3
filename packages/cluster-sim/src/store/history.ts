import type { EpochMs } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import type { StoredObject } from "./stored-object.js"

/** One change in the order of the cluster. A deletion's `after` is absent; `event` is what watchers see. */
export interface Change {
  readonly version: number
  readonly at: EpochMs
  readonly rules: KindRules
  readonly before: StoredObject | undefined
  readonly after: StoredObject | undefined
  /** The new version, or of a deletion the last one with the deletion's version. */
  readonly event: StoredObject
}

/** The recent changes: what a watch resumes from and an old list is rebuilt from. */
export interface History {
  add(change: Change): void
  /** Changes of a kind after `version`, in order. */
  since(version: number, rules: KindRules): Change[]
  /** Changes up to this version are gone. */
  oldest(): number
  /** Forgets everything up to `version`. */
  compact(version: number): void
  /** Forgets everything, what came after `version` too. */
  restart(version: number): void
}

const keptChanges = 10_000
const keptMs = 300_000
/** A clock that stands still must not fill the memory. */
const changesMax = 100_000
/** How often the history is shortened: a slice per change would cost more than the change. */
const stride = 1_000

/** Keeps the last 10,000 changes or five minutes of the clock, whichever is more; never over 100,000. */
export function createHistory(): History {
  let changes: Change[] = []
  let oldest = 0
  const dropFirst = (count: number): void => {
    const last = changes[count - 1]
    if (last === undefined) return
    oldest = last.version
    changes = changes.slice(count)
  }
  /** The index of the first change after `version`. */
  const indexAfter = (version: number): number => {
    let low = 0
    let high = changes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((changes[middle] as Change).version > version) high = middle
      else low = middle + 1
    }
    return low
  }
  return {
    add(change) {
      changes.push(change)
      if (changes.length < 2 * keptChanges || changes.length % stride !== 0) return
      const surplus = changes.length - keptChanges
      if (changes.length >= changesMax) {
        dropFirst(surplus)
        return
      }
      const young = changes.findIndex(({ at }) => at > change.at - keptMs)
      dropFirst(Math.min(surplus, young < 0 ? surplus : young))
    },
    since(version, rules) {
      const found: Change[] = []
      for (let index = indexAfter(version); index < changes.length; index++) {
        const change = changes[index] as Change
        if (change.rules.id === rules.id) found.push(change)
      }
      return found
    },
    oldest: () => oldest,
    compact(version) {
      dropFirst(indexAfter(version))
      oldest = Math.max(oldest, version)
    },
    restart(version) {
      changes = []
      oldest = version
    },
  }
}
