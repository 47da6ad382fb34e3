import { indexValue, sliceValue } from "./access.js"
import type { Node } from "./ast.js"
import type { Compiler, Scope } from "./compiler.js"
import { typePreview } from "./encode.js"
import { JqError } from "./fault.js"
import {
  each,
  type Filter,
  many,
  none,
  outputsOf,
  type Path,
  selector,
  settle,
  single,
} from "./filter.js"
import { type Machine, spend } from "./machine.js"
import { extendPath } from "./path.js"
import { eachChild } from "./recurse.js"
import { isArray, isObject, type JqValue } from "./value.js"

type Access = Extract<Node, { readonly kind: "index" | "slice" | "iterate" }>

/** `.key`, `[key]`, `[from:to]`, `[]`, applied to the outputs of a target. */
export function compileAccess(
  compiler: Compiler,
  node: Access,
  target: Filter,
  scope: Scope,
): Filter {
  const at = (inner: Node | undefined): Filter | undefined =>
    inner && compiler.compile(inner, scope)
  if (node.kind === "iterate") return compileIterate(compiler.machine, target)
  if (node.kind === "slice") {
    return compileSlice(compiler.machine, target, at(node.from) ?? open, at(node.to) ?? open)
  }
  if (node.key.kind === "literal") return indexBy(compiler.machine, target, node.key.value)
  return compileIndex(compiler.machine, target, compiler.compile(node.key, scope))
}

/** `target[key]`; the key varies slowest. */
function compileIndex(machine: Machine, target: Filter, key: Filter): Filter {
  const outputs = outputsOf([target, key])
  const run: Filter["run"] = (env, input, path, emit) =>
    each(key, env, input, (at) => settle(indexBy(machine, target, at).run(env, input, path, emit)))
  if (outputs === "many") return many(run)
  return selector(
    outputs,
    (env, input) => {
      const at = key.compute(env, input)
      if (at === none) return none
      const from = target.compute(env, input)
      return from === none ? none : indexValue(from, at, machine)
    },
    run,
  )
}

function indexBy(machine: Machine, target: Filter, key: JqValue): Filter {
  const run: Filter["run"] = (env, input, path, emit) =>
    settle(
      target.run(env, input, path, (from, inner) => {
        const value = indexValue(from, key, machine)
        return emit(value, extendPath(inner, from, key, value))
      }),
    )
  if (target.outputs === "many") return many(run)
  const compute: Filter["compute"] = (env, input) => {
    const from = target.compute(env, input)
    return from === none ? none : indexValue(from, key, machine)
  }
  return selector(target.outputs, compute, run)
}

const open: Filter = single("one", () => null)

/** `target[from:to]`; the start varies slowest, then the end. */
function compileSlice(machine: Machine, target: Filter, from: Filter, to: Filter): Filter {
  const outputs = outputsOf([target, from, to])
  const run: Filter["run"] = (env, input, path, emit) =>
    each(from, env, input, (start) =>
      each(to, env, input, (end) =>
        settle(
          target.run(env, input, path, (whole, inner) => {
            const value = sliceValue(whole, { from: start, to: end }, machine)
            return emit(value, extendPath(inner, whole, { start, end }, value))
          }),
        ),
      ),
    )
  if (outputs === "many") return many(run)
  return selector(
    outputs,
    (env, input) => {
      const start = from.compute(env, input)
      const end = to.compute(env, input)
      if (start === none || end === none) return none
      const whole = target.compute(env, input)
      return whole === none ? none : sliceValue(whole, { from: start, to: end }, machine)
    },
    run,
  )
}

/** `target[]`. */
function compileIterate(machine: Machine, target: Filter): Filter {
  return many((env, input, path, emit) =>
    settle(
      target.run(env, input, path, (whole, inner) => {
        if (inner !== undefined && (isArray(whole) || isObject(whole))) checkIterated(whole, inner)
        return eachChild(whole, inner, (item, place) => {
          spend(machine, 1)
          return emit(item, place)
        })
      }),
    ),
  )
}

function checkIterated(whole: JqValue, path: Path): void {
  if (whole !== path.value) {
    throw new JqError(() => `invalid path on iterating against: ${typePreview(whole)}`)
  }
}
