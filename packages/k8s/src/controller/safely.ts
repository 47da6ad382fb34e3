import type { Logger } from "@argo-ts/kernel"

/** Logs what a function of a controller threw. */
export function reportMistake(logger: Logger, what: string): (error: unknown) => void {
  return (error) => logger.error(`${what} threw`, { error })
}

/**
 * A function that a controller brings and a shared informer calls: where it throws, that is reported and `instead` is the
 * answer, and neither the informer nor the other controllers come to harm.
 */
export function safely<A extends readonly unknown[], R>(
  call: (...given: A) => R,
  instead: R,
  report: (error: unknown) => void,
): (...given: A) => R {
  return (...given) => {
    try {
      return call(...given)
    } catch (error) {
      report(error)
      return instead
    }
  }
}
