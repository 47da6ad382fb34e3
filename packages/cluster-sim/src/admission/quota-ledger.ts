import type { KindRegistry } from "../kinds/registry.js"
import type { KindRules } from "../kinds/rules.js"
import { everyObject } from "../store/selection.js"
import type { Store, Undone } from "../store/store.js"
import type { StoredObject } from "../store/stored-object.js"
import { countedBy, counts, hardOf, quotasId, type Usage, usageOf } from "./quota-usage.js"

/** What quotas hold, kept up to date change by change: asking costs nothing, however full a namespace is. */
export interface QuotaLedger {
  /** What is used of each of a stored quota's resources now. It is counted when it is asked for first. */
  used(quota: StoredObject): ReadonlyMap<string, number>
  /** Has to be told of every change, once it is stored. */
  observe(change: Undone): void
}

/** A quota whose resources have been counted. */
interface Entry {
  readonly quota: StoredObject
  readonly used: Usage
  /** Kinds whose objects it counts. */
  readonly kinds: ReadonlySet<string>
}

function add(entry: Entry, rules: KindRules, object: StoredObject, sign: 1 | -1): void {
  if (!counts(entry.quota, rules, object)) return
  for (const [name, amount] of usageOf(rules, object)) {
    const sum = entry.used.get(name)
    if (sum !== undefined) entry.used.set(name, sum + sign * amount)
  }
}

function countAll(store: Store, registry: KindRegistry, quota: StoredObject): Entry {
  const names = Object.keys(hardOf(quota))
  const used: Usage = new Map(names.map((name) => [name, 0]))
  const entry = { quota, used, kinds: new Set(names.map(countedBy)) }
  const { namespace } = quota.metadata
  for (const kind of entry.kinds) {
    const rules = registry.byId(kind)
    if (rules === undefined) continue
    for (const object of store.collection(rules).list({ ...everyObject, namespace })) {
      add(entry, rules, object, 1)
    }
  }
  return entry
}

/** The ledger of a store. */
export function createQuotaLedger(store: Store, registry: KindRegistry): QuotaLedger {
  /** By namespace, and by the name of the quota. */
  const entries = new Map<string, Map<string, Entry>>()
  return {
    used(quota) {
      const { namespace = "", name } = quota.metadata
      const known = entries.get(namespace)?.get(name)
      if (known !== undefined && known.quota["spec"] === quota["spec"]) return known.used
      const entry = countAll(store, registry, quota)
      const inNamespace = entries.get(namespace) ?? new Map<string, Entry>()
      entries.set(namespace, inNamespace.set(name, entry))
      return entry.used
    },
    observe({ rules, before, after }) {
      const { namespace = "", name = "" } = (after ?? before)?.metadata ?? {}
      const inNamespace = entries.get(namespace)
      if (inNamespace === undefined) return
      if (rules.id === quotasId && before?.["spec"] !== after?.["spec"]) inNamespace.delete(name)
      if (inNamespace.size === 0) entries.delete(namespace)
      for (const entry of inNamespace.values()) {
        if (!entry.kinds.has(rules.id)) continue
        if (before !== undefined) add(entry, rules, before, -1)
        if (after !== undefined) add(entry, rules, after, 1)
      }
    },
  }
}
