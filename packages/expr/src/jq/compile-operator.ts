import { operation } from "./arithmetic.js"
import type { Node } from "./ast.js"
import { type Assigned, compileAssign, type Edit } from "./compile-assign.js"
import type { Compiler, Scope } from "./compiler.js"
import { each, type Filter, many, none, single } from "./filter.js"
import { isFree } from "./free.js"
import { appended, releaseAll } from "./update.js"

type Binary = Extract<Node, { readonly kind: "binary" }>

/** An operator of two values; the right operand varies slowest. */
export function compileBinary(compiler: Compiler, node: Binary, scope: Scope): Filter {
  const left = compiler.compile(node.left, scope)
  const right = compiler.compile(node.right, scope)
  const apply = operation(node.operator, compiler.machine)
  if (left.outputs === "many" || right.outputs === "many") {
    return many((env, input, path, emit) =>
      each(right, env, input, (b) => each(left, env, input, (a) => emit(apply(a, b), path))),
    )
  }
  const outputs = left.outputs === "one" && right.outputs === "one" ? "one" : "maybe"
  return single(outputs, (env, input) => {
    const b = right.compute(env, input)
    if (b === none) return none
    const a = left.compute(env, input)
    return a === none ? none : apply(a, b)
  })
}

/** `. + right`, which may add in place. */
function compileAppend(compiler: Compiler, node: Binary, scope: Scope): Assigned {
  const right = compiler.compile(node.right, scope)
  const add = operation("+", compiler.machine)
  if (right.outputs === "many") {
    const filter = many((env, input, path, emit) =>
      each(right, env, input, (value) => emit(add(input, value), path)),
    )
    return { filter, edit: undefined }
  }
  const mayHold = !isFree(node.right)
  const edit: Edit = (editor, env, input) => {
    const value = right.compute(env, input)
    if (value === none) return none
    if (mayHold) releaseAll(editor, value)
    return appended(editor, input, value) ?? add(input, value)
  }
  const filter = single(right.outputs, (env, input) => {
    const value = right.compute(env, input)
    return value === none ? none : add(input, value)
  })
  return { filter, edit }
}

/** The update of a `reduce`, as an edit too where it changes a part of its input. */
export function compileUpdate(compiler: Compiler, node: Node, scope: Scope): Assigned {
  if (node.kind === "assign") return compileAssign(compiler, node, scope)
  const isAppend = node.kind === "binary" && node.operator === "+" && node.left.kind === "identity"
  if (isAppend) return compileAppend(compiler, node, scope)
  return { filter: compiler.compile(node, scope), edit: undefined }
}
