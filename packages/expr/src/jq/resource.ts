import { failed, ok, type Result } from "@argo-ts/kernel"
import { goJson } from "../go/json.js"
import { type ExprIssue, issueOfThrown } from "../issue.js"
import type { JqValue } from "./value.js"

/**
 * The text that Workflows makes of a `jqFilter`'s outputs: texts as they are, everything else as compact JSON in Go's
 * form, joined by line ends, without blanks around. Fails for an infinity or NaN, which JSON cannot write.
 */
export function jqResourceOutput(outputs: readonly JqValue[]): Result<string, ExprIssue> {
  try {
    const lines = outputs.map((output) => (typeof output === "string" ? output : goJson(output)))
    return ok(trimBlanks(lines.join("\n")))
  } catch (thrown) {
    return failed([issueOfThrown(thrown, "")])
  }
}

const blank = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && blank.test(text[start] ?? "")) start++
  while (end > start && blank.test(text[end - 1] ?? "")) end--
  return text.slice(start, end)
}
