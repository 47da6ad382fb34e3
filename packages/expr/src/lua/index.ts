/**
 * Lua 5.1 with gopher-lua's meaning, as Argo CD (health, actions) and Events (filter and transform scripts) run it.
 *
 * @packageDocumentation
 */

export type { LuaLibraries } from "./library/index.js"
export {
  compileLua,
  type LuaEvaluateOptions,
  type LuaOptions,
  type LuaProgram,
  type LuaResult,
} from "./program.js"
export {
  compileLuaAction,
  compileLuaDiscovery,
  compileLuaEventFilter,
  compileLuaEventTransform,
  compileLuaHealth,
  type LuaAction,
  type LuaDiscovered,
  type LuaHealth,
  type LuaHealthStatus,
  type LuaScript,
} from "./scripts.js"
