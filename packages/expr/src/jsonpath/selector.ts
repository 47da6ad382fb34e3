import { failed, ok, type Result } from "@argo-ts/kernel"
import { type ExprIssue, Fault, issueOf, issueOfThrown, type Program } from "../issue.js"
import type { Value } from "../values/value.js"
import { applyTokens } from "./selector-apply.js"
import { parseSelector } from "./selector-parse.js"
import type { SelectorToken } from "./selector-token.js"

const sourceMax = 10_000
const stepsDefault = 1_000_000

/**
 * Compiles the path of Workflows' function `jsonpath(text, path)`: `$.items[?(@.n > 5)].name`. Missing keys and indexes
 * are issues; wildcards, slices, unions, filters and `..` give lists and leave out what lacks the rest of the path.
 */
export function compileSelector(source: string): Result<Program<Value, Value>, ExprIssue> {
  if (source.length > sourceMax) {
    const message = `expected a path of at most ${sourceMax} characters, found ${source.length}`
    return failed([issueOf(new Fault(message, -1, "budget"), source)])
  }
  let tokens: readonly SelectorToken[]
  try {
    tokens = parseSelector(source)
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
  return ok({
    source,
    references: [],
    issues: [],
    evaluate: (document, options) => {
      try {
        const run = { root: document, steps: options?.budget?.steps ?? stepsDefault }
        return ok(applyTokens(run, document, tokens, 0))
      } catch (thrown) {
        return failed([issueOfThrown(thrown, source)])
      }
    },
  })
}
