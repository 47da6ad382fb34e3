import { ClusterError } from "@argo-ts/k8s"
import { apiVersionOf, type JsonObject, type JsonValue, type Kind } from "@argo-ts/kernel"
import { type CustomColumn, customCell } from "./custom-columns.js"
import { tableColumns } from "./data/columns.gen.js"
import { podConditions } from "./pod-row.js"
import { type PrintContext, printers } from "./printers.js"
import { at, textAt } from "./reading.js"
import { shortDuration } from "./short-duration.js"
import { storedForm } from "./views.js"

type Column = readonly [name: string, type: string, format: string, priority: number]

let known: ReadonlyMap<string, readonly Column[]> | undefined

/** Columns of kinds that have none of their own: custom ones show an age, built-in ones the time itself. */
const customColumns: readonly Column[] = [
  ["Name", "string", "name", 0],
  ["Age", "date", "", 0],
]

/** What is scaled, whatever its kind. */
const scaleColumns: readonly Column[] = [
  ["Name", "string", "name", 0],
  ["Desired", "integer", "", 0],
  ["Available", "integer", "", 0],
  ["Age", "string", "", 0],
]

function columnsOf(id: string): readonly Column[] {
  if (id === "autoscaling/v1/Scale") return scaleColumns
  known ??= new Map(
    Object.entries(JSON.parse(tableColumns) as { readonly [kind: string]: readonly Column[] }),
  )
  return known.get(id) ?? customColumns
}

/** How much of its object a row carries. */
export type IncludeObject = "Metadata" | "Object" | "None"

/** How much of their objects rows are to carry, by a query. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const asked = query.get("includeObject") ?? ""
  if (asked === "" || asked === "Metadata") return "Metadata"
  if (asked === "Object" || asked === "None") return asked
  const message = `unrecognized includeObject value: ${JSON.stringify(asked)}`
  throw new ClusterError("BadRequest", message)
}

/** What a table is made with. */
export interface TableOptions {
  readonly now: number
  readonly include: IncludeObject
  /** False leaves the definitions of the columns out: all events of a watch but the first. */
  readonly withColumns?: boolean
  /** Columns that a definition gives the kind. */
  readonly custom?: readonly CustomColumn[]
}

function contextOf(now: number): PrintContext {
  return {
    now,
    age: (time) => {
      const parsed = Date.parse(time)
      return Number.isNaN(parsed) ? "<unknown>" : shortDuration(now - parsed)
    },
  }
}

function cellsOf(id: string, object: JsonObject, context: PrintContext): readonly JsonValue[] {
  const [printed, stored] = storedForm(id, object)
  const own = printers[printed]?.(stored, context) ?? {}
  const created = textAt(object, ["metadata", "creationTimestamp"])
  const all: { readonly [column: string]: JsonValue } = {
    Name: textAt(object, ["metadata", "name"]),
    Age: context.age(created),
    "Created At": created,
    ...own,
  }
  return columnsOf(id).map(([name, type]) => {
    // Only the time of kinds without a printer of their own is told as it is.
    if (name === "Created At" && type === "date" && own[name] === undefined) return created
    return all[name] ?? ""
  })
}

function shownObject(object: JsonObject, include: IncludeObject): JsonValue {
  if (include === "None") return null
  if (include === "Object") return object
  return partialOf(object)
}

/** The metadata of an object alone. */
export function partialOf(object: JsonObject): JsonObject {
  const metadata = at(object, "metadata") ?? {}
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata }
}

/** A column as a table tells it. */
interface ColumnDefinition {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  readonly priority: number
}

function definedColumns(id: string): readonly ColumnDefinition[] {
  return columnsOf(id).map(([name, type, format, priority]) => ({
    name,
    type,
    format,
    description: "",
    priority,
  }))
}

function customDefinitions(columns: readonly CustomColumn[]): readonly ColumnDefinition[] {
  const [name] = definedColumns("")
  const own = columns.map(({ path: _path, ...column }) => column)
  return name === undefined ? own : [name, ...own]
}

/** Objects as a table, as kubectl prints them. */
export function tableOf(
  kind: Pick<Kind, "group" | "version" | "kind">,
  objects: readonly JsonObject[],
  metadata: JsonObject,
  { now, include, withColumns = true, custom }: TableOptions,
): JsonObject {
  const id = `${apiVersionOf(kind)}/${kind.kind}`
  const context = contextOf(now)
  const definitions = custom === undefined ? definedColumns(id) : customDefinitions(custom)
  const rows = objects.map((object) => {
    const conditions = id === "v1/Pod" ? podConditions(object) : undefined
    return {
      cells:
        custom === undefined
          ? cellsOf(id, object, context)
          : [
              textAt(object, ["metadata", "name"]),
              ...custom.map((column) => customCell(object, column, now)),
            ],
      ...(conditions && { conditions }),
      object: shownObject(object, include),
    }
  })
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: withColumns ? (definitions as unknown as JsonValue) : null,
    rows: rows as unknown as JsonValue,
  }
}
