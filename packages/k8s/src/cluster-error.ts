import { OperationError } from "@argo-ts/kernel"

/** Kubernetes' machine-readable reasons that callers branch on, and the HTTP code each comes with. */
export const reasonCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const

/** Why a cluster refused. */
export type ClusterErrorReason = keyof typeof reasonCodes

/** One cause of an `Invalid` or `Conflict` answer. */
export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

/** `Status.details`. */
export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
  /**
   * Of an `Expired` page: where a list goes on, with what is there now. A `Status` carries it in its `metadata`.
   */
  readonly continue?: string
}

const retryableReasons: ReadonlySet<ClusterErrorReason> = new Set([
  "Conflict",
  "Expired",
  "TooManyRequests",
  "InternalError",
  "ServiceUnavailable",
  "Timeout",
])

/** A cluster refused a request; `code` is the reason, `details` what the server added. */
export class ClusterError extends OperationError {
  override readonly name: string = "ClusterError"
  readonly status: number
  readonly details: StatusDetails

  constructor(reason: ClusterErrorReason, message: string, details: StatusDetails = {}) {
    super(message, { code: reason, retryable: retryableReasons.has(reason) })
    this.status = reasonCodes[reason]
    this.details = details
  }
}

/** True for a cluster's refusal with that reason; by shape, so that two installed copies agree. */
export function isClusterError(error: unknown, reason?: ClusterErrorReason): boolean {
  return (
    error instanceof Error &&
    error.name === "ClusterError" &&
    (reason === undefined || (error as { code?: unknown }).code === reason)
  )
}

/** How long a cluster asks to wait before the request is sent again, in milliseconds; 0 where it does not say. */
export function retryAfterMs(error: unknown): number {
  if (!isClusterError(error)) return 0
  const { retryAfterSeconds = 0 } = (error as ClusterError).details ?? {}
  return retryAfterSeconds * 1000
}
