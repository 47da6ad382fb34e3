import { isOperationError } from "@argo-ts/kernel"
import { isClusterError } from "../cluster-error.js"

/**
 * Refusals of one request that other objects or other people may lift: what is missing comes, what is in the way goes,
 * rights and quotas grow, tokens are renewed, a cache catches up.
 */
const liftable: ReadonlySet<string> = new Set([
  "NotFound",
  "AlreadyExists",
  "Forbidden",
  "Unauthorized",
])

/** True where a reconcile that failed so is not tried again before something changes. */
export function isTerminal(error: unknown): boolean {
  if (!isOperationError(error) || error.retryable) return false
  return !isClusterError(error) || !liftable.has(error.code)
}
