import { indexValue, sliceValue } from "./access.js"
import type { Node } from "./ast.js"
import { compileTry } from "./compile-flow.js"
import { bindValue, type Compiler, type Scope, withEntry } from "./compiler.js"
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

/** True for a node that goes into a value. */
export function isAccess(node: Node): node is Access {
  return node.kind === "index" || node.kind === "slice" || node.kind === "iterate"
}

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
  if (node.kind === "slice") return compileSlice(target, at(node.from), at(node.to))
  return compileIndex(target, compiler.compile(node.key, scope), node.key)
}

/** What an optional access is applied to, while it is tried: an entry of the environment. */
const held: Filter = selector(
  "one",
  (env) => env.value,
  (env, _input, path, emit) => emit(env.value, path),
)

/** `target[key]?`: an error of the access is no output, one of the target is an error. */
export function compileOptional(compiler: Compiler, node: Access, scope: Scope): Filter {
  const target = compiler.compile(node.target, scope)
  const access = compileAccess(compiler, node, held, withEntry(scope, "variable", ""))
  const tried = compileTry(access, undefined)
  const run: Filter["run"] = (env, input, path, emit) =>
    settle(
      target.run(env, input, path, (whole, inner) =>
        settle(tried.run(bindValue(env, whole), input, inner, emit)),
      ),
    )
  if (target.outputs === "many" || tried.outputs === "many") return many(run)
  return selector(
    "maybe",
    (env, input) => {
      const whole = target.compute(env, input)
      return whole === none ? none : tried.compute(bindValue(env, whole), input)
    },
    run,
  )
}

/** `target[key]`; the key varies slowest. */
function compileIndex(target: Filter, key: Filter, keyNode: Node): Filter {
  if (keyNode.kind === "literal") return indexBy(target, keyNode.value)
  const outputs = outputsOf([target, key])
  const run: Filter["run"] = (env, input, path, emit) =>
    each(key, env, input, (at) => settle(indexBy(target, at).run(env, input, path, emit)))
  if (outputs === "many") return many(run)
  return selector(
    outputs,
    (env, input) => {
      const at = key.compute(env, input)
      if (at === none) return none
      const from = target.compute(env, input)
      return from === none ? none : indexValue(from, at)
    },
    run,
  )
}

function indexBy(target: Filter, key: JqValue): Filter {
  const run: Filter["run"] = (env, input, path, emit) =>
    settle(
      target.run(env, input, path, (from, inner) => {
        const value = indexValue(from, key)
        return emit(value, extendPath(inner, from, key, value))
      }),
    )
  if (target.outputs === "many") return many(run)
  const compute: Filter["compute"] = (env, input) => {
    const from = target.compute(env, input)
    return from === none ? none : indexValue(from, key)
  }
  return selector(target.outputs, compute, run)
}

const open: Filter = single("one", () => null)

/** `target[from:to]`; the start varies slowest, then the end. */
function compileSlice(target: Filter, from: Filter = open, to: Filter = open): Filter {
  const outputs = outputsOf([target, from, to])
  const run: Filter["run"] = (env, input, path, emit) =>
    each(from, env, input, (start) =>
      each(to, env, input, (end) =>
        settle(
          target.run(env, input, path, (whole, inner) => {
            const value = sliceValue(whole, start, end)
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
      return whole === none ? none : sliceValue(whole, start, end)
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
