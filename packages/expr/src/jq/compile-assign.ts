import { operation } from "./arithmetic.js"
import type { AssignOperator, Node } from "./ast.js"
import type { Compiler, Scope } from "./compiler.js"
import { failedOn, JqError } from "./fault.js"
import { type Env, each, type Filter, many, none, settle, single } from "./filter.js"
import { isFree } from "./free.js"
import { grow, type Machine, spend } from "./machine.js"
import { checkPath, keysOf, rootPath } from "./path.js"
import { deletePaths } from "./remove.js"
import { createEditor, type Editor, getPath, release, releaseAll, setPath } from "./update.js"
import { isTruthy, type JqValue } from "./value.js"

type Assign = Extract<Node, { readonly kind: "assign" }>

/** The paths that a filter selects, each as its keys. */
export function eachPath(
  filter: Filter,
  env: Env,
  input: JqValue,
  take: (keys: readonly JqValue[]) => boolean,
): boolean {
  return settle(
    filter.run(env, input, rootPath(input), (value, path) => {
      if (path === undefined) return true
      checkPath(value, path)
      return take(keysOf(path))
    }),
  )
}

/** Changes a value with an editor; undefined outputs aside, what the filter of the same node gives. */
export type Edit = (editor: Editor, env: Env, input: JqValue) => JqValue | typeof none

/** An assignment as a filter and, where its right side has one output at most, as an edit. */
export interface Assigned {
  readonly filter: Filter
  readonly edit: Edit | undefined
}

/** `left = right` and its relatives. */
export function compileAssign(compiler: Compiler, node: Assign, scope: Scope): Assigned {
  const { machine } = compiler
  const left = compiler.compile(node.left, scope)
  const right = compiler.compile(node.right, scope)
  if (node.operator === "|=") {
    const edit = (editor: Editor, env: Env, input: JqValue): JqValue =>
      modify(editor, input, pathsOf(machine, left, env, input), (old) => firstOf(right, env, old))
    return { filter: single("one", (env, input) => edit(createEditor(machine), env, input)), edit }
  }
  const assign = assignment(machine, node, left)
  if (right.outputs === "many") {
    const filter = many((env, input, path, emit) =>
      each(right, env, input, (value) =>
        emit(assign(createEditor(machine), env, input, value), path),
      ),
    )
    return { filter, edit: undefined }
  }
  const mayHold = !isFree(node.right)
  const edit: Edit = (editor, env, input) => {
    const value = right.compute(env, input)
    if (value === none) return none
    if (mayHold) releaseAll(editor, value)
    return assign(editor, env, input, value)
  }
  const filter = single(right.outputs, (env, input) => edit(createEditor(machine), env, input))
  return { filter, edit }
}

/** All paths that a filter selects. They are found before anything changes, for they mean the value as it was. */
function pathsOf(
  machine: Machine,
  filter: Filter,
  env: Env,
  input: JqValue,
): readonly (readonly JqValue[])[] {
  const found: (readonly JqValue[])[] = []
  eachPath(filter, env, input, (keys) => {
    spend(machine, 1 + keys.length / 4)
    grow(machine, 1)
    found.push(keys)
    return true
  })
  return found
}

/** Computes the input with a value assigned. */
type Assignment = (editor: Editor, env: Env, input: JqValue, value: JqValue) => JqValue

function assignment(machine: Machine, node: Assign, left: Filter): Assignment {
  if (node.operator !== "=") {
    const next = combination(node.operator, machine)
    return (editor, env, input, value) =>
      modify(editor, input, pathsOf(machine, left, env, input), (old) => next(old, value))
  }
  const fixed = fixedPath(node.left)
  if (fixed !== undefined) {
    return (editor, _env, input, value) => setOrExplain(editor, input, fixed, value)
  }
  return (editor, env, input, value) => {
    let result = input
    for (const keys of pathsOf(machine, left, env, input)) {
      result = setOrExplain(editor, result, keys, value)
    }
    return result
  }
}

function combination(
  operator: AssignOperator,
  machine: Machine,
): (old: JqValue, value: JqValue) => JqValue {
  switch (operator) {
    case "+=":
      return operation("+", machine)
    case "-=":
      return operation("-", machine)
    case "*=":
      return operation("*", machine)
    case "/=":
      return operation("/", machine)
    case "%=":
      return operation("%", machine)
    default:
      return (old, value) => (isTruthy(old) ? old : value)
  }
}

/** The keys of a path that is written out, as `.a.b[0]`. Such an assignment needs no search. */
function fixedPath(node: Node): readonly JqValue[] | undefined {
  if (node.kind === "identity") return []
  if (node.kind !== "index" && node.kind !== "slice") return undefined
  const before = fixedPath(node.target)
  const key = node.kind === "index" ? fixedKey(node.key) : fixedBounds(node.from, node.to)
  return before === undefined || key === undefined ? undefined : [...before, key]
}

function fixedKey(node: Node | undefined): JqValue | undefined {
  if (node === undefined) return null
  const value = node.kind === "literal" ? node.value : undefined
  return typeof value === "string" || typeof value === "number" ? value : fixedNegative(node)
}

function fixedNegative(node: Node): JqValue | undefined {
  const operand =
    node.kind === "negate" && node.operand.kind === "literal" ? node.operand.value : null
  return typeof operand === "number" ? -operand : undefined
}

function fixedBounds(from: Node | undefined, to: Node | undefined): JqValue | undefined {
  const start = fixedKey(from)
  const end = fixedKey(to)
  return start === undefined || end === undefined ? undefined : { start, end }
}

/** `setpath`, with the call in what it says of a failure. */
export function setOrExplain(
  editor: Editor,
  input: JqValue,
  keys: readonly JqValue[],
  value: JqValue,
): JqValue {
  try {
    return setPath(editor, input, keys, value)
  } catch (thrown) {
    if (!(thrown instanceof JqError)) throw thrown
    throw failedOn("setpath", input, [keys, value], thrown.message)
  }
}

/** The first output of a filter. */
export function firstOf(filter: Filter, env: Env, input: JqValue): JqValue | typeof none {
  let first: JqValue | typeof none = none
  each(filter, env, input, (value) => {
    first = value
    return false
  })
  return first
}

/** Replaces what is at paths by what a function makes of it; where it makes nothing, the entry goes. */
function modify(
  editor: Editor,
  input: JqValue,
  paths: readonly (readonly JqValue[])[],
  next: (old: JqValue) => JqValue | typeof none,
): JqValue {
  const { machine } = editor
  const gone: (readonly JqValue[])[] = []
  let result = input
  for (const keys of paths) {
    const old = getPath(result, keys, machine)
    release(editor, old)
    const value = next(old)
    if (value === none) gone.push(keys)
    else result = setOrExplain(editor, result, keys, value)
  }
  return deletePaths(machine, result, gone)
}
