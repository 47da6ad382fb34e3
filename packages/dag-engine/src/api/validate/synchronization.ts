import type { IssuePath } from "@argo-ts/kernel"
import type { Synchronization } from "../synchronization.js"
import { type Context, report } from "./context.js"

/** Checks the locks of a workflow or template. */
export function checkSynchronization(
  context: Context,
  path: IssuePath,
  source: Synchronization,
): void {
  for (const [index, { configMapKeyRef, database }] of (source.semaphores ?? []).entries()) {
    const count = [configMapKeyRef, database].filter((each) => each !== undefined).length
    if (count === 1) continue
    const message = `a semaphore has one of configMapKeyRef and database, found ${count}`
    report(context, [...path, "semaphores", index], message)
  }
  for (const [index, { name }] of (source.mutexes ?? []).entries()) {
    if (name === "")
      report(context, [...path, "mutexes", index, "name"], "names the mutex, and is empty")
  }
}
