import { isJsonObject, type JsonObject, type JsonValue, recordOf } from "@argo-ts/kernel"
import { toBytes, toText } from "./bytes.js"
import { raise } from "./fault.js"
import { LuaTable } from "./table.js"
import { type Host, type LuaValue, typeName } from "./value.js"

const depthMax = 200
const entryBytes = 64

/** What a conversion pays with. */
export type Payer = Pick<Host, "allocate">

/** JSON as Lua values: null vanishes, integers become numbers, objects and lists tables. */
export function fromJson(payer: Payer, value: JsonValue, depth = 0): LuaValue {
  if (value === null) return undefined
  if (typeof value === "string") {
    payer.allocate(value.length)
    return toBytes(value)
  }
  if (typeof value !== "object") return value
  if (depth > depthMax) return raise("the value is nested too deeply")
  const table = new LuaTable()
  if (Array.isArray(value)) {
    payer.allocate(value.length * entryBytes)
    for (const item of value as readonly JsonValue[]) {
      const converted = fromJson(payer, item, depth + 1)
      if (converted !== undefined) table.list.push(converted)
    }
    return table
  }
  for (const [key, item] of Object.entries(value)) {
    payer.allocate(entryBytes)
    table.set(toBytes(key), fromJson(payer, item ?? null, depth + 1))
  }
  return table
}

interface Writer {
  readonly payer: Payer
  readonly seen: Set<LuaTable>
}

/**
 * A Lua value as JSON, as Argo CD writes it: keys 1 to n make a list, text keys an object, an empty table a list.
 * Raises for everything else: mixed keys, gaps, functions, a table that comes twice.
 */
export function toJson(payer: Payer, value: LuaValue): JsonValue {
  return write({ payer, seen: new Set() }, value, 0)
}

function write(writer: Writer, value: LuaValue, depth: number): JsonValue {
  if (value === undefined) return null
  if (typeof value === "boolean") return value
  if (typeof value === "number") {
    return Number.isFinite(value) ? value + 0 : raise(`cannot encode ${value} to JSON`)
  }
  if (typeof value === "string") {
    writer.payer.allocate(value.length)
    return toText(value)
  }
  if (!(value instanceof LuaTable)) return raise(`cannot encode ${typeName(value)} to JSON`)
  if (writer.seen.has(value)) return raise("cannot encode recursively nested tables to JSON")
  if (depth > depthMax) return raise("the value is nested too deeply")
  writer.seen.add(value)
  return writeTable(writer, value, depth)
}

function writeTable(writer: Writer, table: LuaTable, depth: number): JsonValue {
  const entries = [...table.entries()]
  writer.payer.allocate(entries.length * entryBytes)
  const [first] = entries
  if (first === undefined) return []
  if (typeof first[0] === "number") {
    return entries.map(([key, item], index) => {
      if (typeof key !== "number") return raise("cannot encode mixed or invalid key types")
      if (key !== index + 1) return raise("cannot encode sparse array")
      return write(writer, item, depth + 1)
    })
  }
  return recordOf(
    entries.map(([key, item]): readonly [string, JsonValue] => {
      if (typeof key !== "string") return raise("cannot encode mixed or invalid key types")
      return [toText(key), write(writer, item, depth + 1)]
    }),
  )
}

/** JSON with empty lists made objects again where `original` has an object: Lua's empty table is both. */
export function restoreObjects(value: JsonValue, original: JsonValue | undefined): JsonValue {
  if (Array.isArray(value)) {
    if (value.length === 0) return original !== undefined && isJsonObject(original) ? {} : value
    const before: readonly JsonValue[] = Array.isArray(original) ? original : []
    return value.map((item: JsonValue, index) => restoreObjects(item, before[index]))
  }
  if (!isJsonObject(value)) return value
  const before: JsonObject = original !== undefined && isJsonObject(original) ? original : {}
  return recordOf(
    Object.entries(value).map(([key, item]): readonly [string, JsonValue] => [
      key,
      restoreObjects(item ?? null, Object.hasOwn(before, key) ? before[key] : undefined),
    ]),
  )
}
