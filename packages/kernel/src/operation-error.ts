/** What an {@link OperationError} is made of besides its message. */
export interface OperationErrorOptions {
  /** Stable, PascalCase; each package lists its own in its README. */
  readonly code: string
  /** True where the same operation may succeed later without anybody changing anything. */
  readonly retryable: boolean
  readonly cause?: unknown
}

/** The outside failed: a server, a process, a disk. Adapters throw it, drivers retry it or give up. */
export class OperationError extends Error {
  override readonly name: string = "OperationError"
  readonly code: string
  readonly retryable: boolean

  constructor(message: string, options: OperationErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.retryable = options.retryable
  }
}

/** Recognises an operation error by shape, so that two installed copies of this package agree. */
export function isOperationError(error: unknown): error is OperationError {
  return (
    error instanceof Error &&
    typeof (error as { code?: unknown }).code === "string" &&
    typeof (error as { retryable?: unknown }).retryable === "boolean"
  )
}
