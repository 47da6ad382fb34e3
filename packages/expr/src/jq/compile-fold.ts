import type { Node } from "./ast.js"
import type { Edit } from "./compile-assign.js"
import { type Bound, compilePatterns, guarded } from "./compile-bind.js"
import { compileUpdate } from "./compile-operator.js"
import type { Compiler, Scope } from "./compiler.js"
import {
  type Compute,
  type Env,
  each,
  type Filter,
  many,
  none,
  type Path,
  selector,
  settle,
} from "./filter.js"
import { type Machine, spend } from "./machine.js"
import { createEditor } from "./update.js"
import type { JqValue } from "./value.js"

type Fold = Extract<Node, { readonly kind: "reduce" | "foreach" }>

/** Takes a new state; false ends the fold. */
type Visit = (env: Env, state: JqValue, path: Path | undefined) => boolean

/** The state of a fold at its end. */
type Run = (env: Env, input: JqValue, path: Path | undefined, visit: Visit) => JqValue

/** `reduce` and `foreach`: a state that every output of the source updates; the last output of the update counts. */
export function compileFold(compiler: Compiler, node: Fold, scope: Scope): Filter {
  const { machine } = compiler
  const source = compiler.compile(node.source, scope)
  const start = compiler.compile(node.start, scope)
  const bound = compilePatterns(compiler, node.patterns, scope)
  const { filter: update, edit } = compileUpdate(compiler, node.update, bound.scope)
  const fold: Run = (env, input, path, visit) => {
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
    // A pattern that fails would leave the state half changed to the next.
    const isEdit = edit !== undefined && node.patterns.length === 1
    return reduceWith(
      fold,
      isEdit ? reduceInPlace({ machine, source, start, bound, edit }) : undefined,
    )
  }
  const extract = node.extract && compiler.compile(node.extract, bound.scope)
  return many((env, input, path, emit) =>
    guarded(node.patterns.length > 1, emit, (take) => {
      let isWanted = true
      fold(env, input, path, (inner, state, place) => {
        isWanted =
          extract === undefined
            ? take(state, place)
            : settle(extract.run(inner, state, place, take))
        return isWanted
      })
      return isWanted
    }),
  )
}

function reduceWith(fold: Run, quick: Compute | undefined): Filter {
  const all = (): boolean => true
  return selector(
    "one",
    quick ?? ((env, input) => fold(env, input, undefined, all)),
    (env, input, path, emit) => emit(fold(env, input, path, all), path),
  )
}

interface Parts {
  readonly machine: Machine
  readonly source: Filter
  readonly start: Filter
  readonly bound: Bound
  readonly edit: Edit
}

/** A `reduce` whose update changes a part of its state: it does so in place, for nobody sees the states between. */
function reduceInPlace({ machine, source, start, bound, edit }: Parts): Compute {
  return (env, input) => {
    let state: JqValue = null
    each(start, env, input, (first) => {
      state = first
      const editor = createEditor(machine)
      return each(source, env, input, (value) =>
        bound.destructure(value, env, (inner) => {
          spend(machine, 1)
          const next = edit(editor, inner, state)
          if (next !== none) state = next
          return true
        }),
      )
    })
    return state
  }
}
