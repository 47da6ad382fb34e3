import {
  compareQuantities,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseQuantity,
  type UntypedObject,
} from "@argo-ts/kernel"
import { forbidden } from "../api/errors.js"
import type { Server } from "../api/server.js"
import type { KindRules } from "../kinds/rules.js"
import { everyObject } from "../store/selection.js"
import { part, type StoredObject } from "../store/stored-object.js"
import { quantityOf } from "./quota.js"
import { amountOf, objectAt } from "./quota-usage.js"

const claimsId = "/persistentvolumeclaims"
const podsId = "/pods"
const noteName = "kubernetes.io/limit-ranger"

/** Amounts by resource, as texts. */
type Amounts = { readonly [resource: string]: string }

/** What a container, a pod or a claim asks for. */
interface Asked {
  readonly requests: Amounts
  readonly limits: Amounts
}

function amountsOf(value: JsonObject, key: string): Amounts {
  const entries = Object.entries(objectAt(value, key))
  return Object.fromEntries(entries.map(([name, amount]) => [name, String(amount)]))
}

function listAt(value: JsonObject, key: string): readonly JsonObject[] {
  const list = value[key]
  return Array.isArray(list) ? (list as readonly JsonValue[]).filter(isJsonObject) : []
}

/** The limits of a namespace, of all its LimitRanges by name. */
function limitsOf(server: Server, namespace: string | undefined): readonly JsonObject[] {
  const ranges = server.store.collection(server.registry.byId("/limitranges") as KindRules)
  if (ranges.size() === 0 || namespace === undefined) return []
  return ranges
    .list({ ...everyObject, namespace })
    .flatMap((range) => listAt(part(range, "spec"), "limits"))
}

/** True where what a namespace limits has a say in its pods. */
export function hasLimits(server: Server, { metadata }: UntypedObject): boolean {
  return limitsOf(server, metadata.namespace).length > 0
}

/** The amounts with the defaults that it lacks, and the names of those. */
function completed(given: Amounts, defaults: Amounts): readonly [Amounts, readonly string[]] {
  const missing = Object.keys(defaults).filter((name) => given[name] === undefined)
  return [{ ...defaults, ...given }, missing.toSorted()]
}

/** A container with the defaults of a limit; what was set is told to `notes`. */
function filled(
  container: JsonObject,
  limit: JsonObject,
  kind: string,
  notes: string[],
): JsonObject {
  const resources = objectAt(container, "resources")
  const own = amountsOf(resources, "requests")
  const [requests, requested] = completed(own, amountsOf(limit, "defaultRequest"))
  const [limits, limited] = completed(amountsOf(resources, "limits"), amountsOf(limit, "default"))
  const whose = `for ${kind} ${String(container["name"])}`
  if (requested.length > 0) notes.push(`${requested.join(", ")} request ${whose}`)
  if (limited.length > 0) notes.push(`${limited.join(", ")} limit ${whose}`)
  if (requested.length + limited.length === 0) return container
  return {
    ...container,
    resources: {
      ...resources,
      ...(Object.keys(limits).length > 0 && { limits }),
      ...(Object.keys(requests).length > 0 && { requests }),
    },
  }
}

const containerLists = [
  ["containers", "container"],
  ["initContainers", "init container"],
] as const

/** A new pod whose containers ask for what its namespace has as defaults, where they say nothing (spec/cluster §1.11). */
export function withLimitDefaults(server: Server, pod: UntypedObject): UntypedObject {
  const limits = limitsOf(server, pod.metadata.namespace).filter(
    (limit) => limit["type"] === "Container",
  )
  if (limits.length === 0) return pod
  const notes: string[] = []
  const spec: { [name: string]: JsonValue } = { ...part(pod as StoredObject, "spec") }
  for (const limit of limits) {
    for (const [list, kind] of containerLists) {
      if (spec[list] === undefined) continue
      spec[list] = listAt(spec, list).map((each) => filled(each, limit, kind, notes))
    }
  }
  if (notes.length === 0) return pod
  const note = `LimitRanger plugin set: ${notes.join("; ")}`
  const annotations = { ...pod.metadata.annotations, [noteName]: note }
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec } as UntypedObject
}

function valueOf(amount: string): bigint {
  const parsed = parseQuantity(amount)
  return parsed.ok ? parsed.value : 0n
}

/** Why an amount is less than the least, or more than the most; `undefined` where it is neither. */
function bound(type: string, limit: JsonObject, asked: Asked): readonly string[] {
  const isOver = (left: string | undefined, right: string): boolean =>
    left !== undefined && compareQuantities(left, right) > 0
  const isUnder = (left: string | undefined, right: string): boolean =>
    left !== undefined && compareQuantities(left, right) < 0
  const { requests, limits } = asked
  const isClaim = type === "PersistentVolumeClaim"
  const least = Object.entries(amountsOf(limit, "min")).flatMap(([name, min]) => {
    const rule = `minimum ${name} usage per ${type} is ${min}`
    const request = requests[name]
    if (request === undefined) return [`${rule}.  No request is specified`]
    if (isUnder(request, min)) return [`${rule}, but request is ${request}`]
    return isUnder(limits[name], min) ? [`${rule}, but limit is ${limits[name]}`] : []
  })
  const most = Object.entries(amountsOf(limit, "max")).flatMap(([name, max]) => {
    const rule = `maximum ${name} usage per ${type} is ${max}`
    const most = isClaim ? requests[name] : limits[name]
    const what = isClaim ? "request" : "limit"
    if (most === undefined) return [`${rule}.  No ${what} is specified`]
    if (isOver(most, max)) return [`${rule}, but ${what} is ${most}`]
    return isOver(requests[name], max) ? [`${rule}, but request is ${requests[name]}`] : []
  })
  return [...least, ...most]
}

/** Why limits are too many times the requests. */
function disproportion(type: string, limit: JsonObject, asked: Asked): readonly string[] {
  return Object.entries(amountsOf(limit, "maxLimitRequestRatio")).flatMap(([name, ratio]) => {
    const rule = `${name} max limit to request ratio per ${type} is ${ratio}`
    const [request, most] = [asked.requests[name] ?? "0", asked.limits[name] ?? "0"].map(valueOf)
    if (!request) return [`${rule}, but no request is specified or request is 0`]
    if (!most) return [`${rule}, but no limit is specified or limit is 0`]
    if (most * valueOf("1") <= valueOf(ratio) * request) return []
    return [`${rule}, but provided ratio is ${(Number(most) / Number(request)).toFixed(6)}`]
  })
}

function askedBy(container: JsonObject): Asked {
  const resources = objectAt(container, "resources")
  return { requests: amountsOf(resources, "requests"), limits: amountsOf(resources, "limits") }
}

/** What a pod takes: its containers together, or the one that prepares it where that takes more. */
function together(all: readonly Amounts[], first: readonly Amounts[]): Amounts {
  const names = new Set([...all, ...first].flatMap((each) => Object.keys(each)))
  return Object.fromEntries(
    [...names].map((name) => {
      const given = [...all, ...first].find((each) => each[name] !== undefined)
      const sum = all.reduce((total, each) => total + amountOf(each[name]), 0)
      const most = Math.max(sum, ...first.map((each) => amountOf(each[name])))
      return [name, quantityOf(most, given?.[name])]
    }),
  )
}

/** What a limit of a type is about, in a pod or a claim. */
function subjects(type: JsonValue | undefined, id: string, spec: JsonObject): readonly Asked[] {
  if (id === claimsId) return type === "PersistentVolumeClaim" ? [askedBy(spec)] : []
  const [containers, first] = containerLists.map(([list]) => listAt(spec, list).map(askedBy))
  if (containers === undefined || first === undefined) return []
  if (type === "Container") return [...containers, ...first]
  if (type !== "Pod") return []
  const [requests, limits] = (["requests", "limits"] as const).map((key) =>
    together(
      containers.map((each) => each[key]),
      first.map((each) => each[key]),
    ),
  )
  return [{ requests: requests ?? {}, limits: limits ?? {} }]
}

/** Refuses a pod or a claim that asks for less or more than its namespace allows (spec/cluster §1.11). */
export function checkLimits(
  server: Server,
  rules: KindRules,
  object: UntypedObject,
  before?: StoredObject,
): void {
  // What a pod takes is settled when it is made.
  if (rules.id !== claimsId && (rules.id !== podsId || before !== undefined)) return
  const spec = part(object as StoredObject, "spec")
  const errors = limitsOf(server, object.metadata.namespace).flatMap((limit) =>
    subjects(limit["type"], rules.id, spec).flatMap((asked) => {
      const type = String(limit["type"])
      return [...bound(type, limit, asked), ...disproportion(type, limit, asked)]
    }),
  )
  if (errors.length === 0) return
  const distinct = [...new Set(errors)]
  const why = distinct.length === 1 ? String(distinct[0]) : `[${distinct.join(", ")}]`
  throw forbidden(rules, object.metadata.name ?? "", why)
}
