import {
  formatKey,
  type Kind,
  type KubernetesObject,
  keyOf,
  type Logger,
  type Stored,
} from "@argo-ts/kernel"
import type { WatchEvent } from "../ports.js"
import { createObjectStore, type ObjectStore } from "./object-store.js"
import { type ReflectorOptions, reflect } from "./reflector.js"

/** Told of every change with the object after and before it. */
export type ChangeListener<T extends KubernetesObject> = (
  after: Stored<T> | undefined,
  before: Stored<T> | undefined,
) => void

/** A kind kept in memory: listed once, then followed, and recovered whenever the watch breaks. */
export interface Informer<T extends KubernetesObject> {
  readonly store: ObjectStore<T>
  /** Resolves when every object that existed at the start is in the store; rejects where the kind is not served. */
  readonly synced: Promise<void>
  /** Hears of changes, and of every object already known, each as an addition. Returns what removes it. */
  listen(listener: ChangeListener<T>): () => void
  /**
   * Takes what a write answered, so that the writer reads its own writes. An answer that the watch has passed is ignored:
   * the object may have changed or gone since.
   */
  observe(object: Stored<T>): void
  stop(): void
}

/** What an informer needs. */
export type InformerOptions = ReflectorOptions

/** Versions are counters on every server we know of; where they are not, no version is newer than another. */
function versionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.resourceVersion)
}

/**
 * What is known of a kind from three sides that overtake each other: lists, watches, and the answers to own writes.
 * Whatever is newer wins; what a watch or a list has passed is old news, also where it tells of an object that is gone.
 */
interface KnownObjects<T extends KubernetesObject> {
  /** Everything there was at a version. */
  list(objects: readonly Stored<T>[], version: string): void
  change(event: Exclude<WatchEvent<T>, { type: "BOOKMARK" }>): void
  /** The watch has told everything up to a version. */
  reach(version: string): void
  /** The answer to a write. */
  write(object: Stored<T>): void
}

function createKnownObjects<T extends KubernetesObject>(
  store: ObjectStore<T>,
  notify: ChangeListener<T>,
): KnownObjects<T> {
  let told = 0
  const put = (object: Stored<T>): void => {
    const before = store.put(object)
    const isSame = before?.metadata.uid === object.metadata.uid
    if (isSame && before.metadata.resourceVersion === object.metadata.resourceVersion) return
    notify(object, before)
  }
  const isNewer = (known: Stored<T> | undefined, version: number): boolean =>
    known !== undefined && versionOf(known) > version
  const drop = (known: Stored<T>): void => {
    store.remove(keyOf(known))
    notify(undefined, known)
  }
  return {
    list(objects, version) {
      const listed = Number(version)
      // A server whose versions went back was set up anew from a copy: nothing that was known before counts.
      const hasRestarted = listed < told
      const isKept = (known: Stored<T> | undefined): boolean =>
        !hasRestarted && isNewer(known, listed)
      told = listed
      const found = new Set<string>()
      for (const object of objects) {
        found.add(formatKey(keyOf(object)))
        if (!isKept(store.get(keyOf(object)))) put(object)
      }
      const gone = store.list({}).filter((object) => !found.has(formatKey(keyOf(object))))
      for (const object of gone) if (!isKept(object)) drop(object)
    },
    change({ type, object }) {
      const version = versionOf(object)
      told = Math.max(told, version)
      const known = store.get(keyOf(object))
      // Of an object that went and came again only the writer knows: the watch still tells of the one before.
      if (isNewer(known, version)) return
      if (type !== "DELETED") put(object)
      else if (known !== undefined) drop(known)
    },
    reach(version) {
      told = Math.max(told, Number(version))
    },
    write(object) {
      const known = store.get(keyOf(object))
      if (known === undefined ? versionOf(object) <= told : isNewer(known, versionOf(object)))
        return
      put(object)
    },
  }
}

/** Tells every listener, also after one has thrown: whoever shares an informer answers only for itself. */
function createListeners<T extends KubernetesObject>(
  kind: Kind<T>,
  logger: Logger,
): { readonly notify: ChangeListener<T>; readonly all: Set<ChangeListener<T>> } {
  const all = new Set<ChangeListener<T>>()
  return {
    all,
    notify(after, before) {
      for (const listener of all) {
        try {
          listener(after, before)
        } catch (error) {
          const object = after ?? before
          const key = object === undefined ? "" : formatKey(keyOf(object))
          logger.error("a listener threw: the change is lost on it", {
            kind: kind.kind,
            key,
            error,
          })
        }
      }
    },
  }
}

/**
 * Starts following `kind`. A gone version relists and reports the differences; other failures back off. A listener that
 * throws is logged and loses that change; the others do not.
 */
export function createInformer<T extends KubernetesObject>(
  kind: Kind<T>,
  options: InformerOptions,
): Informer<T> {
  const store = createObjectStore<T>()
  const listeners = createListeners(kind, options.logger)
  const known = createKnownObjects(store, listeners.notify)
  const { promise: synced, resolve, reject } = deferred()
  const stop = reflect(kind, options, {
    replace(objects, version) {
      known.list(objects, version)
      resolve()
    },
    change: known.change,
    reach: known.reach,
    refuse: reject,
  })
  return {
    store,
    synced,
    observe: known.write,
    listen(listener) {
      listeners.all.add(listener)
      for (const object of store.list({})) listener(object, undefined)
      return () => listeners.all.delete(listener)
    },
    stop,
  }
}

function deferred(): {
  promise: Promise<void>
  resolve: () => void
  reject: (why: unknown) => void
} {
  let settle: { resolve: () => void; reject: (why: unknown) => void } | undefined
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  // Whoever awaits `synced` hears of a refusal; nobody awaiting it is no crash.
  promise.catch(() => {})
  return { promise, resolve: () => settle?.resolve(), reject: (why) => settle?.reject(why) }
}
