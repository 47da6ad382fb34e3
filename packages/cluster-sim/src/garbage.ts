import type { OwnerReference, UntypedObject } from "@argo-ts/kernel"
import { deleteObject } from "./api/delete.js"
import { replaceObject } from "./api/replace.js"
import type { Server } from "./api/server.js"
import { serverRequest, type WriteRequest } from "./api/write.js"
import { fieldManagers } from "./field-managers.js"
import type { Propagation } from "./kinds/rules.js"
import type { Change } from "./store/history.js"
import type { Located, Store } from "./store/store.js"
import type { StoredObject } from "./store/stored-object.js"

/** Removes what lost its owners. */
export interface GarbageCollector {
  /** Notes what a change may leave to do. */
  observe(change: Pick<Change, "before" | "after">): void
  /** Notes everything, after a restart. */
  observeAll(): void
  /** The uids of what is still to be looked at. */
  pending(): readonly string[]
  /** Looks at these too. */
  resume(uids: readonly string[]): void
}

const manager = fieldManagers.controllers
const orphan = "orphan"
const foreground = "foregroundDeletion"

function request(verb: WriteRequest["verb"]): WriteRequest {
  return serverRequest(verb, manager)
}

function isHeldBy(object: StoredObject, finalizer: string): boolean {
  const { deletionTimestamp, finalizers = [] } = object.metadata
  return deletionTimestamp !== undefined && finalizers.includes(finalizer)
}

function rewrite(server: Server, located: Located, metadata: UntypedObject["metadata"]): void {
  const wanted = { ...located.object, metadata } as UntypedObject
  replaceObject(server, located.rules, located.object, { ...request("update"), wanted })
}

function remove(server: Server, located: Located, propagationPolicy: Propagation): void {
  const { uid } = located.object.metadata
  const options = { propagationPolicy, preconditions: { uid } }
  deleteObject(server, located.rules, located.object, { ...request("delete"), options })
}

function dropFinalizer(server: Server, located: Located, finalizer: string): void {
  const { metadata } = located.object
  const finalizers = (metadata.finalizers ?? []).filter((name) => name !== finalizer)
  rewrite(server, located, { ...metadata, finalizers })
}

function dependentsOf(store: Store, owner: StoredObject): Located[] {
  return store.dependents(owner.metadata.uid)
}

/** A namespaced owner in another namespace counts as absent. */
function ownerOf(
  store: Store,
  object: StoredObject,
  reference: OwnerReference,
): StoredObject | undefined {
  const owner = store.byUid(reference.uid)
  if (owner === undefined) return undefined
  const isNamespaced = owner.rules.kind.scope === "Namespaced"
  const isNear = !isNamespaced || owner.object.metadata.namespace === object.metadata.namespace
  return isNear ? owner.object : undefined
}

function releaseDependents(server: Server, owner: Located): void {
  const { uid } = owner.object.metadata
  for (const dependent of dependentsOf(server.store, owner.object)) {
    const { metadata } = dependent.object
    const ownerReferences = (metadata.ownerReferences ?? []).filter((each) => each.uid !== uid)
    rewrite(server, dependent, { ...metadata, ownerReferences })
  }
  dropFinalizer(server, owner, orphan)
}

/** Lets an owner go once no dependent blocks it; answers the uids of dependents that are to go first. */
function awaitDependents(server: Server, owner: Located): string[] {
  const { uid } = owner.object.metadata
  const dependents = dependentsOf(server.store, owner.object)
  const isBlocking = dependents.some(({ object }) =>
    object.metadata.ownerReferences?.some(
      (each) => each.uid === uid && each.blockOwnerDeletion === true,
    ),
  )
  if (!isBlocking) dropFinalizer(server, owner, foreground)
  return dependents
    .filter(({ object }) => object.metadata.deletionTimestamp === undefined)
    .map(({ object }) => object.metadata.uid)
}

/** Owners that were seen to go. */
interface Departed {
  add(uid: string): void
  has(uid: string): boolean
}

/** As many of the latest as a garbage controller remembers. */
const departedMax = 500

function createDeparted(): Departed {
  const uids = new Set<string>()
  return {
    add(uid) {
      uids.add(uid)
      const [oldest] = uids
      if (uids.size > departedMax && oldest !== undefined) uids.delete(oldest)
    },
    has: (uid) => uids.has(uid),
  }
}

/**
 * True for a reference that cannot be looked up, which leaves its object alone: nobody serves its kind, or it is one of
 * an object without a namespace to one in a namespace.
 */
function isUnresolvable(
  { store, registry }: Server,
  { rules }: Located,
  reference: OwnerReference,
  departed: Departed,
): boolean {
  const isClusterWide = rules.kind.scope !== "Namespaced"
  const { uid, apiVersion, kind } = reference
  if (departed.has(uid) || (!isClusterWide && store.byUid(uid) !== undefined)) return false
  const served = registry
    .versions()
    .find((each) => each.apiVersion === apiVersion && each.kind.kind === kind)
  if (served === undefined) return store.byUid(uid) === undefined
  return isClusterWide && served.kind.scope === "Namespaced"
}

/** How a dependent goes: as its finalizers say, where they do. */
function propagationOf({ metadata: { finalizers = [] } }: StoredObject): Propagation {
  if (finalizers.includes(orphan)) return "Orphan"
  return finalizers.includes(foreground) ? "Foreground" : "Background"
}

/** Deletes a dependent whose owners are all gone or waiting for it; strips references to gone ones otherwise. */
function settleDependent(server: Server, located: Located, departed: Departed): void {
  const { object } = located
  const { ownerReferences = [], deletionTimestamp } = object.metadata
  if (ownerReferences.length === 0 || deletionTimestamp !== undefined) return
  if (ownerReferences.some((each) => isUnresolvable(server, located, each, departed))) return
  const owners = ownerReferences.map((reference) => ownerOf(server.store, object, reference))
  const isSolid = (owner: StoredObject | undefined): boolean =>
    owner !== undefined && !isHeldBy(owner, foreground)
  const kept = ownerReferences.filter((_reference, index) => isSolid(owners[index]))
  if (kept.length === ownerReferences.length) return
  if (kept.length > 0) {
    rewrite(server, located, { ...object.metadata, ownerReferences: kept })
    return
  }
  const isAwaited = owners.some((owner) => owner !== undefined)
  const hasDependents = dependentsOf(server.store, object).length > 0
  remove(server, located, isAwaited && hasDependents ? "Foreground" : propagationOf(object))
}

const nobody: readonly string[] = []

/** Uids whose objects a change may leave something to do about. */
function concerned(
  store: Store,
  { before, after }: Pick<Change, "before" | "after">,
): readonly string[] {
  const uid = (after ?? before)?.metadata.uid ?? ""
  const isMoved = after?.metadata.ownerReferences !== before?.metadata.ownerReferences
  if (after !== undefined && !isMoved) {
    return isHeldBy(after, orphan) || isHeldBy(after, foreground) ? [uid] : nobody
  }
  const formerOwners = (before?.metadata.ownerReferences ?? []).map((reference) => reference.uid)
  if (after === undefined) {
    const dependents = store.dependents(uid).map(({ object }) => object.metadata.uid)
    return [...dependents, ...formerOwners]
  }
  return [uid, ...formerOwners]
}

/**
 * Collects garbage by owner references as the garbage controller does: dependents of a gone owner are deleted,
 * dangling references stripped while an owner lives, `foregroundDeletion` and `orphan` finalizers worked off. Runs
 * at the next turn of the clock; what it knows beside the objects are the owners that went lately.
 */
export function createGarbageCollector(
  server: Server,
  schedule: (run: () => void) => void,
): GarbageCollector {
  const { store } = server
  const waiting = new Set<string>()
  const departed = createDeparted()
  let isScheduled = false

  const collect = (located: Located): readonly string[] => {
    if (isHeldBy(located.object, orphan)) releaseDependents(server, located)
    else if (isHeldBy(located.object, foreground)) return awaitDependents(server, located)
    else settleDependent(server, located, departed)
    return []
  }
  const run = (): void => {
    isScheduled = false
    // A set is iterated in order and includes what is added meanwhile: the chain is followed to its end.
    for (const uid of waiting) {
      waiting.delete(uid)
      const located = store.byUid(uid)
      if (located !== undefined) for (const next of collect(located)) waiting.add(next)
    }
  }
  const add = (uids: readonly string[]): void => {
    for (const uid of uids) waiting.add(uid)
    if (isScheduled || waiting.size === 0) return
    isScheduled = true
    schedule(run)
  }
  return {
    observe(change) {
      const { uid } = (change.before ?? change.after)?.metadata ?? {}
      if (change.after === undefined && uid !== undefined && store.dependents(uid).length > 0)
        departed.add(uid)
      add(concerned(store, change))
    },
    pending: () => [...waiting],
    resume: add,
    observeAll() {
      const isSuspect = ({ object: { metadata } }: Located): boolean =>
        metadata.ownerReferences !== undefined || metadata.deletionTimestamp !== undefined
      add(
        store
          .everything()
          .filter(isSuspect)
          .map(({ object }) => object.metadata.uid),
      )
    },
  }
}
