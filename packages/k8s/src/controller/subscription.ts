import {
  formatKey,
  type KubernetesObject,
  keyOf,
  type Logger,
  parseKey,
  type Stored,
} from "@argo-ts/kernel"
import type { WatchSource } from "./controller.js"
import type { ChangeListener, Informer } from "./informer.js"
import { reportMistake, safely } from "./safely.js"

/** One controller's interest in one kind: which of its keys each object concerns, both ways. */
export interface Subscription {
  readonly synced: Promise<void>
  /** Adds a mapping. An object concerns the keys that any of the mappings names. */
  follow(source: WatchSource): void
  /** The objects that concern a key now, by namespace and name. */
  concerning(key: string): readonly Stored<KubernetesObject>[]
}

function equalKeys(left: readonly string[][], right: readonly string[][]): boolean {
  return left.every((keys, at) => {
    const others = right[at]
    return keys.length === others?.length && keys.every((key, each) => key === others[each])
  })
}

/**
 * Follows an informer for one controller. Keys are told to `enqueue` when an object that concerns them appears,
 * changes or goes — also the keys it concerned before the change. A mapping that throws names no keys, a predicate that
 * throws lets the change count; both are logged.
 */
export function createSubscription(
  informer: Informer<KubernetesObject>,
  logger: Logger,
  enqueue: (key: string) => void,
): Subscription {
  const byKey = new Map<string, Set<string>>()

  const index = (key: string, object: string): void => {
    const objects = byKey.get(key)
    if (objects === undefined) byKey.set(key, new Set([object]))
    else objects.add(object)
  }
  const unindex = (key: string, object: string): void => {
    const objects = byKey.get(key)
    objects?.delete(object)
    if (objects?.size === 0) byKey.delete(key)
  }
  const sources: WatchSource[] = []
  const keysOf = (object: Stored<KubernetesObject> | undefined): readonly string[][] =>
    sources.map(({ toKeys }) => (object === undefined ? [] : toKeys(object).map(formatKey)))
  const reindex = (
    object: Stored<KubernetesObject>,
    old: readonly string[][],
    next: readonly string[][],
  ): void => {
    if (equalKeys(old, next)) return
    const name = formatKey(keyOf(object))
    for (const key of old.flat()) unindex(key, name)
    for (const key of next.flat()) index(key, name)
  }
  const onChange: ChangeListener<KubernetesObject> = (after, before) => {
    const old = keysOf(before)
    const next = keysOf(after)
    reindex((after ?? before) as Stored<KubernetesObject>, old, next)
    for (const [at, { where }] of sources.entries()) {
      if (where !== undefined && !where(after, before)) continue
      for (const key of old[at] ?? []) enqueue(key)
      for (const key of next[at] ?? []) enqueue(key)
    }
  }
  return {
    synced: informer.synced,
    follow({ kind, toKeys, where }) {
      const report = reportMistake(logger, `a mapping or predicate of watched ${kind.plural}`)
      sources.push({
        kind,
        toKeys: safely((object: Stored<KubernetesObject>) => toKeys(object), [], report),
        ...(where === undefined ? {} : { where: safely(where, true, report) }),
      })
      if (sources.length === 1) informer.listen(onChange)
      else for (const object of informer.store.list({})) onChange(object, undefined)
    },
    concerning(key) {
      const objects = [...(byKey.get(key) ?? [])].toSorted()
      return objects.flatMap((object) => informer.store.get(parseKey(object)) ?? [])
    },
  }
}
