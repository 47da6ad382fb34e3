import { formatKey, type KubernetesObject, keyOf, parseKey } from "@argo-ts/kernel"
import { interceptCluster } from "../intercept.js"
import type { OwnedRun, Ownership } from "../ownership/ownership.js"
import type { Cluster } from "../ports.js"
import type { Controller, ReconcileContext, ReconcileResult } from "./controller.js"
import type { Informer } from "./informer.js"
import type { WorkQueue } from "./work-queue.js"

/** The signal of work that nobody can take away. */
export const neverAborted: AbortSignal = new AbortController().signal

/** A cluster whose every request first asks whether the key is still owned. */
function guarded(cluster: Cluster, { check }: OwnedRun): Cluster {
  return interceptCluster(cluster, {
    beforeWatch: check,
    async around(_request, send) {
      check()
      return send()
    },
  })
}

/** Reconciles a key if it is owned here; one that is not is left to its owner. */
export async function reconcileOwned(
  controller: Controller,
  context: ReconcileContext,
  work: { readonly key: string; readonly ownership: Ownership | undefined },
): Promise<ReconcileResult | undefined> {
  const { key, ownership } = work
  if (ownership === undefined) return controller.reconcile(parseKey(key), context)
  return ownership.run(key, (run) => {
    const cluster = guarded(context.cluster, run)
    return controller.reconcile(parseKey(key), { ...context, cluster, signal: run.signal })
  })
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
