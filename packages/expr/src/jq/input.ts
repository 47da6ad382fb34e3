import { failed, ok, type Result } from "@argo-ts/kernel"
import { type ExprIssue, Fault, issueOf, issueOfThrown } from "../issue.js"
import { decodeJson, JsonFault } from "./decode.js"
import type { JqValue } from "./value.js"

/** Reads a JSON text as jq does: an integer beyond ±(2^53 − 1) is an exact bigint. */
export function parseJqJson(text: string): Result<JqValue, ExprIssue> {
  try {
    return ok(decodeJson(text))
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) return failed([issueOfThrown(thrown, text)])
    return failed([issueOf(new Fault(`invalid JSON: ${thrown.reason}`, -1, "parse"), text)])
  }
}
