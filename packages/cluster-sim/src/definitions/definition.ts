import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Kind,
  type UntypedObject,
} from "@argo-ts/kernel"
import { compareVersions } from "../kinds/versions.js"
import { parseSchema, type StructuralSchema } from "./schema.js"

/** Where `/scale` finds its numbers. */
export interface ScalePaths {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath: string
}

/** One version of a custom kind. */
export interface DefinitionVersion {
  readonly name: string
  readonly isServed: boolean
  readonly isStorage: boolean
  readonly schema: StructuralSchema
  readonly hasStatus: boolean
  readonly scale: ScalePaths | undefined
  readonly selectableFields: readonly string[]
  /** What users of a deprecated version are told; absent where it is not deprecated. */
  readonly warning: string | undefined
}

/** What a CustomResourceDefinition says. */
export interface Definition {
  readonly group: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly listKind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly scope: Kind["scope"]
  readonly versions: readonly DefinitionVersion[]
}

/** A text of an object, or nothing. */
export function textOf(object: JsonObject, name: string): string {
  const value = object[name]
  return typeof value === "string" ? value : ""
}

/** An object in an object, or an empty one. */
export function partOf(object: JsonObject, name: string): JsonObject {
  const value = object[name]
  return value !== undefined && isJsonObject(value) ? value : {}
}

/** The objects of a list in an object. */
export function listOf(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object[name]
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

function textsOf(object: JsonObject, name: string): readonly string[] {
  const value = object[name]
  return Array.isArray(value) ? value.filter((each: JsonValue) => typeof each === "string") : []
}

function scaleOf(subresources: JsonObject): ScalePaths | undefined {
  if (subresources["scale"] === undefined) return undefined
  const scale = partOf(subresources, "scale")
  return {
    specReplicasPath: textOf(scale, "specReplicasPath"),
    statusReplicasPath: textOf(scale, "statusReplicasPath"),
    labelSelectorPath: textOf(scale, "labelSelectorPath"),
  }
}

/** What users of a deprecated version are told, by the `spec` of its definition; nothing where it is not deprecated. */
export function deprecationOf(spec: JsonObject, name: string): string | undefined {
  const versions = listOf(spec, "versions")
  const raw = versions.find((each) => textOf(each, "name") === name)
  if (raw?.["deprecated"] !== true) return undefined
  const own = textOf(raw, "deprecationWarning")
  if (own !== "") return own
  const group = textOf(spec, "group")
  const kind = textOf(partOf(spec, "names"), "kind")
  const [newest] = versions
    .filter((each) => each["served"] === true && each["deprecated"] !== true)
    .map((each) => textOf(each, "name"))
    .filter((each) => compareVersions(each, name) < 0)
    .toSorted(compareVersions)
  const instead = newest === undefined ? "" : `; use ${group}/${newest} ${kind}`
  return `${group}/${name} ${kind} is deprecated${instead}`
}

function versionOf(raw: JsonObject, spec: JsonObject): DefinitionVersion {
  const name = textOf(raw, "name")
  const subresources = partOf(raw, "subresources")
  return {
    name,
    isServed: raw["served"] === true,
    isStorage: raw["storage"] === true,
    schema: parseSchema(partOf(partOf(raw, "schema"), "openAPIV3Schema")),
    hasStatus: subresources["status"] !== undefined,
    scale: scaleOf(subresources),
    selectableFields: listOf(raw, "selectableFields").map((each) => textOf(each, "jsonPath")),
    warning: deprecationOf(spec, name),
  }
}

/** Reads a definition that was accepted. */
export function readDefinition(object: UntypedObject): Definition {
  const spec = partOf(object as unknown as JsonObject, "spec")
  const names = partOf(spec, "names")
  const kind = textOf(names, "kind")
  return {
    group: textOf(spec, "group"),
    plural: textOf(names, "plural"),
    singular: textOf(names, "singular") || kind.toLowerCase(),
    kind,
    listKind: textOf(names, "listKind") || `${kind}List`,
    shortNames: textsOf(names, "shortNames"),
    categories: textsOf(names, "categories"),
    scope: textOf(spec, "scope") === "Cluster" ? "Cluster" : "Namespaced",
    versions: listOf(spec, "versions").map((raw) => versionOf(raw, spec)),
  }
}
