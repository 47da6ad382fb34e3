import { ok, type Result } from "@argo-ts/kernel"
import type { ContextFilter } from "../api/filters.js"
import { type Judge, passed, refused } from "./verdict.js"

const compared = ["type", "subject", "source", "datacontenttype"] as const

/** Equality of the context where the filter names a text; empty ones do not count. */
export function compileContextFilter(filter: ContextFilter): Result<Judge> {
  const wanted = compared.flatMap((field) => {
    const value = filter[field]
    return value === undefined || value === "" ? [] : [{ field, value }]
  })
  return ok((event) => {
    for (const { field, value } of wanted) {
      if (event[field] !== value) {
        const found = event[field]
        return refused(() => `${field} of the event's context is "${found}", not "${value}"`)
      }
    }
    return passed
  })
}
