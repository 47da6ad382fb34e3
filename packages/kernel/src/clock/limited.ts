import { OperationError } from "../operation-error.js"

/**
 * Starts real work with a real limit. When the limit passes, the signal aborts and the promise rejects at once,
 * whether or not the work listens: a child that ignores its signal cannot hang a run.
 */
export function startLimited<T>(
  key: string,
  start: (signal: AbortSignal) => Promise<T>,
  realLimitMs: number,
): Promise<T> {
  const controller = new AbortController()
  return new Promise<T>((resolve, reject) => {
    const expire = (): void => {
      const message = `"${key}" did not end within its real limit of ${realLimitMs} ms`
      const error = new OperationError(message, { code: "TrackedTimeout", retryable: true })
      controller.abort(error)
      reject(error)
    }
    const timer = Number.isFinite(realLimitMs) ? setTimeout(expire, realLimitMs) : undefined
    const settle = (): void => clearTimeout(timer)
    // `start` may throw before it returns a promise; that is a rejection like any other.
    Promise.resolve()
      .then(() => start(controller.signal))
      .then(resolve, reject)
      .finally(settle)
  })
}
