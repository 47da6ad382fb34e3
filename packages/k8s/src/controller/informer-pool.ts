import { apiVersionOf, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import type { InformerLookup } from "./cached-cluster.js"
import { createInformer, type Informer, type InformerOptions } from "./informer.js"

/** One informer a kind, shared. */
export interface InformerPool {
  open<T extends KubernetesObject>(kind: Kind<T>): Informer<T>
  readonly lookup: InformerLookup
  stop(): void
}

/** Tells kinds apart, versions included. */
export function kindId(kind: Kind): string {
  return `${apiVersionOf(kind)}/${kind.plural}`
}

/** No informers yet: each is opened by the first who asks for its kind. */
export function createInformerPool(options: InformerOptions): InformerPool {
  const informers = new Map<string, { informer: Informer<KubernetesObject>; hasSynced: boolean }>()
  return {
    open<T extends KubernetesObject>(kind: Kind<T>): Informer<T> {
      let entry = informers.get(kindId(kind))
      if (entry === undefined) {
        const opened = {
          informer: createInformer<KubernetesObject>(kind, options),
          hasSynced: false,
        }
        opened.informer.synced.then(
          () => {
            opened.hasSynced = true
          },
          // Whoever waits for `synced` is told; reads of a kind that is not served go to the server and fail there.
          () => {},
        )
        informers.set(kindId(kind), opened)
        entry = opened
      }
      return entry.informer as unknown as Informer<T>
    },
    lookup: <T extends KubernetesObject>(kind: Kind<T>) => {
      const entry = informers.get(kindId(kind))
      return entry?.hasSynced === true ? (entry.informer as unknown as Informer<T>) : undefined
    },
    stop() {
      for (const { informer } of informers.values()) informer.stop()
    },
  }
}
