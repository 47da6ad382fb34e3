import type { JsonObject, Stored, UntypedObject } from "@argo-ts/kernel"

/** An object in the store: frozen through and through, parts shared between its versions. */
export type StoredObject = Stored<UntypedObject>

/** The object as plain JSON, for the merge functions. */
export function asJson(object: UntypedObject): JsonObject {
  return object as unknown as JsonObject
}

/** JSON that is known to have the shape of an object. */
export function asObject(json: JsonObject): UntypedObject {
  return json as unknown as UntypedObject
}

type Open<T> = { -readonly [Field in keyof T]: T[Field] }

/** The part itself while it is open, a copy of it once it is frozen. */
function opened<T extends object>(part: T): Open<T> {
  return Object.isFrozen(part) ? { ...part } : part
}

/** The object at a version. One that a write has just made, and left open, gets it in place. */
export function withVersion(object: UntypedObject, version: number): StoredObject {
  const metadata = opened(object.metadata)
  metadata.resourceVersion = `${version}`
  const next = opened(object)
  next.metadata = Object.freeze(metadata)
  return Object.freeze(next) as StoredObject
}

/** An object that a write has made, frozen for whoever sees it before it has its version. */
export function shown<T extends UntypedObject>(object: T): T {
  if (Object.isFrozen(object)) return object
  return Object.freeze({ ...object, metadata: Object.freeze({ ...object.metadata }) })
}

/** A field of the object that is an object itself, or `{}`. */
export function part(object: UntypedObject, name: string): JsonObject {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {}
}
