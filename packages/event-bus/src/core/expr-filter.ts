import { failed, formatIssue, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import type { ExprFilter } from "../api/filters.js"
import { compileExpression, compilePath } from "./languages.js"
import type { PathReader } from "./paths.js"
import { type Judge, passed, refused, unasked } from "./verdict.js"

/** A govaluate expression over fields of the data. Without data it passes; a missing field rejects. */
export function compileExprFilter(filter: ExprFilter): Result<Judge> {
  const { expr, fields } = filter
  const expression = compileExpression(expr)
  if (!expression.ok) {
    return failed(expression.issues.map((issue) => ({ ...issue, path: ["expr"] })))
  }
  const readers: { readonly name: string; readonly path: string; readonly read: PathReader }[] = []
  for (const [index, { name, path }] of fields.entries()) {
    const read = compilePath(path)
    if (!read.ok) return failed(read.issues.map((i) => ({ ...i, path: ["fields", index, "path"] })))
    readers.push({ name, path, read: read.value })
  }
  return ok((event) => {
    if (event.data === null) return passed
    const variables = new Map<string, JsonValue>()
    for (const { name, path, read } of readers) {
      const value = read(event.data)
      if (value === undefined) return unasked(() => `the event's data has no "${path}"`)
      variables.set(name, value)
    }
    if (variables.size === 0) return passed
    const result = expression.value(variables)
    if (!result.ok) {
      return unasked(() => `${expr}: ${result.issues.map(formatIssue).join("; ")}`)
    }
    return result.value === true ? passed : refused(() => `${expr} does not hold`)
  })
}
