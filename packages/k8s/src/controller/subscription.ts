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
  const keysOf = (object: Stored<KubernetesObject> | undefined): ReadonlySet<string> =>
    new Set(object && sources.flatMap((source) => source.toKeys(object).map(formatKey)))
  const onChange: ChangeListener<KubernetesObject> = (after, before) => {
    for (const key of keysOf(before)) unindex(key, formatKey(keyOf(before as KubernetesObject)))
    for (const key of keysOf(after)) index(key, formatKey(keyOf(after as KubernetesObject)))
    for (const { where, toKeys } of sources) {
      if (where !== undefined && !where(after, before)) continue
      for (const object of [before, after]) {
        for (const key of object === undefined ? [] : toKeys(object)) enqueue(formatKey(key))
      }
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
