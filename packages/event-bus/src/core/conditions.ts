import { compileConditions as compileText } from "@argo-ts/expr/conditions"
import { failed, type IssuePath, ok, type Result } from "@argo-ts/kernel"

/** When a trigger fires, as a function of the dependencies that have arrived. */
export interface Conditions {
  /** The dependency names it mentions, each once, in order of appearance. */
  readonly names: readonly string[]
  /** True where one event alone decides: nothing is remembered (spec/events §2.1). */
  readonly isImmediate: boolean
  holds(arrived: { has(name: string): boolean }): boolean
}

function allOf(dependencies: readonly string[]): Conditions {
  return {
    names: dependencies,
    isImmediate: dependencies.length === 1,
    holds: (arrived) => dependencies.every((name) => arrived.has(name)),
  }
}

/** Compiles `conditions`; absent or blank text means all of `dependencies`, whatever their names look like. */
export function compileConditions(
  text: string | undefined,
  dependencies: readonly string[],
  path: IssuePath = [],
): Result<Conditions> {
  if (text === undefined || text.trim() === "") return ok(allOf(dependencies))
  const compiled = compileText(text, { dependencies })
  if (!compiled.ok) {
    return failed(
      compiled.issues.map(({ code, message }) => {
        const sentence = `conditions ${JSON.stringify(text)} cannot be read: ${message}`
        return { code, path, message: sentence }
      }),
    )
  }
  const program = compiled.value
  return ok({
    names: program.dependencies,
    isImmediate: program.isOrOnly,
    holds(arrived) {
      const result = program.evaluate((name) => arrived.has(name))
      return result.ok && result.value
    },
  })
}
