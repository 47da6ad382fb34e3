import { operation } from "./arithmetic.js"
import type { AssignOperator, Node } from "./ast.js"
import type { Compiler, Scope } from "./compiler.js"
import { failedOn, JqError } from "./fault.js"
import { type Env, each, type Filter, many, none, settle, single } from "./filter.js"
import { type Machine, spend } from "./machine.js"
import { checkPath, keysOf, rootPath } from "./path.js"
import { deletePaths } from "./remove.js"
import { createEditor, type Editor, getPath, release, setPath } from "./update.js"
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

/** `left = right` and its relatives. */
export function compileAssign(compiler: Compiler, node: Assign, scope: Scope): Filter {
  const { machine } = compiler
  const left = compiler.compile(node.left, scope)
  const right = compiler.compile(node.right, scope)
  if (node.operator === "|=") {
    return single("one", (env, input) =>
      modify(
        machine,
        input,
        (take) => eachPath(left, env, input, take),
        (value) => firstOf(right, env, value),
      ),
    )
  }
  const assign = assignment(machine, node, left)
  if (right.outputs === "many") {
    return many((env, input, path, emit) =>
      each(right, env, input, (value) => emit(assign(env, input, value), path)),
    )
  }
  return single(right.outputs, (env, input) => {
    const value = right.compute(env, input)
    return value === none ? none : assign(env, input, value)
  })
}

/** Computes the input with a value assigned. */
type Assignment = (env: Env, input: JqValue, value: JqValue) => JqValue

function assignment(machine: Machine, node: Assign, left: Filter): Assignment {
  if (node.operator !== "=") {
    const next = combination(node.operator, machine)
    return (env, input, value) =>
      modify(
        machine,
        input,
        (take) => eachPath(left, env, input, take),
        (old) => next(old, value),
      )
  }
  const fixed = fixedPath(node.left)
  if (fixed !== undefined) {
    return (_env, input, value) => setOrExplain(createEditor(machine), input, fixed, value)
  }
  return (env, input, value) => {
    const editor = createEditor(machine)
    let result = input
    eachPath(left, env, input, (keys) => {
      spend(machine, 1)
      result = setOrExplain(editor, result, keys, value)
      return true
    })
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
export function modify(
  machine: Machine,
  input: JqValue,
  paths: (take: (keys: readonly JqValue[]) => boolean) => boolean,
  next: (old: JqValue) => JqValue | typeof none,
): JqValue {
  const editor = createEditor(machine)
  const gone: (readonly JqValue[])[] = []
  let result = input
  paths((keys) => {
    spend(machine, 1)
    const old = getPath(result, keys)
    release(editor, old)
    const value = next(old)
    if (value === none) gone.push(keys)
    else result = setOrExplain(editor, result, keys, value)
    return true
  })
  return deletePaths(machine, result, gone)
}
