import {
  apiVersionOf,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Kind,
} from "@argo-ts/kernel"
import type { MergeSchema } from "@argo-ts/kernel/merge"
import { mergeSchemaOf } from "@argo-ts/kernel/schemas"
import { fieldDescriptions, kindDescriptions } from "./descriptions.js"
import { readTypes, type TypeField, type TypeTable, typeOfKind } from "./types.js"

/** Schemas by the names that references use. */
export type Schemas = { [name: string]: JsonObject }

/** How the schema of a kind is known, where somebody defined it. */
export type CustomSchema = (kind: Kind) => JsonObject | undefined

const simple: { readonly [type: string]: JsonObject } = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  bytes: { type: "string", format: "byte" },
  time: { type: "string", format: "date-time" },
  quantity: { type: "string" },
  intOrString: { type: "string", format: "int-or-string" },
  any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
}

/** `core.v1.PodSpec` as documents name it. */
function publicName(type: string): string {
  return type.startsWith("meta.") ? `io.k8s.apimachinery.pkg.apis.${type}` : `io.k8s.api.${type}`
}

function customName({ group, version, kind }: Kind): string {
  return `${group.split(".").toReversed().join(".")}.${version}.${kind}`
}

/** The name of the schema of a kind. */
export function schemaName(kind: Kind, types: TypeTable): string {
  const type = typeOfKind(kind)
  return types.has(type) && isPlainGroup(kind.group) ? publicName(type) : customName(kind)
}

/** True for groups of Kubernetes itself: others may have a kind of the same short name. */
function isPlainGroup(group: string): boolean {
  return !group.includes(".") || group.endsWith(".k8s.io")
}

function gvkOf({ group, version, kind }: Kind): JsonObject {
  return { group, version, kind }
}

function mergeExtensions(merge: MergeSchema | undefined): JsonObject {
  if (merge === undefined) return {}
  const { list, keys, mergeKey, mergesValues, isAtomic } = merge
  return {
    ...(list !== undefined && { "x-kubernetes-list-type": list }),
    ...(keys !== undefined && { "x-kubernetes-list-map-keys": keys }),
    ...(mergeKey !== undefined && {
      "x-kubernetes-patch-merge-key": mergeKey,
      "x-kubernetes-patch-strategy": "merge",
    }),
    ...(mergesValues === true && { "x-kubernetes-patch-strategy": "merge" }),
    ...(isAtomic === true && { "x-kubernetes-map-type": "atomic" }),
  }
}

/** Types that still have to be described, with how they merge where they were met first. */
type Open = [type: string, merge: MergeSchema | undefined][]

function valueSchema(type: string, types: TypeTable): JsonObject {
  const known = simple[type]
  if (known !== undefined) return known
  if (!types.has(type)) return { type: "array", items: { type: "string" } }
  return { $ref: `#/components/schemas/${publicName(type)}` }
}

function fieldSchemaOf(
  field: TypeField,
  merge: MergeSchema | undefined,
  types: TypeTable,
): JsonObject {
  const value = valueSchema(field.type, types)
  const text = fieldDescriptions[field.name]
  const about = text === undefined ? {} : { description: text }
  const extensions = mergeExtensions(merge)
  if (field.form === "list") return { ...about, type: "array", items: value, ...extensions }
  if (field.form === "map") return { ...about, type: "object", additionalProperties: value }
  // Beside a reference nothing else counts.
  return "$ref" in value
    ? { ...about, allOf: [value], default: {}, ...extensions }
    : { ...about, ...value, ...extensions }
}

function describeType([type, merge]: Open[number], types: TypeTable, open: Open): JsonObject {
  const fields = types.get(type) ?? []
  const properties: { [name: string]: JsonObject } = {}
  for (const field of fields) {
    const inner = merge?.fields?.[field.name]
    properties[field.name] = fieldSchemaOf(field, inner, types)
    if (types.has(field.type)) open.push([field.type, field.form === "one" ? inner : inner?.items])
  }
  const required = fields.filter(({ isRequired }) => isRequired).map(({ name }) => name)
  return { type: "object", properties, ...(required.length > 0 && { required }) }
}

function withHead(schema: JsonObject, kind: Kind): JsonObject {
  const own = isJsonObject(schema["properties"] ?? null) ? (schema["properties"] as JsonObject) : {}
  const head = Object.fromEntries(
    ["apiVersion", "kind"].map((name) => {
      const text = { description: fieldDescriptions[name] ?? "", type: "string" }
      return [name, text as JsonObject]
    }),
  )
  const about = schema["description"] ?? kindDescriptions[kind.kind]
  return {
    ...(about !== undefined && { description: about }),
    ...schema,
    properties: { ...head, ...own },
    "x-kubernetes-group-version-kind": [gvkOf(kind)],
  }
}

function customSchema(kind: Kind, schema: JsonObject | undefined): JsonObject {
  const metadata: JsonObject = {
    description: fieldDescriptions["metadata"] ?? "",
    allOf: [{ $ref: `#/components/schemas/${publicName("meta.v1.ObjectMeta")}` }],
    default: {},
  }
  const own: JsonObject = schema ?? {
    type: "object",
    description: `A ${kind.kind} of ${kind.group}; nobody has described its fields here.`,
    "x-kubernetes-preserve-unknown-fields": true,
  }
  const properties = (own["properties"] ?? {}) as JsonObject
  return withHead({ ...own, properties: { ...properties, metadata } }, kind)
}

/** Describes kinds with everything that they refer to. */
export function describeKinds(
  kinds: readonly Kind[],
  types: TypeTable,
  custom: CustomSchema,
): Schemas {
  const schemas: Schemas = {}
  const open: Open = []
  const close = (): void => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const name = publicName(next[0])
      if (Object.hasOwn(schemas, name)) continue
      schemas[name] = describeType(next, types, open)
    }
  }
  for (const kind of kinds) {
    const type = typeOfKind(kind)
    const name = schemaName(kind, types)
    if (name === customName(kind)) {
      open.push(["meta.v1.ObjectMeta", undefined])
      schemas[name] = customSchema(kind, custom(kind))
    } else {
      const merge = mergeSchemaOf(apiVersionOf(kind), kind.kind)
      schemas[name] = withHead(describeType([type, merge], types, open), kind)
    }
    close()
  }
  return schemas
}

/** Every known type. */
export function loadTypes(): TypeTable {
  return readTypes()
}

/** Rewrites references for a document that keeps its schemas elsewhere. */
export function referTo(schemas: Schemas, from: string, to: string): Schemas {
  const rewrite = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(rewrite)
    if (!isJsonObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === "$ref" && typeof inner === "string"
          ? inner.replace(from, to)
          : rewrite(inner as JsonValue),
      ]),
    )
  }
  return rewrite(schemas) as Schemas
}
