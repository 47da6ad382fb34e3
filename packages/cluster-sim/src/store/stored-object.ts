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

/** The same object at another version. */
export function withVersion(object: UntypedObject, version: number): StoredObject {
  const metadata = Object.freeze({ ...object.metadata, resourceVersion: `${version}` })
  return Object.freeze({ ...object, metadata }) as StoredObject
}

/** A field of the object that is an object itself, or `{}`. */
export function part(object: UntypedObject, name: string): JsonObject {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {}
}
