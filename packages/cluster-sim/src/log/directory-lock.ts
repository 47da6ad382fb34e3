import { OperationError } from "@argo-ts/kernel"
import { lockFile } from "@argo-ts/kernel/process"

/**
 * Keeps a directory to one cluster at a time; answers what lets it go. A lock whose process is gone is taken over. Throws
 * `DataInUse` where a living process holds it, this one included.
 */
export function lockDirectory(directory: string, file: string): () => void {
  const lock = lockFile(file)
  if (lock.isTaken) return () => lock.release()
  const { holder } = lock
  const by =
    holder === undefined ? "being opened by another process" : `in use by process ${holder.pid}`
  throw new OperationError(`${directory} is ${by}`, {
    code: "DataInUse",
    retryable: holder === undefined,
  })
}
