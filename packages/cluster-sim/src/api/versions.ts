import { ClusterError } from "@argo-ts/k8s"
import type { Store } from "../store/store.js"

/** A resource version as its number; 0 where none is named. */
export function parseVersion(text: string | undefined): number {
  if (text === undefined || text === "") return 0
  if (/^\d+$/.test(text)) return Number(text)
  throw new ClusterError("InternalError", `invalid resource version ${JSON.stringify(text)}`)
}

/** Refuses a version that no write has reached yet. */
export function checkNotFuture(store: Store, version: number): void {
  if (version <= store.version()) return
  const message = `Timeout: Too large resource version: ${version}, current: ${store.version()}`
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }]
  throw new ClusterError("Timeout", message, { retryAfterSeconds: 1, causes })
}
