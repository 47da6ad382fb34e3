import type { Cluster } from "@argo-ts/k8s"
import type { JsonObject, JsonValue, Kind } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { firstAt } from "./column-path.js"
import { countAt, listAt, textAt } from "./reading.js"

/** A column that a definition gives its kind. */
export interface CustomColumn {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  readonly priority: number
  readonly path: string
}

const definitions = builtInKind("apiextensions.k8s.io/v1", "CustomResourceDefinition") as Kind

/** The columns that a definition in the cluster gives a kind; undefined for kinds without one, or without columns. */
export async function customColumnsOf(
  cluster: Cluster,
  { group, plural, version }: Kind,
): Promise<readonly CustomColumn[] | undefined> {
  if (!group.includes(".")) return undefined
  const definition = await cluster.get(definitions, { name: `${plural}.${group}` })
  const versions = listAt(definition as unknown as JsonObject | undefined, "spec", "versions")
  const own = versions.find((each) => each["name"] === version)
  const columns = listAt(own, "additionalPrinterColumns")
  if (columns.length === 0) return undefined
  return columns.map((column) => ({
    name: textAt(column, ["name"]),
    type: textAt(column, ["type"]),
    format: textAt(column, ["format"]),
    description: textAt(column, ["description"]),
    priority: countAt(column, "priority"),
    path: textAt(column, ["jsonPath"]),
  }))
}

/** A cell of such a column: null where there is nothing, or something of another type. */
export function customCell(object: JsonObject, { type, path }: CustomColumn): JsonValue {
  const found = firstAt(object, path)
  if (found === undefined || found === null) return null
  switch (type) {
    case "integer":
    case "number":
      return typeof found === "number" ? found : null
    case "boolean":
      return typeof found === "boolean" ? found : null
    case "date":
      return typeof found === "string" ? found : null
    default:
      return typeof found === "object" ? JSON.stringify(found) : String(found)
  }
}
