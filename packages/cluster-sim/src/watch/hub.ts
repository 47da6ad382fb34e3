import { ClusterError, type WatchEvent, type WatchObserver, type WatchOptions } from "@argo-ts/k8s"
import { epochMs, type KubernetesObject } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { checkNotFuture, parseVersion } from "../api/versions.js"
import type { KindRules } from "../kinds/rules.js"
import type { Change } from "../store/history.js"
import { compileSelection, type Selector } from "../store/selection.js"
import type { Store } from "../store/store.js"
import type { StoredObject } from "../store/stored-object.js"
import { createDelivery, type Recipient } from "./delivery.js"
import { checkWatchOptions } from "./options.js"

type AnyObserver = WatchObserver<KubernetesObject>
type AnyEvent = WatchEvent<KubernetesObject>

interface Watcher extends Recipient {
  readonly rules: KindRules
  readonly selector: Selector
  readonly observer: AnyObserver
  /** Changes up to this version are not for it. */
  readonly after: number
  readonly wantsBookmarks: boolean
  /** Up to here it has been told everything. */
  told: number
}

/** Tells watchers about changes. */
export interface WatchHub {
  /** Throws what is refused before there is a stream. */
  open(rules: KindRules, options: WatchOptions, observer: AnyObserver): () => void
  publish(change: Change): void
  /** Ends every watch, or those that `isChosen` picks, as a server that goes away does. */
  drop(isChosen?: (rules: KindRules) => boolean, error?: unknown): void
  /** Breaks the watches that `isChosen` picks: what was on its way to them is lost. */
  break(isChosen: () => boolean, error: unknown): void
}

/** What a hub works with. */
export interface WatchHubOptions {
  readonly store: Store
  readonly clock: Clock
  /** How much may wait for a watcher before it is ended. Default 10,000. */
  readonly bufferMax?: number
  /** How long the delivery of an event, and of all that follow it on its watch, is put off. Default not at all. */
  readonly delayMs?: (rules: KindRules) => number
}

const bufferMaxDefault = 10_000
const bookmarkMs = 60_000

/** What a change is to a watcher: nothing, or an event by how the object enters, stays in or leaves its selection. */
function eventFor({ selector, rules }: Watcher, change: Change): AnyEvent | undefined {
  const { before, after, event } = change
  const was = before !== undefined && selector.matches(before)
  const is = after !== undefined && selector.matches(after)
  if (is) return { type: was ? "MODIFIED" : "ADDED", object: rules.present(event) }
  if (!was) return undefined
  const last = after === undefined ? event : lastSelected(before, event)
  return { type: "DELETED", object: rules.present(last) }
}

/** An object that leaves a selection is shown as it last was, with the version of the change. */
function lastSelected(before: StoredObject, event: StoredObject): StoredObject {
  const { resourceVersion } = event.metadata
  return Object.freeze({
    ...before,
    metadata: Object.freeze({ ...before.metadata, resourceVersion }),
  })
}

function tooOld(version: number, oldest: number): ClusterError {
  return new ClusterError("Expired", `too old resource version: ${version} (${oldest})`)
}

/** Watches by kind, told and ended. */
interface Registry {
  readonly byKind: Map<string, Set<Watcher>>
  /** Those that want bookmarks: every write asks whether there are any. */
  readonly marked: Set<Watcher>
  all(): Watcher[]
  add(watcher: Watcher): void
  remove(watcher: Watcher): void
  send(watcher: Watcher, event: AnyEvent): void
  end(watcher: Watcher, error?: unknown): void
  /** Ends a watch before anything that waits for it. */
  lose(watcher: Watcher, error: unknown): void
  readonly delivery: ReturnType<typeof createDelivery<Watcher>>
}

function createRegistry(): Registry {
  const byKind = new Map<string, Set<Watcher>>()
  const marked = new Set<Watcher>()
  const delivery = createDelivery<Watcher>()
  const remove = (watcher: Watcher): void => {
    byKind.get(watcher.rules.id)?.delete(watcher)
    marked.delete(watcher)
  }
  return {
    byKind,
    marked,
    delivery,
    remove,
    add(watcher) {
      const { id } = watcher.rules
      const watchers = byKind.get(id) ?? new Set()
      byKind.set(id, watchers.add(watcher))
      if (watcher.wantsBookmarks) marked.add(watcher)
    },
    all: () => [...byKind.values()].flatMap((watchers) => [...watchers]),
    send: (watcher, event) => delivery.add(watcher, () => watcher.observer.event(event)),
    lose(watcher, error) {
      remove(watcher)
      watcher.isOpen = false
      const last: Watcher = { ...watcher, isOpen: true, held: undefined }
      delivery.add(last, () => watcher.observer.end(error))
    },
    end(watcher, error) {
      remove(watcher)
      delivery.add(watcher, () => {
        watcher.isOpen = false
        watcher.observer.end(error)
      })
    },
  }
}

/** Tells watchers that asked for it, a minute after the last change at most, how far they have been told. */
interface Bookmarks {
  schedule(): void
  /** Where nobody is left to be told, no timer keeps a process alive. */
  settle(): void
}

function createBookmarks({ store, clock }: WatchHubOptions, registry: Registry): Bookmarks {
  let cancel: (() => void) | undefined
  const tell = (): void => {
    cancel = undefined
    const version = store.version()
    for (const watcher of registry.marked) {
      if (watcher.told >= version) continue
      watcher.told = version
      registry.send(watcher, { type: "BOOKMARK", resourceVersion: `${version}` })
    }
  }
  return {
    schedule() {
      if (cancel !== undefined || registry.marked.size === 0) return
      cancel = clock.wakeAt(epochMs(clock.now() + bookmarkMs), "cluster/bookmarks", tell)
    },
    settle() {
      if (registry.marked.size > 0) return
      cancel?.()
      cancel = undefined
    },
  }
}

/** What a new watcher is told first: what exists, or what happened since the version that it names. */
function begin(store: Store, registry: Registry, watcher: Watcher, options: WatchOptions): void {
  const { sendInitialEvents, resourceVersion = "" } = options
  const { rules } = watcher
  const isAny = resourceVersion === "" || resourceVersion === "0"
  if (sendInitialEvents ?? isAny) {
    for (const object of store.collection(rules).list(watcher.selector)) {
      registry.send(watcher, { type: "ADDED", object: rules.present(object) })
    }
    if (sendInitialEvents !== true || !watcher.wantsBookmarks) return
    const version = `${store.version()}`
    const bookmark = {
      type: "BOOKMARK",
      resourceVersion: version,
      isInitialEventsEnd: true,
    } as const
    registry.send(watcher, bookmark)
    return
  }
  if (isAny) return
  const oldest = store.history.oldest()
  if (watcher.after < oldest) {
    registry.end(watcher, tooOld(watcher.after, oldest))
    return
  }
  for (const change of store.history.since(watcher.after, rules)) {
    const event = eventFor(watcher, change)
    if (event !== undefined) registry.send(watcher, event)
  }
}

function watcherOf(
  store: Store,
  rules: KindRules,
  options: WatchOptions,
): Omit<Watcher, "observer"> {
  checkWatchOptions(options)
  const asked = parseVersion(options.resourceVersion)
  const startsNow = asked === 0 || options.sendInitialEvents === true
  if (options.sendInitialEvents === true) checkNotFuture(store, asked)
  return {
    rules,
    selector: compileSelection(rules, options),
    after: startsNow ? store.version() : asked,
    wantsBookmarks: options.allowWatchBookmarks === true,
    told: startsNow ? store.version() : asked,
    isOpen: true,
    pending: 0,
    held: undefined,
  }
}

/**
 * Watches over a store. Events are delivered in one microtask after the write, in the order of the writes and per
 * write in the order in which watches were opened: before the writer itself continues, and the same in every run.
 * A watcher for which too much waits is ended with Expired; the writer is never held up.
 */
export function createWatchHub(options: WatchHubOptions): WatchHub {
  const { store, clock, bufferMax = bufferMaxDefault, delayMs = () => 0 } = options
  const registry = createRegistry()
  const bookmarks = createBookmarks(options, registry)

  const putOff = (watcher: Watcher): void => {
    const milliseconds = watcher.held === undefined ? delayMs(watcher.rules) : 0
    if (milliseconds <= 0) return
    registry.delivery.hold(watcher)
    const at = epochMs(clock.now() + milliseconds)
    clock.wakeAt(at, "cluster/late-watch", () => registry.delivery.release(watcher))
  }
  const tell = (watcher: Watcher, event: AnyEvent, version: number): void => {
    putOff(watcher)
    if (watcher.pending < bufferMax) {
      registry.send(watcher, event)
      return
    }
    registry.end(watcher, tooOld(watcher.told, version))
  }
  return {
    open(rules, wanted, observer) {
      const watcher: Watcher = { ...watcherOf(store, rules, wanted), observer }
      registry.add(watcher)
      begin(store, registry, watcher, wanted)
      if (watcher.wantsBookmarks && watcher.told < store.version()) bookmarks.schedule()
      return () => {
        watcher.isOpen = false
        registry.remove(watcher)
        bookmarks.settle()
      }
    },
    publish(change) {
      bookmarks.schedule()
      const watchers = registry.byKind.get(change.rules.id)
      if (watchers === undefined) return
      for (const watcher of watchers) {
        if (change.version <= watcher.after) continue
        const event = eventFor(watcher, change)
        if (event !== undefined) tell(watcher, event, change.version)
      }
    },
    break(isChosen, error) {
      for (const watcher of registry.all()) {
        if (isChosen()) registry.lose(watcher, error)
      }
    },
    drop(isChosen = () => true, error) {
      for (const watcher of registry.all()) {
        if (isChosen(watcher.rules)) registry.end(watcher, error)
      }
    },
  }
}
