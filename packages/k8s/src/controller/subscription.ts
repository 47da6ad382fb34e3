import {
  formatKey,
  type KubernetesObject,
  keyOf,
  type Logger,
  type ObjectKey,
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

function areEqual(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((key, at) => key === right[at])
}

const none: readonly string[] = []

/** The keys that an object concerns by one mapping. */
function keysOf(
  { toKeys }: WatchSource,
  object: Stored<KubernetesObject> | undefined,
): readonly string[] {
  const keys = object === undefined ? none : toKeys(object)
  return keys.length === 0 ? none : (keys as readonly ObjectKey[]).map(formatKey)
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
  const reindex = (
    object: Stored<KubernetesObject>,
    old: readonly string[],
    next: readonly string[],
  ): void => {
    const name = formatKey(keyOf(object))
    for (const key of old) unindex(key, name)
    for (const key of next) index(key, name)
  }
  // Every controller hears of every change of its kinds: what concerns nobody must cost next to nothing.
  const onChange: ChangeListener<KubernetesObject> = (after, before) => {
    let old = none
    let next = none
    let isMoved = false
    for (const source of sources) {
      const was = keysOf(source, before)
      const is = keysOf(source, after)
      if (was === none && is === none) continue
      const isSame = areEqual(was, is)
      isMoved ||= !isSame
      old = old === none ? was : [...old, ...was]
      next = next === none ? is : [...next, ...is]
      if (source.where !== undefined && !source.where(after, before)) continue
      for (const key of was) enqueue(key)
      if (!isSame) for (const key of is) enqueue(key)
    }
    if (isMoved) reindex((after ?? before) as Stored<KubernetesObject>, old, next)
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
