import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import type { Message } from "./message.js"

/**
 * The document with the objects and lists that an object of its kind always has, empty where they are absent. Who
 * fills them in owns what he writes, not the objects around it. Items of lists are left as they are.
 */
export function withSkeleton(message: Message, document: JsonObject): JsonObject {
  let filled: { [name: string]: JsonValue } | undefined
  for (const [name, field] of message.fields) {
    if (!field.isAlways) continue
    const given = Object.hasOwn(document, name) ? document[name] : undefined
    const value = skeletonOf(field.shape === "one" ? field.message : undefined, given, field.shape)
    if (value === given || value === undefined) continue
    filled ??= { ...document }
    filled[name] = value
  }
  return filled ?? document
}

function skeletonOf(
  message: Message | undefined,
  given: JsonValue | undefined,
  shape: string,
): JsonValue | undefined {
  if (shape !== "one") return given ?? (shape === "list" ? [] : {})
  if (message === undefined || (given !== undefined && !isJsonObject(given))) return given
  return withSkeleton(message, given ?? {})
}
