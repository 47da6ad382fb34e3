import { indexValue } from "./access.js"
import type { Node, Pattern } from "./ast.js"
import { bindValue, type Compiler, findScope, type Scope, upBy, withEntry } from "./compiler.js"
import { typePreview } from "./encode.js"
import { Break, JqError, noArray, noObject } from "./fault.js"
import {
  type Emit,
  type Env,
  each,
  type Filter,
  type Flow,
  many,
  none,
  outputsOf,
  type Path,
  selector,
  settle,
} from "./filter.js"
import { spend } from "./machine.js"
import { isArray, isObject, type JqValue } from "./value.js"

type Bind = Extract<Node, { readonly kind: "bind" }>
type Fold = Extract<Node, { readonly kind: "reduce" | "foreach" }>
type Label = Extract<Node, { readonly kind: "label" }>

/** Takes a value apart, once for every combination of its computed keys, and goes on with the variables bound. */
type Destructure = (value: JqValue, env: Env, next: (env: Env) => boolean) => boolean

interface Bound {
  readonly scope: Scope
  readonly destructure: Destructure
}

/** Compiles patterns for use at a scope; the scope returned has their variables. */
function compilePatterns(compiler: Compiler, patterns: readonly Pattern[], scope: Scope): Bound {
  const [first, ...others] = patterns
  if (first === undefined || others.length === 0) {
    return first === undefined
      ? { scope, destructure: (_value, env, next) => next(env) }
      : compilePattern(compiler, first, scope)
  }
  const names = [...new Set(patterns.flatMap(namesOf))]
  // Whatever the other patterns bind is null; a pattern that comes first is tried first.
  const nulls = names.reduce((at, name) => withEntry(at, "variable", name), scope)
  const bound = patterns.map((pattern) => compilePattern(compiler, pattern, nulls))
  const shared = names.reduce((at, name) => withEntry(at, "variable", name), scope)
  return {
    scope: shared,
    destructure: (value, env, next) => alternatives(bound, { names, value, env }, next),
  }
}

interface Alternatives {
  readonly names: readonly string[]
  readonly value: JqValue
  readonly env: Env
}

/** Tries patterns in turn: an error in one, or in what follows it, leads to the next. */
function alternatives(
  bound: readonly Bound[],
  { names, value, env }: Alternatives,
  next: (env: Env) => boolean,
): boolean {
  const empty = names.reduce((at) => bindValue(at, null), env)
  for (const [index, { scope, destructure }] of bound.entries()) {
    const finish = (inner: Env): boolean =>
      next(
        names.reduce((at, name) => {
          const found = findScope(scope, "variable", name)
          return bindValue(at, upBy(inner, scope.depth - (found?.depth ?? 0)).value)
        }, env),
      )
    try {
      return destructure(value, empty, finish)
    } catch (thrown) {
      if (!(thrown instanceof JqError) || index === bound.length - 1) throw thrown
    }
  }
  return true
}

function namesOf(pattern: Pattern): string[] {
  switch (pattern.kind) {
    case "variable":
      return [pattern.name]
    case "array":
      return pattern.items.flatMap(namesOf)
    case "object":
      return pattern.entries.flatMap((entry) => [
        ...(entry.variable === undefined ? [] : [entry.variable]),
        ...(entry.pattern === undefined ? [] : namesOf(entry.pattern)),
      ])
  }
}

function compilePattern(compiler: Compiler, pattern: Pattern, scope: Scope): Bound {
  if (pattern.kind === "variable") {
    return {
      scope: withEntry(scope, "variable", pattern.name),
      destructure: (value, env, next) => next(bindValue(env, value)),
    }
  }
  return pattern.kind === "array"
    ? compileItems(compiler, pattern.items, scope)
    : compileEntries(compiler, pattern.entries, scope)
}

function compileItems(compiler: Compiler, items: readonly Pattern[], scope: Scope): Bound {
  let at = scope
  const steps = items.map((item) => {
    const bound = compilePattern(compiler, item, at)
    at = bound.scope
    return bound.destructure
  })
  const destructure: Destructure = (value, env, next) => {
    if (value !== null && !isArray(value)) throw noArray(value)
    const take = (index: number, inner: Env): boolean => {
      const step = steps[index]
      if (step === undefined) return next(inner)
      return step(value?.[index] ?? null, inner, (deeper) => take(index + 1, deeper))
    }
    return take(0, env)
  }
  return { scope: at, destructure }
}

type Entries = Extract<Pattern, { readonly kind: "object" }>["entries"]

function compileEntries(compiler: Compiler, entries: Entries, scope: Scope): Bound {
  let at = scope
  const steps = entries.map(({ key, variable, pattern }) => {
    const keys = compiler.compile(key, at)
    if (variable !== undefined) at = withEntry(at, "variable", variable)
    const bound = pattern && compilePattern(compiler, pattern, at)
    if (bound !== undefined) at = bound.scope
    const step: Destructure = (value, env, next) =>
      each(keys, env, value, (name) => {
        if (typeof name !== "string") {
          throw new JqError(() => `expected a string for object key but got: ${typePreview(name)}`)
        }
        const item = indexValue(value, name)
        const inner = variable === undefined ? env : bindValue(env, item)
        return bound === undefined ? next(inner) : bound.destructure(item, inner, next)
      })
    return step
  })
  const destructure: Destructure = (value, env, next) => {
    if (value !== null && !isObject(value)) throw noObject(value)
    const take = (index: number, inner: Env): boolean => {
      const step = steps[index]
      if (step === undefined) return next(inner)
      return step(value, inner, (deeper) => take(index + 1, deeper))
    }
    return take(0, env)
  }
  return { scope: at, destructure }
}

/** `source as patterns | body`. */
export function compileBind(compiler: Compiler, node: Bind, scope: Scope): Filter {
  const source = compiler.compile(node.source, scope)
  const isPlain = node.patterns.length === 1 && node.patterns[0]?.kind === "variable"
  const bound = compilePatterns(compiler, node.patterns, scope)
  const body = compiler.compile(node.body, bound.scope)
  if (isPlain) return bindPlain(source, body)
  return many((env, input, path, emit) =>
    each(source, env, input, (value) =>
      settle(
        guarded(node.patterns.length > 1, emit, (inner) =>
          bound.destructure(value, env, (deeper) => settle(body.run(deeper, input, path, inner))),
        ),
      ),
    ),
  )
}

/** Errors of what outputs are used for lead to no other pattern. */
function guarded(isAlternative: boolean, emit: Emit, body: (emit: Emit) => boolean): Flow {
  if (!isAlternative) return body(emit)
  let beyond: unknown
  let isBeyond = false
  try {
    return body((value, path) => {
      try {
        return emit(value, path)
      } catch (thrown) {
        beyond = thrown
        isBeyond = true
        throw new Beyond()
      }
    })
  } catch (thrown) {
    throw isBeyond ? beyond : thrown
  }
}

/** Carries an error of a consumer past the alternatives of a pattern. */
class Beyond {}

function bindPlain(source: Filter, body: Filter): Filter {
  const run: Filter["run"] = (env, input, path, emit) => {
    if (source.outputs === "many") {
      return each(source, env, input, (value) =>
        settle(body.run(bindValue(env, value), input, path, emit)),
      )
    }
    const value = source.compute(env, input)
    return value === none || body.run(bindValue(env, value), input, path, emit)
  }
  const outputs = outputsOf([source, body])
  if (outputs === "many") return many(run)
  return selector(
    outputs,
    (env, input) => {
      const value = source.compute(env, input)
      return value === none ? none : body.compute(bindValue(env, value), input)
    },
    run,
  )
}

/** `reduce` and `foreach`: a state that every output of the source updates; the last output of the update counts. */
export function compileFold(compiler: Compiler, node: Fold, scope: Scope): Filter {
  const { machine } = compiler
  const source = compiler.compile(node.source, scope)
  const start = compiler.compile(node.start, scope)
  const bound = compilePatterns(compiler, node.patterns, scope)
  const update = compiler.compile(node.update, bound.scope)
  const fold = (env: Env, input: JqValue, path: Path | undefined, visit: Visit): JqValue => {
    let state: JqValue = null
    each(start, env, input, (first) => {
      state = first
      return each(source, env, input, (value) =>
        bound.destructure(value, env, (inner) => {
          spend(machine, 1)
          return settle(
            update.run(inner, state, path, (next, place) => {
              state = next
              return visit(inner, next, place)
            }),
          )
        }),
      )
    })
    return state
  }
  if (node.kind === "reduce") {
    return selector(
      "one",
      (env, input) => fold(env, input, undefined, keep),
      (env, input, path, emit) => emit(fold(env, input, path, keep), path),
    )
  }
  const extract = node.extract && compiler.compile(node.extract, bound.scope)
  return many((env, input, path, emit) => {
    let isWanted = true
    fold(env, input, path, (inner, state, place) => {
      isWanted =
        extract === undefined ? emit(state, place) : settle(extract.run(inner, state, place, emit))
      return isWanted
    })
    return isWanted
  })
}

type Visit = (env: Env, state: JqValue, path: Path | undefined) => boolean

function keep(): boolean {
  return true
}

/** `label $name | body`. */
export function compileLabel(compiler: Compiler, node: Label, scope: Scope): Filter {
  const body = compiler.compile(node.body, withEntry(scope, "label", node.name))
  const isOwn = (thrown: unknown, env: Env): boolean =>
    thrown instanceof Break && thrown.target === env
  const run: Filter["run"] = (env, input, path, emit) => {
    const inner = bindValue(env, null)
    try {
      return settle(body.run(inner, input, path, emit))
    } catch (thrown) {
      if (!isOwn(thrown, inner)) throw thrown
      return true
    }
  }
  if (body.outputs === "many") return many(run)
  const compute: Filter["compute"] = (env, input) => {
    const inner = bindValue(env, null)
    try {
      return body.compute(inner, input)
    } catch (thrown) {
      if (!isOwn(thrown, inner)) throw thrown
      return none
    }
  }
  return selector("maybe", compute, run)
}
