import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseQuantity,
  type UntypedObject,
} from "@argo-ts/kernel"
import { type Amounts, podRequests } from "../controllers/scheduler/requests.js"
import type { PodSpec } from "../controllers/workloads.js"
import type { KindRules } from "../kinds/rules.js"
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
export const short: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"])

/** Amounts by the names of a quota, in thousandths. */
export type Usage = Map<string, number>

/** A quantity in thousandths, rounded up: whole numbers add up exactly, in any order. */
export function amountOf(value: JsonValue | undefined): number {
  const parsed = parseQuantity(String(value ?? "0"))
  return parsed.ok ? Math.ceil(Number(parsed.value) / 1e6) : 0
}

/** The object in a field; empty where it is none. */
export function objectAt(object: JsonObject, name: string): JsonObject {
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
    usage.set(`requests.${name}`, Math.ceil(amount))
    if (short.has(name)) usage.set(name, Math.ceil(amount))
  }
  for (const [name, amount] of limitsOf(spec)) usage.set(`limits.${name}`, Math.ceil(amount))
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
export function usageOf(rules: KindRules, object: UntypedObject): Usage {
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
export function countedBy(name: string): string {
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
export function counts(quota: StoredObject, rules: KindRules, object: UntypedObject): boolean {
  const terms = termsOf(quota)
  if (terms.length === 0) return true
  const spec = part(object as StoredObject, "spec")
  return rules.id === "/pods" && terms.every((term) => isInScope(spec, term))
}

/** The limits of a quota. */
export function hardOf(quota: StoredObject): JsonObject {
  return objectAt(part(quota, "spec"), "hard")
}
