import {
  compareText,
  controllerOf,
  formatKey,
  invariant,
  type KubernetesObject,
  keyOf,
  matchesLabels,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import type { Selection } from "../ports.js"

/** The objects of one kind as last seen, indexed by key, by namespace and by managing owner. */
export interface ObjectStore<T extends KubernetesObject> {
  get(key: ObjectKey): Stored<T> | undefined
  /** Takes an object in the place of the one known before, and answers that. */
  put(object: Stored<T>): Stored<T> | undefined
  remove(key: ObjectKey): Stored<T> | undefined
  /** Sorted by namespace and name. */
  list(selection: Pick<Selection, "namespace" | "labelSelector">): readonly Stored<T>[]
  ownedBy(ownerUid: string): readonly Stored<T>[]
  /**
   * Adds an index over the values that `valuesOf` names for an object; what is stored already is indexed at once.
   * A second index of one name is refused.
   */
  addIndex(name: string, valuesOf: (object: Stored<T>) => readonly string[]): void
  /** The objects that an index holds under a value, sorted. Costs O(those). An index nobody added throws. */
  indexed(name: string, value: string): readonly Stored<T>[]
}

function ownerOf(object: KubernetesObject): string | undefined {
  return controllerOf(object)?.uid
}

/** A map of sets that forgets empty sets. */
interface Index {
  add(index: string | undefined, key: string): void
  remove(index: string | undefined, key: string): void
  keys(index: string): Iterable<string>
}

/** An index that somebody added, and how it reads an object. */
interface NamedIndex<T extends KubernetesObject> {
  readonly index: Index
  readonly valuesOf: (object: Stored<T>) => readonly string[]
}

function enterNamed<T extends KubernetesObject>(
  { index, valuesOf }: NamedIndex<T>,
  key: string,
  object: Stored<T>,
): void {
  for (const value of valuesOf(object)) index.add(value, key)
}

function createIndex(): Index {
  const sets = new Map<string, Set<string>>()
  return {
    add(index, key) {
      if (index === undefined) return
      const set = sets.get(index)
      if (set === undefined) sets.set(index, new Set([key]))
      else set.add(key)
    },
    remove(index, key) {
      if (index === undefined) return
      const set = sets.get(index)
      set?.delete(key)
      if (set?.size === 0) sets.delete(index)
    },
    keys: (index) => sets.get(index) ?? [],
  }
}

/** Writes keys. The latest is remembered: an object is mostly looked up, then put in its place, then told of. */
function createKeyWriter(): (key: ObjectKey) => string {
  let latest: (ObjectKey & { readonly text: string }) | undefined
  return ({ namespace, name }) => {
    if (latest?.name !== name || latest.namespace !== namespace) {
      const key = namespace === undefined ? { name } : { namespace, name }
      latest = { ...key, text: formatKey(key) }
    }
    return latest.text
  }
}

/** An empty store. */
export function createObjectStore<T extends KubernetesObject>(): ObjectStore<T> {
  const textOf = createKeyWriter()
  const objects = new Map<string, Stored<T>>()
  const byNamespace = createIndex()
  const byOwner = createIndex()
  const named = new Map<string, NamedIndex<T>>()
  const pick = (keys: Iterable<string>): Stored<T>[] =>
    [...keys].sort(compareText).map((key) => objects.get(key) as Stored<T>)
  const unindex = (key: string, object: Stored<T>): void => {
    byNamespace.remove(object.metadata.namespace, key)
    byOwner.remove(ownerOf(object), key)
    for (const { index, valuesOf } of named.values()) {
      for (const value of valuesOf(object)) index.remove(value, key)
    }
  }
  const enter = (key: string, object: Stored<T>): void => {
    byNamespace.add(object.metadata.namespace, key)
    byOwner.add(ownerOf(object), key)
    for (const each of named.values()) enterNamed(each, key, object)
  }
  return {
    get: (key) => objects.get(textOf(key)),
    put(object) {
      const key = textOf(keyOf(object))
      const known = objects.get(key)
      objects.set(key, object)
      // The key has its namespace in it, and most changes leave the owner as it is.
      const stays = known !== undefined && named.size === 0 && ownerOf(known) === ownerOf(object)
      if (stays) return known
      if (known !== undefined) unindex(key, known)
      enter(key, object)
      return known
    },
    remove(objectKey) {
      const key = textOf(objectKey)
      const known = objects.get(key)
      if (known === undefined) return undefined
      unindex(key, known)
      objects.delete(key)
      return known
    },
    list({ namespace, labelSelector }) {
      const candidates = pick(
        namespace === undefined ? objects.keys() : byNamespace.keys(namespace),
      )
      return labelSelector === undefined
        ? candidates
        : candidates.filter((object) => matchesLabels(labelSelector, object.metadata.labels))
    },
    addIndex(name, valuesOf) {
      invariant(!named.has(name), `an index is added once, "${name}" was added before`)
      const added = { index: createIndex(), valuesOf }
      named.set(name, added)
      for (const [key, object] of objects) enterNamed(added, key, object)
    },
    indexed(name, value) {
      const found = named.get(name)
      invariant(found !== undefined, `an index is added before it is read, "${name}" was not`)
      return pick(found.index.keys(value))
    },
    ownedBy: (ownerUid) => pick(byOwner.keys(ownerUid)),
  }
}
