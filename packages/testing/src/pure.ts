import { equalJson, invariant } from "@argo-ts/kernel"

function deepFreeze(value: unknown, seen: Set<object>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return
  seen.add(value)
  for (const inner of Object.values(value)) deepFreeze(inner, seen)
  Object.freeze(value)
}

function forbidden(name: string): never {
  throw new Error(`a pure function used ${name}`)
}

/** Runs `call` while the clock and randomness of the process throw. */
function withoutAmbience<Result>(call: () => Result): Result {
  const { Date: realDate, Math: realMath } = globalThis
  const random = realMath.random
  const date = new Proxy(realDate, {
    apply: () => forbidden("Date()"),
    construct: () => forbidden("new Date"),
    get: (target, key) =>
      key === "now" ? () => forbidden("Date.now") : (Reflect.get(target, key) as unknown),
  })
  globalThis.Date = date
  realMath.random = () => forbidden("Math.random")
  try {
    return call()
  } finally {
    globalThis.Date = realDate
    realMath.random = random
  }
}

/**
 * The same function, watched: its inputs are frozen, the clock and randomness of the process throw, and it runs
 * twice; a second result that differs throws. For tests of cores.
 *
 * ```ts
 * const decide = pure(decideWorkflow)
 * ```
 */
export function pure<Inputs extends readonly unknown[], Output>(
  watched: (...inputs: Inputs) => Output,
): (...inputs: Inputs) => Output {
  return (...inputs) => {
    for (const input of inputs) deepFreeze(input, new Set())
    return withoutAmbience(() => {
      const first = watched(...inputs)
      const second = watched(...inputs)
      const isSame = equalJson(first, second)
      invariant(isSame, "a pure function answered differently the second time")
      return first
    })
  }
}
