import type { ListOptions, WatchOptions } from "@argo-ts/k8s"
import { type FieldError, forbiddenField, invalidOptions, unsupported } from "../api/errors.js"

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidOptions("ListOptions", errors)
}

const field = "resourceVersionMatch"

/** Refuses combinations of a list's options that mean nothing. */
export function checkListOptions(options: ListOptions): void {
  const { resourceVersionMatch: match, resourceVersion = "", continue: next = "" } = options
  if (match === undefined) return
  const errors: FieldError[] = []
  if (resourceVersion === "") {
    const why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
    errors.push(forbiddenField(field, why))
  }
  if (next !== "") {
    errors.push(
      forbiddenField(field, "resourceVersionMatch is forbidden when continue is provided"),
    )
  }
  if (match !== "Exact" && match !== "NotOlderThan") {
    errors.push(unsupported(field, match, ["Exact", "NotOlderThan", ""]))
  }
  if (match === "Exact" && resourceVersion === "0") {
    const why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
    errors.push(forbiddenField(field, why))
  }
  refuse(errors)
}

/** Refuses combinations of a watch's options that mean nothing. */
export function checkWatchOptions(options: WatchOptions): void {
  const { sendInitialEvents } = options
  const match: string | undefined = options.resourceVersionMatch
  const errors: FieldError[] = []
  if (sendInitialEvents !== undefined && match !== "NotOlderThan") {
    const why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
    errors.push(forbiddenField(field, why))
  }
  if (match !== undefined && sendInitialEvents === undefined) {
    const why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
    errors.push(forbiddenField(field, why))
  }
  if (match !== undefined && match !== "NotOlderThan") {
    errors.push(unsupported(field, match, ["NotOlderThan"]))
  }
  refuse(errors)
}
