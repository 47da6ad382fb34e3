import { formatKey, type Kind, type KubernetesObject, keyOf, type Stored } from "@argo-ts/kernel"
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
  /** Takes what a write answered, so that the writer reads its own writes. */
  observe(object: Stored<T>): void
  stop(): void
}

/** What an informer needs. */
export type InformerOptions = ReflectorOptions

/** Starts following `kind`. A gone version relists and reports the differences; other failures back off. */
export function createInformer<T extends KubernetesObject>(
  kind: Kind<T>,
  options: InformerOptions,
): Informer<T> {
  const store = createObjectStore<T>()
  const listeners = new Set<ChangeListener<T>>()
  const { promise: synced, resolve, reject } = deferred()

  const notify: ChangeListener<T> = (after, before) => {
    for (const listener of listeners) listener(after, before)
  }
  const take = (object: Stored<T>): void => {
    const before = store.put(object)
    const isNews = before?.metadata.resourceVersion !== object.metadata.resourceVersion
    if (isNews && store.get(keyOf(object)) === object) notify(object, before)
  }
  const drop = (object: KubernetesObject): void => {
    const before = store.remove(keyOf(object))
    if (before !== undefined) notify(undefined, before)
  }
  const stop = reflect(kind, options, {
    replace(objects) {
      for (const object of objects) take(object)
      const found = new Set(objects.map((object) => formatKey(keyOf(object))))
      const gone = store.list({}).filter((object) => !found.has(formatKey(keyOf(object))))
      for (const object of gone) drop(object)
      resolve()
    },
    change(event) {
      if (event.type === "DELETED") drop(event.object)
      else take(event.object)
    },
    refuse: reject,
  })
  return {
    store,
    synced,
    observe: take,
    listen(listener) {
      listeners.add(listener)
      for (const object of store.list({})) listener(object, undefined)
      return () => listeners.delete(listener)
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
