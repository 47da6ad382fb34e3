import { ArgumentFault, LuaError, raise } from "../fault.js"
import { Coroutine, type Host, HostFunction, type LuaValue, typeName } from "../value.js"
import type { Functions } from "./library.js"
import { functionAt, type Parameters } from "./parameters.js"

function coroutineAt(parameters: Parameters, place: number): Coroutine {
  const value = parameters[place - 1]
  if (value instanceof Coroutine) return value
  throw new ArgumentFault(place, `thread expected, got ${typeName(value)}`)
}

function refusal({ status }: Coroutine): string | undefined {
  if (status === "suspended") return undefined
  return status === "dead" ? "can not resume a dead thread" : "can not resume a running thread"
}

function resume(host: Host, parameters: Parameters): readonly LuaValue[] {
  const coroutine = coroutineAt(parameters, 1)
  const refused = refusal(coroutine)
  if (refused !== undefined) return [false, refused]
  try {
    return [true, ...host.resume(coroutine, parameters.slice(1))]
  } catch (thrown) {
    if (thrown instanceof LuaError) return [false, thrown.value]
    throw thrown
  }
}

function wrap(coroutine: Coroutine): HostFunction {
  return new HostFunction("wrap", (host, parameters) => {
    const refused = refusal(coroutine)
    return refused === undefined ? host.resume(coroutine, parameters) : raise(refused)
  })
}

export const coroutineFunctions: Functions = {
  create: (host, parameters) => [created(host, parameters)],
  resume,
  running: (host) => [host.running.body === undefined ? undefined : host.running],
  status: (_host, parameters) => [coroutineAt(parameters, 1).status],
  wrap: (host, parameters) => [wrap(created(host, parameters))],
}

const coroutineBytes = 1024

function created(host: Host, parameters: Parameters): Coroutine {
  host.allocate(coroutineBytes)
  return new Coroutine(functionAt(parameters, 1))
}

export const coroutineValues: readonly (readonly [string, LuaValue])[] = [
  ["yield", new HostFunction("yield", () => [], "yield")],
]
