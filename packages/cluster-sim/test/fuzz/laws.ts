import { equalJson, type JsonObject, type JsonValue, type Kind } from "@argo-ts/kernel"
import type { ClusterWrite } from "../../src/index.js"
import type { Loose } from "../world.js"
import { configMaps, deployments, type Found } from "./world.js"

/** A law that was broken, in words. */
export type Breach = string

function bodyOf(object: Found): JsonObject {
  const { metadata: _metadata, status: _status, ...body } = object
  return body as unknown as JsonObject
}

function same(left: unknown, right: unknown): boolean {
  return equalJson((left ?? null) as JsonValue, (right ?? null) as JsonValue)
}

function withoutVersion(object: Found): JsonObject {
  const { resourceVersion: _version, ...metadata } = object.metadata
  return { ...object, metadata } as unknown as JsonObject
}

/** How far a generation has to have come: one step for a change of what is wanted, one for the beginning of the end. */
function stepsOf(kind: Kind, before: Found, after: Found): number {
  const isAnnotated = !same(before.metadata.annotations, after.metadata.annotations)
  const isChanged = !same(bodyOf(before), bodyOf(after)) || (kind === deployments && isAnnotated)
  const isEnding =
    before.metadata.deletionTimestamp === undefined &&
    after.metadata.deletionTimestamp !== undefined
  return (isChanged ? 1 : 0) + (isEnding ? 1 : 0)
}

function checkChange(kind: Kind<Loose>, before: Found, after: Found, sub?: string): Breach[] {
  const [old, now] = [before.metadata, after.metadata]
  const breaches: Breach[] = []
  const hold = (isKept: boolean, law: string): void => void (isKept || breaches.push(law))
  hold(old.uid === now.uid, "a uid stays")
  hold(old.creationTimestamp === now.creationTimestamp, "a time of creation stays")
  hold(
    old.deletionTimestamp === undefined || old.deletionTimestamp === now.deletionTimestamp,
    "an end is never taken back",
  )
  const isEnding = old.deletionTimestamp !== undefined
  const added = (now.finalizers ?? []).filter((each) => !old.finalizers?.includes(each))
  hold(!isEnding || added.length === 0, "who ends takes no finalizers")
  hold(!same(withoutVersion(before), withoutVersion(after)), "a write changes something")
  const counts = kind !== configMaps && sub !== "status"
  const steps = counts ? stepsOf(kind, before, after) : 0
  hold((now.generation ?? 0) === (old.generation ?? 0) + steps, `generation takes ${steps} steps`)
  if (sub === "status") hold(same(bodyOf(before), bodyOf(after)), "a status leaves the rest alone")
  else
    hold(!kind.hasStatus || same(before["status"], after["status"]), "status has its own endpoint")
  return breaches
}

/** What holds for each write, seen with all that were before it. */
export function createHistoryLaws(): (write: ClusterWrite) => Breach[] {
  const uids = new Set<string>()
  let last: number | undefined
  return (write) => {
    const { before, after, kind, subresource } = write as ClusterWrite & {
      readonly before?: Found
      readonly after?: Found
    }
    const breaches: Breach[] = []
    const version = Number(write.resourceVersion)
    if (last !== undefined && version !== last + 1)
      breaches.push(`version ${version} follows ${last}`)
    last = version
    if (after !== undefined && after.metadata.resourceVersion !== write.resourceVersion) {
      breaches.push("an object has the version of its write")
    }
    if (before === undefined && after !== undefined) {
      if (uids.has(after.metadata.uid)) breaches.push(`uid ${after.metadata.uid} comes again`)
      uids.add(after.metadata.uid)
    }
    if (before !== undefined && after !== undefined) {
      breaches.push(...checkChange(kind as Kind<Loose>, before, after, subresource))
    }
    return breaches
  }
}

/** A path element of `managedFields` looked up in a value; undefined where there is nothing. */
function step(value: JsonValue | undefined, element: string): JsonValue | undefined {
  if (value === undefined || value === null) return undefined
  if (element.startsWith("f:")) {
    const name = element.slice(2)
    return typeof value === "object" && Object.hasOwn(value, name)
      ? (value as JsonObject)[name]
      : undefined
  }
  if (!Array.isArray(value)) return undefined
  const wanted = JSON.parse(element.slice(2)) as JsonValue
  if (element.startsWith("v:")) return value.find((item) => equalJson(item as JsonValue, wanted))
  return value.find((item) =>
    Object.entries(wanted as JsonObject).every(([key, each]) =>
      equalJson(((item as JsonObject)[key] ?? defaultKeys[key] ?? null) as JsonValue, each ?? null),
    ),
  )
}

const defaultKeys: { readonly [key: string]: JsonValue } = { protocol: "TCP" }

const emptiable = new Set([
  "f:labels",
  "f:annotations",
  "f:data",
  "f:finalizers",
  "f:ownerReferences",
])

function isLeaf(fields: JsonObject): boolean {
  return Object.keys(fields).every((element) => element === ".")
}

function missing(fields: JsonObject, value: JsonValue | undefined, path: string): string[] {
  return Object.entries(fields).flatMap(([element, below]) => {
    if (element === ".") return []
    const found = step(value, element)
    const at = `${path}/${element}`
    // An empty map or list of a built-in kind is not stored, though somebody wanted it empty.
    if (found === undefined && emptiable.has(element) && isLeaf(below as JsonObject)) return []
    return found === undefined ? [at] : missing(below as JsonObject, found, at)
  })
}

/** What holds for the fields of every stored object: who is said to manage something manages something that is there. */
export function managedBreaches(object: Found): Breach[] {
  const entries = object.metadata.managedFields ?? []
  const ids = entries.map(({ manager, operation, apiVersion, subresource }) =>
    JSON.stringify([manager, operation, apiVersion, subresource ?? ""]),
  )
  const breaches: Breach[] = []
  if (new Set(ids).size !== ids.length) breaches.push("a manager has one entry of a sort")
  for (const { manager, fieldsV1 } of entries) {
    const gone = missing(fieldsV1 as JsonObject, object as unknown as JsonValue, "")
    if (gone.length > 0) breaches.push(`${manager} manages what is not there: ${gone.join()}`)
  }
  const owned = new Set(
    entries.flatMap(({ fieldsV1 }) => Object.keys((fieldsV1 as JsonObject)?.["f:data"] ?? {})),
  )
  for (const key of Object.keys(object["data"] ?? {})) {
    if (!owned.has(`f:${key}`)) breaches.push(`nobody manages data.${key}`)
  }
  return breaches
}

/** What holds once the collector has nothing left to do. */
export function orphanBreaches(objects: readonly Found[]): Breach[] {
  const byUid = new Map(objects.map((object) => [object.metadata.uid, object]))
  return objects.flatMap((object) => {
    const { ownerReferences = [], deletionTimestamp, finalizers = [], name } = object.metadata
    const breaches: Breach[] = []
    const lives = ownerReferences.filter(({ uid }) => byUid.has(uid))
    if (deletionTimestamp === undefined && lives.length < ownerReferences.length) {
      breaches.push(`${name} has owners that are gone`)
    }
    if (deletionTimestamp !== undefined) {
      if (finalizers.includes("orphan")) breaches.push(`${name} waits for orphans`)
      const isBlocked = objects.some(({ metadata }) =>
        metadata.ownerReferences?.some(
          ({ uid, blockOwnerDeletion }) =>
            uid === object.metadata.uid && blockOwnerDeletion === true,
        ),
      )
      if (finalizers.includes("foregroundDeletion") && !isBlocked) {
        breaches.push(`${name} waits for dependents that are gone`)
      }
      if (finalizers.length === 0) breaches.push(`${name} should have gone`)
    }
    return breaches
  })
}
