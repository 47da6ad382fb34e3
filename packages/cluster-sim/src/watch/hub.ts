import { ClusterError, type WatchEvent, type WatchObserver, type WatchOptions } from "@argo-ts/k8s"
import type { KubernetesObject } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import type { Change } from "../store/history.js"
import { compileSelection, type Selector } from "../store/selection.js"
import type { Store } from "../store/store.js"
import type { StoredObject } from "../store/stored-object.js"

type AnyObserver = WatchObserver<KubernetesObject>
type AnyEvent = WatchEvent<KubernetesObject>

interface Watcher {
  readonly selector: Selector
  readonly observer: AnyObserver
  isOpen: boolean
}

/** Tells watchers about changes. */
export interface WatchHub {
  open(rules: KindRules, options: WatchOptions, observer: AnyObserver): () => void
  publish(change: Change): void
  /** Ends every watch, or those that `isChosen` picks, as a server that goes away does. */
  drop(isChosen?: () => boolean, error?: unknown): void
}

/** What a change is to a watcher: nothing, or an event by how the object enters, stays in or leaves its selection. */
function eventFor(selector: Selector, change: Change): AnyEvent | undefined {
  const { before, after, event } = change
  const was = before !== undefined && selector.matches(before)
  const is = after !== undefined && selector.matches(after)
  if (is) return { type: was ? "MODIFIED" : "ADDED", object: event }
  if (!was) return undefined
  return { type: "DELETED", object: after === undefined ? event : lastSelected(before, event) }
}

/** An object that leaves a selection is shown as it last was, with the version of the change. */
function lastSelected(before: StoredObject, event: StoredObject): StoredObject {
  const { resourceVersion } = event.metadata
  return Object.freeze({
    ...before,
    metadata: Object.freeze({ ...before.metadata, resourceVersion }),
  })
}

/** Rethrows from its own microtask: one observer's mistake is reported and the others still get their events. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** Delivers what was queued, in order, in one microtask. */
function createDelivery(): (watcher: Watcher, deliver: () => void) => void {
  let queue: { readonly watcher: Watcher; readonly deliver: () => void }[] = []
  const flush = (): void => {
    const batch = queue
    queue = []
    for (const { watcher, deliver } of batch) {
      if (!watcher.isOpen) continue
      try {
        deliver()
      } catch (error) {
        report(error)
      }
    }
  }
  return (watcher, deliver) => {
    if (queue.length === 0) queueMicrotask(flush)
    queue.push({ watcher, deliver })
  }
}

function tooOld(version: string, oldest: number): ClusterError {
  return new ClusterError("Expired", `too old resource version: ${version} (${oldest})`)
}

/**
 * Watches over a store. Events are delivered in one microtask after the write, in the order of the writes and per
 * write in the order in which watches were opened: before the writer itself continues, and the same in every run.
 */
export function createWatchHub(store: Store): WatchHub {
  const byKind = new Map<KindRules, Set<Watcher>>()
  const enqueue = createDelivery()

  const end = (watcher: Watcher, error?: unknown): void => {
    enqueue(watcher, () => {
      watcher.isOpen = false
      for (const watchers of byKind.values()) watchers.delete(watcher)
      watcher.observer.end(error)
    })
  }
  const replay = (rules: KindRules, watcher: Watcher, from: string | undefined): void => {
    const send = (event: AnyEvent | undefined): void => {
      if (event !== undefined) enqueue(watcher, () => watcher.observer.event(event))
    }
    if (from === undefined || from === "" || from === "0") {
      for (const object of store.collection(rules).list(watcher.selector)) {
        send({ type: "ADDED", object })
      }
      return
    }
    const oldest = store.history.oldest()
    if (Number(from) < oldest) end(watcher, tooOld(from, oldest))
    else {
      for (const change of store.history.since(Number(from), rules)) {
        send(eventFor(watcher.selector, change))
      }
    }
  }
  return {
    open(rules, options, observer) {
      const { resourceVersion } = options
      const watcher: Watcher = {
        selector: compileSelection(rules, options),
        observer,
        isOpen: true,
      }
      let watchers = byKind.get(rules)
      if (watchers === undefined) {
        watchers = new Set()
        byKind.set(rules, watchers)
      }
      watchers.add(watcher)
      replay(rules, watcher, resourceVersion)
      return () => {
        watcher.isOpen = false
        watchers.delete(watcher)
      }
    },
    publish(change) {
      const watchers = byKind.get(change.rules)
      if (watchers === undefined) return
      for (const watcher of watchers) {
        const event = eventFor(watcher.selector, change)
        if (event !== undefined) enqueue(watcher, () => watcher.observer.event(event))
      }
    },
    drop(isChosen = () => true, error) {
      for (const watchers of byKind.values()) {
        for (const watcher of watchers) if (isChosen()) end(watcher, error)
      }
    },
  }
}
