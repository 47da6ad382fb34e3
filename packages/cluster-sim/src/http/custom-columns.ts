import type { Cluster } from "@argo-ts/k8s"
import type { JsonObject, JsonValue, Kind } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { deprecationOf } from "../definitions/definition.js"
import { componentStatuses, componentsRemark } from "../metrics/component-statuses.js"
import { firstAt } from "./column-path.js"
import { at, countAt, listAt, textAt } from "./reading.js"
import { shortDuration } from "./short-duration.js"

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

async function specOf(cluster: Cluster, { group, plural }: Kind): Promise<JsonObject | undefined> {
  if (!group.includes(".")) return undefined
  const definition = await cluster.get(definitions, { name: `${plural}.${group}` })
  return at(definition as unknown as JsonObject | undefined, "spec") as JsonObject | undefined
}

/** What readers of a deprecated version are told. */
export async function readersWarning(cluster: Cluster, kind: Kind): Promise<string | undefined> {
  if (kind === componentStatuses) return componentsRemark
  const spec = await specOf(cluster, kind)
  return spec === undefined ? undefined : deprecationOf(spec, kind.version)
}

/** The columns that a definition in the cluster gives a kind; undefined for kinds without one, or without columns. */
export async function customColumnsOf(
  cluster: Cluster,
  kind: Kind,
): Promise<readonly CustomColumn[] | undefined> {
  const { version } = kind
  const versions = listAt(await specOf(cluster, kind), "versions")
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

function ageSince(time: JsonValue, now: number): string | null {
  if (typeof time !== "string") return null
  const parsed = Date.parse(time)
  return Number.isNaN(parsed) ? "<invalid>" : shortDuration(now - parsed)
}

/** A cell of such a column: null where there is nothing, or something of another type; times are ages. */
export function customCell(
  object: JsonObject,
  { type, path }: CustomColumn,
  now: number,
): JsonValue {
  const found = firstAt(object, path)
  if (found === undefined || found === null) return null
  switch (type) {
    case "integer":
    case "number":
      return typeof found === "number" ? found : null
    case "boolean":
      return typeof found === "boolean" ? found : null
    case "date":
      return ageSince(found, now)
    default:
      return typeof found === "object" ? JSON.stringify(found) : String(found)
  }
}
