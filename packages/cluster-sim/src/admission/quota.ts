import type { JsonObject, JsonValue, UntypedObject } from "@argo-ts/kernel"
import { canonicalQuantity } from "@argo-ts/kernel/schemas"
import { forbidden } from "../api/errors.js"
import type { Server } from "../api/server.js"
import type { KindRules } from "../kinds/rules.js"
import { everyObject } from "../store/selection.js"
import { part, type StoredObject } from "../store/stored-object.js"
import {
  amountOf,
  counts,
  hardOf,
  objectAt,
  quotasId,
  short,
  type Usage,
  usageOf,
} from "./quota-usage.js"

const binaries = ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"]

/** An amount as a quantity, with binary suffixes where the limit has them. */
export function quantityOf(amount: number, like: JsonValue | undefined): string {
  const whole = amount / 1000
  if (String(like).endsWith("i") && Number.isInteger(whole) && whole !== 0) {
    const at = binaries.findIndex((_suffix, index) => whole % 2 ** (10 * (6 - index)) === 0)
    if (at >= 0) return `${whole / 2 ** (10 * (6 - at))}${binaries[at]}`
  }
  return canonicalQuantity(`${Math.ceil(amount)}m`, "milli") ?? "0"
}

function written(
  names: readonly string[],
  usage: ReadonlyMap<string, number>,
  hard: JsonObject,
): string {
  return names.map((name) => `${name}=${quantityOf(usage.get(name) ?? 0, hard[name])}`).join(",")
}

/** Containers of a pod that say nothing about a resource that a quota holds them to. */
function silentAbout(object: UntypedObject, hard: JsonObject): string | undefined {
  const spec = part(object as StoredObject, "spec")
  const containers = (spec["containers"] ?? []) as unknown as readonly JsonObject[]
  const missing = Object.keys(hard).flatMap((name) => {
    const isLimit = name.startsWith("limits.")
    const resource = name.replace(/^(?:requests|limits)\./, "")
    if (!short.has(resource)) return []
    const silent = containers.filter((container) => {
      const { requests, limits } = objectAt(container, "resources")
      const said = { ...(isLimit ? {} : (requests as JsonObject)), ...(limits as JsonObject) }
      return said[resource] === undefined
    })
    return silent.length === 0
      ? []
      : [`${name} for: ${silent.map((each) => each["name"]).join(",")}`]
  })
  return missing.length === 0 ? undefined : missing.toSorted().join("; ")
}

function checkOne(
  server: Server,
  quota: StoredObject,
  asked: { readonly rules: KindRules; readonly object: UntypedObject; readonly usage: Usage },
): void {
  const { rules, object, usage } = asked
  const hard = hardOf(quota)
  const names = Object.keys(hard)
    .filter((name) => (usage.get(name) ?? 0) > 0)
    .toSorted()
  const silent = rules.id === "/pods" ? silentAbout(object, hard) : undefined
  const { name: quotaName } = quota.metadata
  const name = object.metadata.name ?? ""
  if (silent !== undefined)
    throw forbidden(rules, name, `failed quota: ${quotaName}: must specify ${silent}`)
  if (names.length === 0) return
  const used = server.quotas.used(quota)
  const over = names.filter(
    (each) => (used.get(each) ?? 0) + (usage.get(each) ?? 0) > amountOf(hard[each]),
  )
  if (over.length === 0) return
  const limits: Usage = new Map(over.map((each) => [each, amountOf(hard[each])]))
  const why = `exceeded quota: ${quotaName}, requested: ${written(over, usage, hard)}, used: ${written(over, used, hard)}, limited: ${written(over, limits, hard)}`
  throw forbidden(rules, name, why)
}

/** Refuses an object, or what it grows by, that is more than a quota of its namespace leaves (spec/cluster §1.11). */
export function checkQuotas(
  server: Server,
  rules: KindRules,
  object: UntypedObject,
  before?: StoredObject,
): void {
  // What a pod takes is settled when it is made.
  if (before !== undefined && rules.id === "/pods") return
  const quotas = server.store.collection(server.registry.byId(quotasId) as KindRules)
  const { namespace } = object.metadata
  if (quotas.size() === 0 || namespace === undefined) return
  for (const quota of quotas.list({ ...everyObject, namespace })) {
    if (!counts(quota, rules, object)) continue
    const usage = usageOf(rules, object)
    if (before !== undefined && counts(quota, rules, before)) {
      for (const [name, amount] of usageOf(rules, before))
        usage.set(name, (usage.get(name) ?? 0) - amount)
    }
    checkOne(server, quota, { rules, object, usage })
  }
}
