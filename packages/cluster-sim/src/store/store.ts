import type { EpochMs, UntypedObject } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import { type Collection, createCollection } from "./collection.js"
import { type Change, createHistory, type History } from "./history.js"
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
  /** The objects that name `uid` as an owner, in the order in which they came to do so. */
  dependents(uid: string): Located[]
  /** Every object, kind by kind. */
  everything(): Located[]
  /** Every object in the order in which they came to be. */
  inOrder(): Located[]
  /** Continues at a version whose objects have been stored; what was before it is gone. */
  resume(version: number): void
}

interface UidRecord {
  readonly rules: KindRules
  readonly namespace: string
  readonly name: string
}

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

const anything = {
  namespace: undefined,
  name: undefined,
  labelLines: [],
  isNarrowed: false,
  matches: () => true,
}

/** An empty store. */
export function createStore(): Store {
  const collections = new Map<KindRules, Collection>()
  const uids = new Map<string, UidRecord>()
  const owners = createOwnerIndex()
  const history = createHistory()
  let version = 0

  const collection = (rules: KindRules): Collection => {
    let found = collections.get(rules)
    if (found === undefined) {
      found = createCollection()
      collections.set(rules, found)
    }
    return found
  }
  const byUid = (uid: string): Located | undefined => {
    const record = uids.get(uid)
    if (record === undefined) return undefined
    const object = collection(record.rules).get(record.namespace, record.name)
    return object === undefined ? undefined : { rules: record.rules, object }
  }
  function* locatedOf(ids: Iterable<string>): Generator<Located> {
    for (const uid of ids) {
      const located = byUid(uid)
      if (located !== undefined) yield located
    }
  }
  const remember = (rules: KindRules, object: StoredObject): void => {
    const { uid, name, namespace = "" } = object.metadata
    uids.set(uid, { rules, name, namespace })
  }
  return {
    history,
    version: () => version,
    collection,
    byUid,
    prepare(pending) {
      const next = version + 1
      const { at, rules, before } = pending
      const after = pending.after === undefined ? undefined : withVersion(pending.after, next)
      const event = after ?? withVersion(before as StoredObject, next)
      return { version: next, at, rules, before, after, event }
    },
    apply(change) {
      const { rules, before, after } = change
      version = change.version
      if (after !== undefined) {
        collection(rules).put(after)
        if (before === undefined) remember(rules, after)
      } else if (before !== undefined) {
        collection(rules).remove(before)
        uids.delete(before.metadata.uid)
      }
      owners.update(before, after)
      history.add(change)
    },
    dependents: (uid) => [...locatedOf(owners.dependents(uid))],
    inOrder: () => [...locatedOf(uids.keys())],
    resume(at) {
      version = at
      history.compact(at)
    },
    everything: () =>
      [...collections].flatMap(([rules, objects]) =>
        objects.list(anything).map((object) => ({ rules, object })),
      ),
  }
}
