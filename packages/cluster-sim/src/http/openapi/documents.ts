import { createHash } from "node:crypto"
import { apiVersionOf, type JsonObject, type Kind } from "@argo-ts/kernel"
import { isComputedKind } from "../../metrics/computed-kinds.js"
import {
  type CustomSchema,
  describeKinds,
  loadTypes,
  referTo,
  type Schemas,
  schemaName,
} from "./schemas.js"
import type { TypeTable } from "./types.js"

/** The documents that describe what a server serves. */
export interface OpenApi {
  /** `/openapi/v3`: where the document of each group and version is. */
  readonly index: JsonObject
  /** The document of `api/v1` or `apis/apps/v1`, with the hash that its address carries. */
  document(path: string): { readonly hash: string; readonly text: string } | undefined
  /** `/openapi/v2` as JSON: everything in one document. */
  v2(): JsonObject
}

const info = { title: "Kubernetes", version: "v1.32.0" }

function rootOf({ group, version }: Pick<Kind, "group" | "version">): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`
}

function operation(kind: Kind, action: string, reference: string): JsonObject {
  const { group, version } = kind
  const validates = ["post", "put", "patch"].includes(action)
  const parameter = { name: "fieldValidation", in: "query", schema: { type: "string" } }
  const content = { "application/json": { schema: { $ref: reference } } }
  return {
    tags: [apiVersionOf(kind)],
    ...(validates && { parameters: [parameter] }),
    responses: { "200": { description: "OK", content } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind: kind.kind },
  }
}

function pathsOf(kind: Kind, reference: string): readonly (readonly [string, JsonObject])[] {
  const scope = kind.scope === "Namespaced" ? "/namespaces/{namespace}" : ""
  const collection = `/${rootOf(kind)}${scope}/${kind.plural}`
  const of = (...actions: readonly string[]): JsonObject =>
    Object.fromEntries(actions.map((action) => [action, operation(kind, action, reference)]))
  if (isComputedKind(kind)) {
    return [
      [collection, of("get")],
      [`${collection}/{name}`, of("get")],
    ]
  }
  return [
    [collection, of("get", "post", "delete")],
    [`${collection}/{name}`, of("get", "put", "patch", "delete")],
  ]
}

function documentOf(kinds: readonly Kind[], types: TypeTable, custom: CustomSchema): JsonObject {
  const schemas = describeKinds(kinds, types, custom)
  const paths = kinds.flatMap((kind) =>
    pathsOf(kind, `#/components/schemas/${schemaName(kind, types)}`),
  )
  return { openapi: "3.0.0", info, paths: Object.fromEntries(paths), components: { schemas } }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32).toUpperCase()
}

/** Describes kinds; documents are made when they are asked for. */
export function createOpenApi(kinds: readonly Kind[], custom: CustomSchema): OpenApi {
  const types = loadTypes()
  const byRoot = new Map<string, Kind[]>()
  for (const kind of kinds) byRoot.set(rootOf(kind), [...(byRoot.get(rootOf(kind)) ?? []), kind])
  const made = new Map<string, { readonly hash: string; readonly text: string }>()
  const document = (path: string): { readonly hash: string; readonly text: string } | undefined => {
    const served = byRoot.get(path)
    if (served === undefined) return undefined
    let found = made.get(path)
    if (found === undefined) {
      const text = JSON.stringify(documentOf(served, types, custom))
      found = { hash: hashOf(text), text }
      made.set(path, found)
    }
    return found
  }
  return {
    get index() {
      const paths = [...byRoot.keys()].map((path) => {
        const serverRelativeURL = `/openapi/v3/${path}?hash=${document(path)?.hash ?? ""}`
        return [path, { serverRelativeURL }] as const
      })
      return { paths: Object.fromEntries(paths) }
    },
    document,
    v2() {
      const schemas: Schemas = describeKinds(kinds, types, custom)
      const definitions = referTo(schemas, "#/components/schemas/", "#/definitions/")
      return { swagger: "2.0", info, paths: {}, definitions }
    },
  }
}
