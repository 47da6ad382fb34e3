import type { Node } from "./ast.js"
import { builtin } from "./builtins/index.js"
import {
  bindClosure,
  bindValue,
  type Callee,
  type Compiler,
  findCallee,
  type Scope,
  undefinedName,
  upBy,
  withEntry,
  withFunction,
} from "./compiler.js"
import {
  type Closure,
  type Env,
  each,
  type Filter,
  many,
  none,
  outputsOf,
  selector,
  settle,
  type TailCall,
} from "./filter.js"
import { spend } from "./machine.js"
import type { JqValue } from "./value.js"

type Call = Extract<Node, { readonly kind: "call" }>
type Define = Extract<Node, { readonly kind: "define" }>

/** `def name(params): body; rest`. */
export function compileDefinition(compiler: Compiler, node: Define, scope: Scope): Filter {
  const { name, params, body } = node.definition
  const callee: Callee = { params, body: undefined, filters: new Set() }
  const outer = withFunction(scope, name, callee)
  let inner = outer
  for (const param of params) inner = withEntry(inner, "parameter", param.replace("$", ""))
  for (const param of params.filter(isValueParam)) inner = withEntry(inner, "variable", param)
  callee.body = compiler.compile(body, inner)
  return compiler.compile(node.body, outer)
}

function isValueParam(param: string): boolean {
  return param.startsWith("$")
}

/** A call of a parameter, of a function of the program, or of a built-in. */
export function compileCall(compiler: Compiler, node: Call, scope: Scope): Filter {
  const found = findCallee(scope, node.name, node.args.length)
  if (found?.kind === "parameter") return callParameter(compiler, node.name, found, scope)
  if (found?.callee !== undefined) return callFunction(compiler, node, found.callee, scope)
  const args = node.args.map((arg) => compiler.compile(arg, scope))
  const known = builtin(node.name, args, compiler.machine, node.offset)
  if (known !== undefined) return known
  throw undefinedName("function", `${node.name}/${node.args.length}`, node.offset)
}

/** Marks a parameter as run, on the function it belongs to. */
function markFilter(name: string, found: Scope): void {
  let at: Scope | undefined = found
  while (at !== undefined && at.kind !== "function") at = at.up
  at?.callee?.filters.add(name)
}

function callParameter(compiler: Compiler, name: string, found: Scope, scope: Scope): Filter {
  const hops = scope.depth - found.depth
  markFilter(name, found)
  return many((env, input, path, emit) => {
    const closure = upBy(env, hops).closure
    if (closure === undefined) return true
    spend(compiler.machine, 1)
    return { filter: closure.filter, env: closure.env, input, path, emit }
  })
}

/** The filter that an argument stands for where a function is called. */
type Argument = (env: Env) => Closure

/** A parameter passed on stands for what it was given: a chain of passing on does not grow. */
function compileArgument(arg: Node | undefined, filter: Filter, scope: Scope): Argument {
  const found = arg?.kind === "call" ? findCallee(scope, arg.name, arg.args.length) : undefined
  if (found?.kind !== "parameter") return (env) => ({ filter, env })
  const hops = scope.depth - found.depth
  return (env) => upBy(env, hops).closure ?? { filter, env }
}

function callFunction(compiler: Compiler, node: Call, callee: Callee, scope: Scope): Filter {
  const args = node.args.map((arg) => compiler.compile(arg, scope))
  const found = findCallee(scope, node.name, node.args.length)
  const hops = scope.depth - (found?.depth ?? 0)
  const closures = callee.params.map((param, index) => ({
    isValue: isValueParam(param),
    name: param.replace("$", ""),
    argument: compileArgument(node.args[index], args[index] ?? noFilter, scope),
  }))
  const enter = (env: Env): Env => {
    spend(compiler.machine, 1)
    let inner = upBy(env, hops)
    for (const { isValue, name, argument } of closures) {
      // What is needed as a value only is not kept as a filter: a recursion of a million steps keeps nothing.
      const isFilter = !isValue || callee.filters.has(name)
      inner = isFilter ? bindClosure(inner, argument(env)) : bindValue(inner, null)
    }
    return inner
  }
  const values = args.filter((_, index) => isValueParam(callee.params[index] ?? ""))
  return callWith(callee, values, enter)
}

const noFilter: Filter = many(() => true)

function callWith(callee: Callee, values: readonly Filter[], enter: (env: Env) => Env): Filter {
  const isSimple = outputsOf(values) !== "many"
  const run: Filter["run"] = (env, input, path, emit) => {
    const tail = (inner: Env): TailCall => ({
      filter: callee.body ?? noFilter,
      env: inner,
      input,
      path,
      emit,
    })
    if (!isSimple)
      return bindAll(values, env, input, (bound) => settle(tail(rebind(enter(env), bound))))
    const bound = bindSingles(values, env, input)
    return bound === undefined || tail(rebind(enter(env), bound))
  }
  const { body } = callee
  // Within the body itself it is not known yet how many outputs the body has.
  const outputs = body === undefined ? "many" : outputsOf([...values, body])
  if (body === undefined || outputs === "many") return many(run)
  return selector(
    outputs,
    (env, input) => {
      const bound = bindSingles(values, env, input)
      return bound === undefined ? none : body.compute(rebind(enter(env), bound), input)
    },
    run,
  )
}

function rebind(env: Env, values: readonly JqValue[]): Env {
  let inner = env
  for (const value of values) inner = bindValue(inner, value)
  return inner
}

const noValues: readonly JqValue[] = []

/** The values of arguments that have one each; undefined where one has none. */
function bindSingles(
  filters: readonly Filter[],
  env: Env,
  input: JqValue,
): readonly JqValue[] | undefined {
  if (filters.length === 0) return noValues
  const values: JqValue[] = []
  for (const filter of filters) {
    const value = filter.compute(env, input)
    if (value === none) return undefined
    values.push(value)
  }
  return values
}

/** Every combination of arguments; the first varies slowest. */
function bindAll(
  filters: readonly Filter[],
  env: Env,
  input: JqValue,
  take: (values: readonly JqValue[]) => boolean,
): boolean {
  const next = (index: number, values: readonly JqValue[]): boolean => {
    const filter = filters[index]
    if (filter === undefined) return take(values)
    return each(filter, env, input, (value) => next(index + 1, [...values, value]))
  }
  return next(0, noValues)
}
