/**
 * gjson paths (reading) and sjson paths (writing) over JSON.
 *
 * @packageDocumentation
 */
import { failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import { type ExprIssue, issueOfThrown, type Program } from "../issue.js"
import { gjsonGet } from "./get.js"
import type { GjsonResult } from "./result.js"

export { gjsonGet } from "./get.js"
export type { GjsonResult } from "./result.js"
export type { JsonType } from "./scan.js"
export { sjsonDelete, sjsonSet, sjsonSetRaw } from "./set.js"

/** Compiles a gjson path. It is evaluated over a JSON text, or over a JSON value. */
export function compileGjson(
  source: string,
): Result<Program<string | JsonValue, GjsonResult>, ExprIssue> {
  return ok({
    source,
    references: [],
    issues: [],
    evaluate: (document) => {
      try {
        return ok(
          gjsonGet(typeof document === "string" ? document : JSON.stringify(document), source),
        )
      } catch (thrown) {
        return failed([issueOfThrown(thrown, source)])
      }
    },
  })
}
