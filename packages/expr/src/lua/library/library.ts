import { raise } from "../fault.js"
import { LuaTable } from "../table.js"
import { type Host, HostFunction, type LuaValue } from "../value.js"
import type { Parameters } from "./parameters.js"

/** Library functions by name. */
export type Functions = {
  readonly [name: string]: (host: Host, parameters: Parameters) => readonly LuaValue[]
}

/** Puts functions into a table. */
export function install(table: LuaTable, functions: Functions): LuaTable {
  for (const [name, run] of Object.entries(functions)) table.set(name, new HostFunction(name, run))
  return table
}

/** Functions that exist upstream and do nothing here but say so. */
export function installRefused(
  table: LuaTable,
  prefix: string,
  names: readonly string[],
): LuaTable {
  for (const name of names) {
    table.set(
      name,
      new HostFunction(name, () => raise(`${prefix}${name} is not available to scripts`)),
    )
  }
  return table
}

/** A new table of functions. */
export function library(functions: Functions): LuaTable {
  return install(new LuaTable(), functions)
}
