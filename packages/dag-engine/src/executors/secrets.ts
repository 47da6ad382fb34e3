import { OperationError } from "@argo-ts/kernel"
import type { SecretKeyRef } from "../api/artifact.js"

/** Reads a key of a Secret; `undefined` where there is none. */
export type ReadSecret = (
  namespace: string,
  name: string,
  key: string,
) => Promise<string | undefined>

/** Reads what a reference names; `undefined` where there is no reference, or it is optional. Rejects with `SecretNotFound`. */
export async function readSecretKey(
  secret: ReadSecret,
  namespace: string,
  ref: SecretKeyRef | undefined,
): Promise<string | undefined> {
  if (ref === undefined) return undefined
  const found = await secret(namespace, ref.name, ref.key)
  if (found !== undefined || ref.optional === true) return found
  throw new OperationError(`the Secret "${ref.name}" with the key "${ref.key}" is not there`, {
    code: "SecretNotFound",
    retryable: false,
  })
}
