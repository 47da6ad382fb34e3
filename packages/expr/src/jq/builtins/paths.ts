import { eachPath, setOrExplain } from "../compile-assign.js"
import { failedOn, inapplicable, JqError } from "../fault.js"
import { type Env, each, type Filter, lift, many, type Path, selector, single } from "../filter.js"
import { grow, type Machine, spend } from "../machine.js"
import { extendPath, keysOf, rootPath } from "../path.js"
import { eachChild } from "../recurse.js"
import { deletePaths } from "../remove.js"
import { createEditor, getPath } from "../update.js"
import { isArray, isTruthy, type JqValue } from "../value.js"
import { argument, type Entry, ofValues } from "./table.js"

/** `getpath`, also as a path. */
function getpath(args: readonly Filter[]): Filter {
  const find = (input: JqValue, keys: JqValue): JqValue => {
    if (!isArray(keys)) throw inapplicable("getpath", input, [keys])
    try {
      return getPath(input, keys)
    } catch (thrown) {
      if (!(thrown instanceof JqError) || thrown.message.startsWith("getpath(")) throw thrown
      throw failedOn("getpath", input, [keys], thrown.message)
    }
  }
  const value = lift(args, (input, [keys = null]) => find(input, keys))
  const run: Filter["run"] = (env, input, path, emit) =>
    each(argument(args, 0), env, input, (keys) => {
      const found = find(input, keys)
      return emit(found, isArray(keys) ? along(input, path, keys) : path)
    })
  return value.outputs === "many" ? many(run) : selector(value.outputs, value.compute, run)
}

/** A path that goes on by keys. */
function along(input: JqValue, path: Path | undefined, keys: readonly JqValue[]): Path | undefined {
  let at = path
  let value = input
  for (const key of keys) {
    const inner = getPath(value, [key])
    at = extendPath(at, value, key, inner)
    value = inner
  }
  return at
}

function path(args: readonly Filter[], machine: Machine): Filter {
  const filter = argument(args, 0)
  return many((env, input, outer, emit) =>
    eachPath(filter, env, input, (keys) => {
      grow(machine, keys.length)
      return emit(keys, outer)
    }),
  )
}

/** The paths of all that a value holds, itself excepted. */
function allPaths(args: readonly Filter[], machine: Machine): Filter {
  const test = args[0]
  return many((env, input, outer, emit) => {
    const isWanted = (value: JqValue): boolean =>
      test === undefined || !each(test, env, value, (holds) => !isTruthy(holds))
    const visit = (value: JqValue, at: Path | undefined): boolean => {
      if (typeof value !== "object" || value === null) return true
      return eachChild(value, at, (item, inner) => {
        spend(machine, 1)
        if (inner !== undefined && isWanted(item) && !emit(keysOf(inner), outer)) return false
        return visit(item, inner)
      })
    }
    return visit(input, rootPath(input))
  })
}

function del(args: readonly Filter[], machine: Machine): Filter {
  const filter = argument(args, 0)
  return single("one", (env, input) => {
    const found: (readonly JqValue[])[] = []
    eachPath(filter, env, input, (keys) => {
      grow(machine, 1)
      found.push(keys)
      return true
    })
    return deleteOrExplain(machine, input, found)
  })
}

function deleteOrExplain(
  machine: Machine,
  input: JqValue,
  found: readonly (readonly JqValue[])[],
): JqValue {
  try {
    return deletePaths(machine, input, found)
  } catch (thrown) {
    if (!(thrown instanceof JqError)) throw thrown
    throw failedOn("delpaths", input, [found], thrown.message)
  }
}

function delpaths(input: JqValue, found: JqValue, machine: Machine): JqValue {
  const list = isArray(found) ? found.filter(isArray) : []
  if (!isArray(found) || list.length !== found.length)
    throw inapplicable("delpaths", input, [found])
  return deleteOrExplain(machine, input, list)
}

function setpath(input: JqValue, keys: JqValue, value: JqValue, machine: Machine): JqValue {
  if (!isArray(keys)) throw inapplicable("setpath", input, [keys, value])
  return setOrExplain(createEditor(machine), input, keys, value)
}

/** `pick`: the input with nothing but what some paths select. */
function pick(args: readonly Filter[], machine: Machine): Filter {
  const filter = argument(args, 0)
  return single("one", (env: Env, input) => {
    const editor = createEditor(machine)
    let picked: JqValue = null
    eachPath(filter, env, input, (keys) => {
      spend(machine, 1)
      picked = setOrExplain(editor, picked, keys, getPath(input, keys))
      return true
    })
    return picked
  })
}

/** Functions of paths. */
export const paths: readonly Entry[] = [
  ["getpath/1", getpath],
  ["path/1", path],
  ["paths/0", allPaths],
  ["paths/1", allPaths],
  ["del/1", del],
  ["pick/1", pick],
  ofValues("delpaths/1", (input, [found = null], machine) => delpaths(input, found, machine)),
  ofValues("setpath/2", (input, [keys = null, value = null], machine) =>
    setpath(input, keys, value, machine),
  ),
]
