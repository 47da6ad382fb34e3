import { failed, ok, type Result } from "@argo-ts/kernel"
import type { ExprIssue, Reference } from "../issue.js"
import { eachPath } from "./compile-assign.js"
import { rootEnv } from "./filter.js"
import { grow } from "./machine.js"
import { compileSource, issueOfRun, type JqEvaluateOptions, provision } from "./program.js"
import { deletePaths } from "./remove.js"
import type { JqValue } from "./value.js"

/** A path: field names, indexes, and slices as `{"start": …, "end": …}`. */
export type JqPath = readonly JqValue[]

/** A compiled jq path expression. */
export interface JqPaths {
  readonly source: string
  readonly references: readonly Reference[]
  /** The paths that the expression selects in a value, as `path(EXPRESSION)` outputs them. */
  readonly select: (
    input: JqValue,
    options?: JqEvaluateOptions,
  ) => Result<readonly JqPath[], ExprIssue>
  /**
   * The value without what the expression selects, as `del(EXPRESSION)` outputs it. The value given is not changed; what is
   * left is shared with it.
   */
  readonly remove: (input: JqValue, options?: JqEvaluateOptions) => Result<JqValue, ExprIssue>
}

/** Compiles a path expression such as those of `ignoreDifferences[].jqPathExpressions`. */
export function compileJqPaths(source: string): Result<JqPaths, ExprIssue> {
  const compiled = compileSource(source)
  if (!compiled.ok) return compiled
  const { filter, machine, references } = compiled.value
  const within = <Value>(
    options: JqEvaluateOptions | undefined,
    run: () => Value,
  ): Result<Value, ExprIssue> => {
    try {
      provision(machine, options ?? {})
      return ok(run())
    } catch (thrown) {
      return failed([issueOfRun(thrown, source)])
    }
  }
  const pathsIn = (input: JqValue): JqPath[] => {
    const found: JqPath[] = []
    eachPath(filter, rootEnv, input, (keys) => {
      grow(machine, 1 + keys.length)
      found.push(keys)
      return true
    })
    return found
  }
  return ok({
    source,
    references,
    select: (input, options) => within(options, () => pathsIn(input)),
    remove: (input, options) => within(options, () => deletePaths(machine, input, pathsIn(input))),
  })
}
