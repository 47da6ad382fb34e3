import { isClusterError } from "@argo-ts/k8s"
import { type EpochMs, epochMs, type OperationError } from "@argo-ts/kernel"

const retryMs = 10_000

/** When a pod that was refused is tried again: a quota may have room by then. */
export function retryAt(now: EpochMs): EpochMs {
  return epochMs(now + retryMs)
}

/** Why a pod could not be made, where another try at once would not help either. */
export function lastingRefusal(error: unknown): string | undefined {
  const isLasting = isClusterError(error) && (error as OperationError).retryable === false
  return isLasting ? (error as Error).message : undefined
}

/** The earlier of two instants, as far as they are given. */
export function earliest(
  left: EpochMs | undefined,
  right: EpochMs | undefined,
): EpochMs | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return left < right ? left : right
}
