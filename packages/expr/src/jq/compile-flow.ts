import type { ChoiceOperator } from "./ast.js"
import { JqError } from "./fault.js"
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
  single,
} from "./filter.js"
import { isTruthy, type JqValue } from "./value.js"

/** `left | right`. */
export function compilePipe(left: Filter, right: Filter): Filter {
  if (left.outputs === "many") {
    return many((env, input, path, emit) =>
      settle(
        left.run(env, input, path, (value, inner) => settle(right.run(env, value, inner, emit))),
      ),
    )
  }
  const run: Filter["run"] = (env, input, path, emit) => {
    if (path === undefined) {
      const value = left.compute(env, input)
      return value === none || right.run(env, value, undefined, emit)
    }
    const found = onlyOutput(left, env, input, path)
    return found === undefined || right.run(env, found.value, found.path, emit)
  }
  const outputs = outputsOf([left, right])
  if (outputs === "many") return many(run)
  return selector(
    outputs,
    (env, input) => {
      const value = left.compute(env, input)
      return value === none ? none : right.compute(env, value)
    },
    run,
  )
}

interface Output {
  readonly value: JqValue
  readonly path: Path | undefined
}

/** The output of a filter of at most one, with its path. What follows can then be called in tail position. */
function onlyOutput(filter: Filter, env: Env, input: JqValue, path: Path): Output | undefined {
  const outputs: Output[] = []
  settle(
    filter.run(env, input, path, (value, inner) => {
      outputs.push({ value, path: inner })
      return true
    }),
  )
  return outputs[0]
}

/** `if condition then … else … end`, once for every output of the condition. */
export function compileIf(condition: Filter, then: Filter, otherwise: Filter): Filter {
  if (condition.outputs === "many") {
    return many((env, input, path, emit) =>
      each(condition, env, input, (value) =>
        settle((isTruthy(value) ? then : otherwise).run(env, input, path, emit)),
      ),
    )
  }
  const run: Filter["run"] = (env, input, path, emit) => {
    const value = condition.compute(env, input)
    return value === none || (isTruthy(value) ? then : otherwise).run(env, input, path, emit)
  }
  const outputs = outputsOf([condition, then, otherwise])
  if (outputs === "many") return many(run)
  return selector(
    outputs,
    (env, input) => {
      const value = condition.compute(env, input)
      return value === none ? none : (isTruthy(value) ? then : otherwise).compute(env, input)
    },
    run,
  )
}

/** `and`, `or`: the right operand counts only where the left one does not decide. */
export function compileLogic(left: Filter, right: Filter, operator: ChoiceOperator): Filter {
  const decisive = operator === "or"
  const outputs = outputsOf([left, right])
  if (outputs === "many") {
    return many((env, input, path, emit) =>
      each(left, env, input, (value) =>
        isTruthy(value) === decisive
          ? emit(decisive, path)
          : each(right, env, input, (other) => emit(isTruthy(other), path)),
      ),
    )
  }
  return single(outputs, (env, input) => {
    const value = left.compute(env, input)
    if (value === none) return none
    if (isTruthy(value) === decisive) return decisive
    const other = right.compute(env, input)
    return other === none ? none : isTruthy(other)
  })
}

/** `left // right`: the left outputs that are neither null nor false, else the right ones. Errors are errors, as in gojq. */
export function compileAlternative(left: Filter, right: Filter): Filter {
  const run: Filter["run"] = (env, input, path, emit): Flow => {
    let isFound = false
    const isWanted = settle(
      left.run(env, input, path, (value, inner) => {
        if (!isTruthy(value)) return true
        isFound = true
        return emit(value, inner)
      }),
    )
    return isFound ? isWanted : right.run(env, input, path, emit)
  }
  if (left.outputs === "many" || right.outputs === "many") return many(run)
  return selector(
    right.outputs,
    (env, input) => {
      const value = left.compute(env, input)
      return value !== none && isTruthy(value) ? value : right.compute(env, input)
    },
    run,
  )
}

/** Runs something whose errors are caught, but not those of what its outputs are used for. */
export function attempt(
  emit: Emit,
  body: (emit: Emit) => boolean,
  handle: (error: JqError) => Flow,
): Flow {
  let isBeyond = false
  try {
    return body((value, path) => {
      isBeyond = true
      const isWanted = emit(value, path)
      isBeyond = false
      return isWanted
    })
  } catch (thrown) {
    if (isBeyond || !(thrown instanceof JqError)) throw thrown
    return handle(thrown)
  }
}

/** `try body catch handler`; without a handler an error is no output. */
export function compileTry(body: Filter, handler: Filter | undefined): Filter {
  const run: Filter["run"] = (env, input, path, emit) =>
    attempt(
      emit,
      (guarded) => settle(body.run(env, input, path, guarded)),
      (error) => handler === undefined || handler.run(env, error.value, path, emit),
    )
  if (body.outputs === "many" || handler?.outputs === "many") return many(run)
  const compute: Filter["compute"] = (env, input) => {
    try {
      return body.compute(env, input)
    } catch (thrown) {
      if (!(thrown instanceof JqError)) throw thrown
      return handler === undefined ? none : handler.compute(env, thrown.value)
    }
  }
  return selector("maybe", compute, run)
}
