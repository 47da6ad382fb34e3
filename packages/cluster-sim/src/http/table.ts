import { compileJsonPath } from "@argo-ts/expr/jsonpath"
import {
  apiVersionOf,
  type JsonObject,
  type JsonValue,
  type Kind,
  type PrinterColumn,
} from "@argo-ts/kernel"
import { tableColumns } from "./data/columns.gen.js"
import { podConditions } from "./pod-row.js"
import { type PrintContext, printers } from "./printers.js"
import { at, textAt } from "./reading.js"
import { shortDuration } from "./short-duration.js"

type Column = readonly [name: string, type: string, format: string, priority: number]

let known: ReadonlyMap<string, readonly Column[]> | undefined

const nameColumn: Column = ["Name", "string", "name", 0]

/** Columns of kinds that have none of their own: custom ones show an age, built-in ones the time itself. */
const customColumns: readonly Column[] = [nameColumn, ["Age", "date", "", 0]]

function columnsOf(id: string, own: readonly PrinterColumn[] = []): readonly Column[] {
  if (own.length > 0) {
    return [
      nameColumn,
      ...own.map(({ name, type, format, priority }): Column => [name, type, format, priority]),
    ]
  }
  known ??= new Map(
    Object.entries(JSON.parse(tableColumns) as { readonly [kind: string]: readonly Column[] }),
  )
  return known.get(id) ?? customColumns
}

/** How much of its object a row carries. */
export type IncludeObject = "Metadata" | "Object" | "None"

/** What a table is made with. */
export interface TableOptions {
  readonly now: number
  readonly include: IncludeObject
  /** False leaves the definitions of the columns out: all events of a watch but the first. */
  readonly withColumns?: boolean
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

/** The cell of a column that a definition describes; what is absent or of another type is empty. */
function customCell(column: PrinterColumn, object: JsonObject, context: PrintContext): JsonValue {
  const path = column.jsonPath.replace(/^\.?/, ".")
  const compiled = compileJsonPath(`{${path}}`, { allowMissingKeys: true })
  const result = compiled.ok ? compiled.value.evaluate(object) : undefined
  const [value] = result?.ok ? (result.value.found[0] ?? []) : []
  if (value === undefined || value === null) return null
  switch (column.type) {
    case "integer":
    case "number":
      return typeof value === "number" ? value : null
    case "boolean":
      return typeof value === "boolean" ? value : null
    case "date":
      return typeof value === "string" ? context.age(value) : null
    default:
      return result?.ok ? result.value.text : null
  }
}

function cellsOf(
  id: string,
  object: JsonObject,
  context: PrintContext,
  columns: readonly PrinterColumn[] = [],
): readonly JsonValue[] {
  if (columns.length > 0) {
    const name = textAt(object, ["metadata", "name"])
    return [name, ...columns.map((column) => customCell(column, object, context))]
  }
  const own = printers[id]?.(object, context) ?? {}
  const created = textAt(object, ["metadata", "creationTimestamp"])
  const all: { readonly [column: string]: JsonValue } = {
    Name: textAt(object, ["metadata", "name"]),
    Age: context.age(created),
    "Created At": created,
    ...own,
  }
  return columnsOf(id).map(([name, type, format]) => {
    // Custom kinds carry the time itself: kubectl makes the age.
    if (type === "date" && format === "" && own[name] === undefined) return created
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

/** Objects as a table, as kubectl prints them. */
export function tableOf(
  kind: Pick<Kind, "group" | "version" | "kind" | "printerColumns">,
  objects: readonly JsonObject[],
  metadata: JsonObject,
  { now, include, withColumns = true }: TableOptions,
): JsonObject {
  const id = `${apiVersionOf(kind)}/${kind.kind}`
  const context = contextOf(now)
  const definitions = columnsOf(id, kind.printerColumns).map(
    ([name, type, format, priority], index) => ({
      name,
      type,
      format,
      description: kind.printerColumns?.[index - 1]?.description ?? "",
      priority,
    }),
  )
  const rows = objects.map((object) => {
    const conditions = id === "v1/Pod" ? podConditions(object) : undefined
    return {
      cells: cellsOf(id, object, context, kind.printerColumns),
      ...(conditions && { conditions }),
      object: shownObject(object, include),
    }
  })
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: withColumns ? definitions : null,
    rows: rows as unknown as JsonValue,
  }
}
