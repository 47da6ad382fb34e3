import { formatKey, type KubernetesObject, keyOf, OperationError, parseKey } from "@argo-ts/kernel"
import { interceptCluster } from "../intercept.js"
import type { Ownership } from "../ownership/ownership.js"
import type { Cluster } from "../ports.js"
import type { Controller, ReconcileContext, ReconcileResult } from "./controller.js"
import type { Informer } from "./informer.js"
import type { WorkQueue } from "./work-queue.js"

/** What a running manager ends its work with. */
export interface Stopping {
  /** Aborts when the grace period is over. */
  readonly signal: AbortSignal
  /** Throws an `OperationError` with code `ManagerStopped` once it is. */
  check(): void
  abort(): void
}

/** A manager that runs. */
export function createStopping(): Stopping {
  const controller = new AbortController()
  const error = new OperationError("the manager has stopped and its grace period is over", {
    code: "ManagerStopped",
    retryable: true,
  })
  return {
    signal: controller.signal,
    check() {
      if (controller.signal.aborted) throw error
    },
    abort: () => controller.abort(error),
  }
}

/** A cluster whose every request first asks whether the work may go on. */
export function guarded(cluster: Cluster, check: () => void): Cluster {
  return interceptCluster(cluster, {
    beforeWatch: check,
    async around(_request, send) {
      check()
      return send()
    },
  })
}

/** Runs work with a signal that aborts with either of two; neither keeps it afterwards. */
async function withEither<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController()
  const listeners = signals.map((signal) => {
    const abort = (): void => either.abort(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener("abort", abort)
    return () => signal.removeEventListener("abort", abort)
  })
  try {
    return await work(either.signal)
  } finally {
    for (const remove of listeners) remove()
  }
}

/** Reconciles a key if it is owned here; one that is not is left to its owner. */
export async function reconcileOwned(
  controller: Controller,
  context: ReconcileContext,
  work: { readonly key: string; readonly ownership: Ownership | undefined },
): Promise<ReconcileResult | undefined> {
  const { key, ownership } = work
  if (ownership === undefined) return controller.reconcile(parseKey(key), context)
  return ownership.run(key, (run) =>
    withEither([run.signal, context.signal], (signal) => {
      const cluster = guarded(context.cluster, run.check)
      return controller.reconcile(parseKey(key), { ...context, cluster, signal })
    }),
  )
}

/** Adds the keys that come to be owned here to the queue. Returns what ends it. */
export function followGains(
  ownership: Ownership,
  informer: Informer<KubernetesObject>,
  queue: WorkQueue,
): () => void {
  let owned = new Set<string>()
  return ownership.on("change", () => {
    const keys = informer.store.list({}).map((object) => formatKey(keyOf(object)))
    const now = new Set(keys.filter(ownership.owns))
    for (const key of now) if (!owned.has(key)) queue.add(key)
    owned = now
  })
}
