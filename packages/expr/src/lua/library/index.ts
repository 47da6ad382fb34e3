import { raise } from "../fault.js"
import { LuaTable } from "../table.js"
import { HostFunction, type LuaValue } from "../value.js"
import { baseFunctions, baseValues } from "./base.js"
import { coroutineFunctions, coroutineValues } from "./coroutine.js"
import { install, installRefused, library } from "./library.js"
import { mathFunctions, mathValues } from "./math.js"
import { osFunctions } from "./os.js"
import { stringFunctions } from "./string.js"
import { tableFunctions } from "./table.js"

/** Which functions a script finds. See {@link globalsOf}. */
export type LuaLibraries = "argocd" | "gopher"

const refused = {
  base: ["dofile", "getfenv", "loadfile", "module", "newproxy", "setfenv"],
  io: "close flush lines open popen read tmpfile type write".split(" "),
  os: "clock difftime execute exit getenv remove rename setenv setlocale tmpname".split(" "),
}

function withValues(table: LuaTable, values: readonly (readonly [string, LuaValue])[]): LuaTable {
  for (const [name, value] of values) table.set(name, value)
  return table
}

/**
 * The globals of a fresh script. `argocd`: base, `string`, `table`, `math`, `coroutine` and `os` with `date` and `time`.
 * `gopher`: besides, the names of everything gopher-lua has; what would reach the host refuses when it is called.
 */
export function globalsOf(
  libraries: LuaLibraries,
  loaders: readonly HostFunction[],
): { readonly globals: LuaTable; readonly stringMethods: LuaTable } {
  const globals = withValues(install(new LuaTable(), baseFunctions), baseValues)
  const os = library(osFunctions)
  const string = library(stringFunctions)
  const modules: readonly (readonly [string, LuaTable])[] = [
    ["string", string],
    ["table", library(tableFunctions)],
    ["math", withValues(library(mathFunctions), mathValues)],
    ["coroutine", withValues(library(coroutineFunctions), coroutineValues)],
    ["os", os],
  ]
  withValues(globals, modules)
  globals.set("_G", globals)
  if (libraries === "gopher") {
    installRefused(globals, "", refused.base)
    installRefused(os, "os.", refused.os)
    globals.set("io", installRefused(new LuaTable(), "io.", refused.io))
    for (const loader of loaders) globals.set(loader.name, loader)
  }
  globals.set("require", requireOf(new Map(modules)))
  return { globals, stringMethods: string }
}

function requireOf(modules: ReadonlyMap<string, LuaTable>): HostFunction {
  return new HostFunction("require", (_host, [name]) => {
    const found = typeof name === "string" ? modules.get(name) : undefined
    return found === undefined ? raise(`module ${String(name)} not found`) : [found]
  })
}
