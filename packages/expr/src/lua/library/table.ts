import { goSort } from "../../expr/builtins/sort.js"
import { ArgumentFault, raise } from "../fault.js"
import { isLess } from "../operators.js"
import type { LuaTable } from "../table.js"
import { type Host, holds, type LuaValue, numberText, typeName } from "../value.js"
import type { Functions } from "./library.js"
import { anyAt, functionAt, type Parameters, tableAt, textAt, wholeAt } from "./parameters.js"

const entryBytes = 64

function append(table: LuaTable, value: LuaValue): void {
  if (value !== undefined) table.setPlace(table.length + 1, value)
}

function insert(host: Host, parameters: Parameters): readonly LuaValue[] {
  const table = tableAt(parameters, 1)
  host.allocate(entryBytes)
  if (parameters.length < 2) return raise("wrong number of arguments to 'insert'")
  if (parameters.length === 2) {
    append(table, parameters[1])
    return []
  }
  const place = wholeAt(parameters, 2)
  const value = anyAt(parameters, 3)
  const { list } = table
  host.spend(Math.max(0, list.length - place) / 16)
  if (place > list.length) table.setPlace(place, value)
  else if (place <= 0) table.set(place, value)
  else list.splice(place - 1, 0, value)
  return []
}

function remove(host: Host, parameters: Parameters): readonly LuaValue[] {
  const { list } = tableAt(parameters, 1)
  const place = parameters.length === 1 ? -1 : wholeAt(parameters, 2)
  if (list.length === 0 || place > list.length) return [undefined]
  if (place === list.length || place < 1) return [list.pop()]
  host.spend((list.length - place) / 16)
  return [list.splice(place - 1, 1)[0]]
}

function concat(host: Host, parameters: Parameters): readonly LuaValue[] {
  const table = tableAt(parameters, 1)
  const separator = textAt(parameters, 2, "")
  const from = wholeAt(parameters, 3, 1)
  const to = wholeAt(parameters, 4, table.length)
  const parts: string[] = []
  for (let place = from; place <= to; place++) {
    const value = table.get(place)
    host.spend(1)
    if (typeof value === "string") parts.push(value)
    else if (typeof value === "number") parts.push(numberText(value))
    else return raise(`invalid value (${typeName(value)}) at index ${place} in table for concat`)
    host.allocate((parts.at(-1) as string).length + separator.length)
  }
  return [parts.join(separator)]
}

function sort(host: Host, parameters: Parameters): readonly LuaValue[] {
  const table = tableAt(parameters, 1)
  const order = parameters[1] === undefined ? undefined : functionAt(parameters, 2)
  const { length } = table
  const sorted = goSort(table.list.slice(0, length), (left, right) => {
    host.spend(1)
    if (order === undefined) return isLess(host, left, right)
    return holds(host.call(order, [left, right])[0])
  })
  for (const [index, value] of sorted.entries()) table.list[index] = value
  return []
}

export const tableFunctions: Functions = {
  concat,
  getn: (_host, parameters) => [tableAt(parameters, 1).length],
  insert,
  maxn: (_host, parameters) => [tableAt(parameters, 1).maxNumber],
  remove,
  sort,
}

/** A count that is worth carrying out. */
export function countAt(parameters: Parameters, place: number, max: number): number {
  const count = wholeAt(parameters, place)
  if (count > max) throw new ArgumentFault(place, `at most ${max} expected, got ${count}`)
  return Math.max(0, count)
}
