import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseQuantity,
  type UntypedObject,
} from "@argo-ts/kernel"
import { canonicalQuantity } from "@argo-ts/kernel/schemas"
import { forbidden } from "../api/errors.js"
import type { Server } from "../api/server.js"
import { type Amounts, podRequests } from "../controllers/scheduler/requests.js"
import type { PodSpec } from "../controllers/workloads.js"
import type { KindRules } from "../kinds/rules.js"
import { everyObject } from "../store/selection.js"
import { part, type StoredObject } from "../store/stored-object.js"
import { qualityOfService } from "./quality-of-service.js"

/** Quotas among the kinds that are served. */
export const quotasId = "/resourcequotas"
/** Kinds of the core group that a quota counts by their plain names. */
const plain = new Set([
  "configmaps",
  "persistentvolumeclaims",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
])
/** Resources that a quota names without `requests.` too. */
const short = new Set(["cpu", "memory", "ephemeral-storage"])

/** Amounts by the names of a quota, in thousandths. */
export type Usage = Map<string, number>

function amountOf(value: JsonValue | undefined): number {
  const parsed = parseQuantity(String(value ?? "0"))
  return parsed.ok ? Number(parsed.value) / 1e6 : 0
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const found = object[name]
  return found !== undefined && isJsonObject(found) ? found : {}
}

function limitsOf(spec: PodSpec): Amounts {
  const limited = (containers: PodSpec["containers"]): PodSpec["containers"] =>
    containers.map((container) => ({
      ...container,
      resources: { requests: container.resources?.limits ?? {} },
    }))
  const initContainers = limited(spec.initContainers ?? [])
  return podRequests({ ...spec, containers: limited(spec.containers), initContainers })
}

function addPod(object: UntypedObject, usage: Usage): void {
  const phase = part(object as StoredObject, "status")["phase"]
  // What has ended takes no room, but is still there.
  if (phase === "Succeeded" || phase === "Failed") return
  usage.set("pods", 1000)
  const spec = part(object as StoredObject, "spec") as unknown as PodSpec
  for (const [name, amount] of podRequests(spec)) {
    usage.set(`requests.${name}`, amount)
    if (short.has(name)) usage.set(name, amount)
  }
  for (const [name, amount] of limitsOf(spec)) usage.set(`limits.${name}`, amount)
}

function addService(object: UntypedObject, usage: Usage): void {
  const { type, ports } = part(object as StoredObject, "spec")
  const count = Array.isArray(ports) ? ports.length : 0
  if (type === "NodePort" || type === "LoadBalancer") usage.set("services.nodeports", count * 1000)
  if (type === "LoadBalancer") usage.set("services.loadbalancers", 1000)
}

function addClaim(object: UntypedObject, usage: Usage): void {
  const spec = part(object as StoredObject, "spec")
  const storage = amountOf(objectAt(objectAt(spec, "resources"), "requests")["storage"])
  usage.set("requests.storage", storage)
  const { storageClassName } = spec
  if (typeof storageClassName !== "string") return
  const prefix = `${storageClassName}.storageclass.storage.k8s.io`
  usage.set(`${prefix}/requests.storage`, storage)
  usage.set(`${prefix}/persistentvolumeclaims`, 1000)
}

/** What an object counts for. */
function usageOf(rules: KindRules, object: UntypedObject): Usage {
  const usage: Usage = new Map([[`count/${rules.resource}`, 1000]])
  if (rules.kind.group !== "") return usage
  const { plural } = rules.kind
  if (plain.has(plural)) usage.set(plural, 1000)
  if (plural === "pods") addPod(object, usage)
  else if (plural === "services") addService(object, usage)
  else if (plural === "persistentvolumeclaims") addClaim(object, usage)
  return usage
}

/** The kind that a quota counts by a name. */
function countedBy(name: string): string {
  const [, plural = "", group = ""] = /^count\/([^.]+)(?:\.(.+))?$/.exec(name) ?? []
  if (plural !== "") return `${group}/${plural}`
  if (plain.has(name)) return `/${name}`
  if (name.startsWith("services.")) return "/services"
  if (name === "requests.storage" || name.includes(".storageclass.storage.k8s.io/"))
    return "/persistentvolumeclaims"
  return "/pods"
}

interface ScopeTerm {
  readonly scopeName: string
  readonly operator: string
  readonly values: readonly string[]
}

function termsOf(quota: StoredObject): readonly ScopeTerm[] {
  const { scopes, scopeSelector = {} } = part(quota, "spec")
  const named = (Array.isArray(scopes) ? scopes : []).map((scope) => ({
    scopeName: String(scope),
    operator: "Exists",
    values: [],
  }))
  const list = isJsonObject(scopeSelector) ? scopeSelector["matchExpressions"] : undefined
  const terms = (Array.isArray(list) ? (list as readonly JsonValue[]) : []).filter(isJsonObject)
  return [
    ...named,
    ...terms.map(({ scopeName, operator, values }) => ({
      scopeName: String(scopeName),
      operator: String(operator),
      values: Array.isArray(values) ? values.map(String) : [],
    })),
  ]
}

function isInScope(spec: JsonObject, { scopeName, operator, values }: ScopeTerm): boolean {
  const hasEnd = spec["activeDeadlineSeconds"] !== undefined
  const isBestEffort = qualityOfService(spec) === "BestEffort"
  switch (scopeName) {
    case "Terminating":
      return hasEnd
    case "NotTerminating":
      return !hasEnd
    case "BestEffort":
      return isBestEffort
    case "NotBestEffort":
      return !isBestEffort
    case "PriorityClass": {
      const name = String(spec["priorityClassName"] ?? "")
      if (operator === "In") return values.includes(name)
      if (operator === "NotIn") return !values.includes(name)
      return (name !== "") === (operator === "Exists")
    }
    default:
      return false
  }
}

/** True where a quota counts an object; one with scopes counts pods alone. */
function counts(quota: StoredObject, rules: KindRules, object: UntypedObject): boolean {
  const terms = termsOf(quota)
  if (terms.length === 0) return true
  const spec = part(object as StoredObject, "spec")
  return rules.id === "/pods" && terms.every((term) => isInScope(spec, term))
}

/** The limits of a quota. */
export function hardOf(quota: StoredObject): JsonObject {
  return objectAt(part(quota, "spec"), "hard")
}

/** What is used of each of a quota's resources now. */
export function usedOf(server: Server, quota: StoredObject): Usage {
  const names = Object.keys(hardOf(quota))
  const used: Usage = new Map(names.map((name) => [name, 0]))
  const { namespace = "" } = quota.metadata
  for (const kind of new Set(names.map(countedBy))) {
    const rules = server.registry.byId(kind)
    if (rules === undefined) continue
    for (const object of server.store.collection(rules).list({ ...everyObject, namespace })) {
      if (!counts(quota, rules, object)) continue
      for (const [name, amount] of usageOf(rules, object)) {
        const sum = used.get(name)
        if (sum !== undefined) used.set(name, sum + amount)
      }
    }
  }
  return used
}

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

function written(names: readonly string[], usage: Usage, hard: JsonObject): string {
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
  const used = usedOf(server, quota)
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
