import type { EpochMs, UntypedObject } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import { type Collection, createCollection, type Entry, type Home } from "./collection.js"
import { type Change, createHistory, type History } from "./history.js"
import { createJournal, type JournalEntry, type JournalMark } from "./journal.js"
import { type StoredObject, withVersion } from "./stored-object.js"

/** What a write brings about, before it has a version. Without `after` the object goes. */
export interface PendingChange {
  readonly at: EpochMs
  readonly rules: KindRules
  readonly before: StoredObject | undefined
  readonly after: UntypedObject | undefined
}

/** An object with the rules of its kind. */
export interface Located {
  readonly rules: KindRules
  readonly object: StoredObject
}

/** Every object of a cluster, its version counter and its recent history. No rules live here. */
export interface Store {
  readonly history: History
  /** The version of the last change, over all kinds. */
  version(): number
  collection(rules: KindRules): Collection
  /** Gives a change its version, without storing it. */
  prepare(change: PendingChange): Change
  /** Stores a prepared change. */
  apply(change: Change): void
  byUid(uid: string): Located | undefined
  /** The objects that name `uid` as an owner, in the order in which they were created. */
  dependents(uid: string): Located[]
  /** Every object, kind by kind. */
  everything(): Located[]
  /** Every object in the order in which they came to be. */
  inOrder(): Located[]
  /** Continues at a version whose objects have been stored; what was before it is gone. */
  resume(version: number): void
  /** Treats the objects of a kind by these rules from now on. */
  serve(rules: KindRules): void
  /** A place to come back to. Costs nothing, however many objects there are. */
  mark(): StoreMark
  /** Takes back what happened since, at a cost of that; history is forgotten. Answers the changes that it took. */
  rewind(mark: StoreMark): Undone[]
}

/** A moment of a store. */
export interface StoreMark {
  readonly version: number
  at: JournalMark
}

/** One object that coming back to a mark changed. */
export type Undone = Pick<Change, "rules" | "before" | "after">

/** Uids of dependents by the uid of their owner. */
function createOwnerIndex(): {
  update(before: StoredObject | undefined, after: StoredObject | undefined): void
  dependents(uid: string): Iterable<string>
} {
  const byOwner = new Map<string, Set<string>>()
  return {
    update(before, after) {
      const old = before?.metadata.ownerReferences
      const next = after?.metadata.ownerReferences
      if (old === next) return
      const uid = (after ?? before)?.metadata.uid ?? ""
      for (const reference of old ?? []) {
        const set = byOwner.get(reference.uid)
        set?.delete(uid)
        if (set?.size === 0) byOwner.delete(reference.uid)
      }
      for (const reference of next ?? []) {
        const set = byOwner.get(reference.uid)
        if (set === undefined) byOwner.set(reference.uid, new Set([uid]))
        else set.add(uid)
      }
    },
    dependents: (uid) => byOwner.get(uid) ?? [],
  }
}

/** Objects, and where they are found by uid and by owner. */
interface Contents {
  collection(rules: KindRules): Collection
  byUid(uid: string): Located | undefined
  dependents(uid: string): Located[]
  everything(): Located[]
  inOrder(): Located[]
  serve(rules: KindRules): void
  /** Puts one object, born then, in the place of another, and answers when that one was born. */
  exchange(change: Undone, born: number): number
}

const everyObject = {
  namespace: undefined,
  name: undefined,
  labelLines: [],
  isNarrowed: false,
  matches: () => true,
}

function createContents(): Contents {
  const collections = new Map<string, { readonly home: Home; readonly objects: Collection }>()
  const uids = new Map<string, Entry>()
  const owners = createOwnerIndex()

  const open = (rules: KindRules): { readonly home: Home; readonly objects: Collection } => {
    let found = collections.get(rules.id)
    if (found === undefined) {
      const home: Home = { rules }
      found = { home, objects: createCollection(home) }
      collections.set(rules.id, found)
    }
    return found
  }
  const locate = ({ home, object }: Entry): Located => ({ rules: home.rules, object })
  return {
    serve(rules) {
      open(rules).home.rules = rules
    },
    collection: (rules) => open(rules).objects,
    byUid(uid) {
      const entry = uids.get(uid)
      return entry === undefined ? undefined : locate(entry)
    },
    dependents(uid) {
      const found: Entry[] = []
      for (const dependent of owners.dependents(uid)) {
        const entry = uids.get(dependent)
        if (entry !== undefined) found.push(entry)
      }
      return found.sort((left, right) => left.born - right.born).map(locate)
    },
    everything() {
      const all: Located[] = []
      for (const { home, objects } of collections.values()) {
        for (const object of objects.list(everyObject)) all.push({ rules: home.rules, object })
      }
      return all
    },
    inOrder: () => [...uids.values()].sort((left, right) => left.born - right.born).map(locate),
    exchange({ rules, before, after }, bornAt) {
      const { objects } = open(rules)
      if (after !== undefined && before?.metadata.uid === after.metadata.uid) {
        owners.update(before, after)
        return objects.put(after).born
      }
      let born = 0
      if (before !== undefined) {
        const { uid } = before.metadata
        born = uids.get(uid)?.born ?? 0
        uids.delete(uid)
        owners.update(before, undefined)
        if (after === undefined) objects.remove(before)
      }
      if (after !== undefined) {
        const entry = objects.put(after)
        entry.born = bornAt
        uids.set(after.metadata.uid, entry)
        owners.update(undefined, after)
      }
      return born
    },
  }
}

/** An empty store. */
export function createStore(): Store {
  const { exchange, ...contents } = createContents()
  const history = createHistory()
  const journal = createJournal()
  let version = 0
  let births = 0
  return {
    ...contents,
    history,
    version: () => version,
    prepare(pending) {
      const next = version + 1
      const { at, rules, before } = pending
      const after = pending.after === undefined ? undefined : withVersion(pending.after, next)
      const event = after ?? withVersion(before as StoredObject, next)
      return { version: next, at, rules, before, after, event }
    },
    apply(change) {
      version = change.version
      journal.add({ change, born: exchange(change, ++births) })
      history.add(change)
    },
    mark: () => ({ version, at: journal.mark() }),
    rewind(mark) {
      const undone = inverse(journal.since(mark.at))
      for (const { change, born } of undone) {
        journal.add({ change, born: exchange(change, born) })
      }
      version = mark.version
      history.restart(version)
      mark.at = journal.mark()
      return undone.map(({ change }) => change)
    },
    resume(at) {
      version = at
      history.compact(at)
    },
  }
}

/** What takes a series of changes back: per object one change, from what is there now to what was there first. */
function inverse(entries: readonly JournalEntry[]): JournalEntry[] {
  const byPlace = new Map<string, { readonly first: JournalEntry; last: JournalEntry }>()
  for (const entry of entries) {
    const { rules, before, after } = entry.change
    const { namespace = "", name = "" } = (after ?? before)?.metadata ?? {}
    const place = `${rules.id}\u0000${namespace}\u0000${name}`
    const known = byPlace.get(place)
    if (known === undefined) byPlace.set(place, { first: entry, last: entry })
    else known.last = entry
  }
  const found: JournalEntry[] = []
  for (const { first, last } of byPlace.values()) {
    const [now, then] = [last.change.after, first.change.before]
    if (now === then) continue
    const { rules } = first.change
    found.push({ change: { rules, before: now, after: then }, born: first.born })
  }
  return found
}
