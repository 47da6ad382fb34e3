import { compareText } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import type { Selector } from "./selection.js"
import type { StoredObject } from "./stored-object.js"

/** The kind of the objects of a collection; a definition may change its rules. */
export interface Home {
  rules: KindRules
}

/** Where an object lives: the place stays while versions come and go. */
export interface Entry {
  readonly home: Home
  readonly namespace: string
  readonly name: string
  object: StoredObject
  /** How many objects were born before it: the order of birth. */
  born: number
}

/** The objects of one kind. */
export interface Collection {
  get(namespace: string, name: string): StoredObject | undefined
  /** Stores a new object or the next version of one, and answers where. */
  put(object: StoredObject): Entry
  remove(object: StoredObject): void
  /** Selected objects by namespace, then name. By label, costs O(objects with that label). */
  list(selector: Selector): StoredObject[]
  size(): number
  /** How often something came, changed or went. */
  changes(): number
  /** The newest version of the object that came last: those that come next may share parts with it. */
  latest(): StoredObject | undefined
}

interface Bucket {
  readonly entries: Map<string, Entry>
  /** Names in order; absent after a removal until somebody lists. */
  names: string[] | undefined
  isSorted: boolean
}

function sortedNames(bucket: Bucket): readonly string[] {
  bucket.names ??= [...bucket.entries.keys()]
  if (!bucket.isSorted) bucket.names.sort(compareText)
  bucket.isSorted = true
  return bucket.names
}

/** Which objects carry a label; one set per `key=value`. */
function createLabelIndex(): {
  update(entry: Entry, before: StoredObject | undefined, after: StoredObject | undefined): void
  find(lines: readonly string[]): ReadonlySet<Entry> | undefined
} {
  const byLine = new Map<string, Set<Entry>>()
  const none: ReadonlySet<Entry> = new Set()
  return {
    update(entry, before, after) {
      const old = before?.metadata.labels
      const next = after?.metadata.labels
      if (old === next) return
      for (const [key, value] of Object.entries(old ?? {})) {
        const line = `${key}=${value}`
        const entries = byLine.get(line)
        entries?.delete(entry)
        if (entries?.size === 0) byLine.delete(line)
      }
      for (const [key, value] of Object.entries(next ?? {})) {
        const line = `${key}=${value}`
        const entries = byLine.get(line)
        if (entries === undefined) byLine.set(line, new Set([entry]))
        else entries.add(entry)
      }
    },
    find(lines) {
      let smallest: ReadonlySet<Entry> | undefined
      for (const line of lines) {
        const entries = byLine.get(line) ?? none
        if (smallest === undefined || entries.size < smallest.size) smallest = entries
      }
      return smallest
    },
  }
}

function compareEntries(left: Entry, right: Entry): number {
  return compareText(left.namespace, right.namespace) || compareText(left.name, right.name)
}

function scan(bucket: Bucket | undefined, selector: Selector, found: StoredObject[]): void {
  if (bucket === undefined) return
  for (const name of sortedNames(bucket)) {
    const entry = bucket.entries.get(name)
    if (entry !== undefined && selector.matches(entry.object)) found.push(entry.object)
  }
}

/** The selected objects of some buckets, in order. */
function scanAll(buckets: ReadonlyMap<string, Bucket>, selector: Selector): StoredObject[] {
  const { namespace } = selector
  const found: StoredObject[] = []
  const namespaces = namespace === undefined ? [...buckets.keys()].sort(compareText) : [namespace]
  for (const each of namespaces) scan(buckets.get(each), selector, found)
  return found
}

/** An empty collection, indexed by namespace, name and label. */
export function createCollection(home: Home): Collection {
  const buckets = new Map<string, Bucket>()
  const labels = createLabelIndex()
  let [count, changes] = [0, 0]
  let last: Entry | undefined

  const bucketOf = (namespace: string): Bucket => {
    let bucket = buckets.get(namespace)
    if (bucket === undefined) {
      bucket = { entries: new Map(), names: [], isSorted: true }
      buckets.set(namespace, bucket)
    }
    return bucket
  }
  const insert = (bucket: Bucket, entry: Entry): void => {
    bucket.entries.set(entry.name, entry)
    count++
    if (bucket.names === undefined) return
    const last = bucket.names.at(-1)
    if (last !== undefined && last > entry.name) bucket.isSorted = false
    bucket.names.push(entry.name)
  }
  return {
    size: () => count,
    changes: () => changes,
    latest: () => last?.object,
    get: (namespace, name) => buckets.get(namespace)?.entries.get(name)?.object,
    put(object) {
      changes++
      const { namespace = "", name } = object.metadata
      const bucket = bucketOf(namespace)
      const known = bucket.entries.get(name)
      const before = known?.object
      const entry = known ?? { home, namespace, name, object, born: 0 }
      entry.object = object
      if (known === undefined) {
        insert(bucket, entry)
        last = entry
      }
      labels.update(entry, before, object)
      return entry
    },
    remove(object) {
      const { namespace = "", name } = object.metadata
      const bucket = buckets.get(namespace)
      const entry = bucket?.entries.get(name)
      if (bucket === undefined || entry === undefined) return
      changes++
      bucket.entries.delete(name)
      bucket.names = undefined
      bucket.isSorted = false
      count--
      labels.update(entry, entry.object, undefined)
      if (bucket.entries.size === 0) buckets.delete(namespace)
    },
    list(selector) {
      const { namespace } = selector
      if (selector.name !== undefined && namespace !== undefined) {
        const object = buckets.get(namespace)?.entries.get(selector.name)?.object
        return object !== undefined && selector.matches(object) ? [object] : []
      }
      const labelled = labels.find(selector.labelLines)
      const scope = namespace === undefined ? count : (buckets.get(namespace)?.entries.size ?? 0)
      if (labelled !== undefined && labelled.size < scope) {
        const entries = [...labelled].filter((entry) => selector.matches(entry.object))
        return entries.sort(compareEntries).map((entry) => entry.object)
      }
      return scanAll(buckets, selector)
    },
  }
}
