import { controllerOf, type Kind, type KubernetesObject, type Stored } from "@argo-ts/kernel"
import type { Controller, ControllerBuilder, Reconcile, WatchSource } from "./controller.js"

const concurrencyDefault = 16

/** What a builder has gathered so far. */
interface Draft {
  readonly name: string
  readonly kind: Kind
  readonly watches: readonly WatchSource[]
  readonly concurrency: number
}

function ownerSource(owner: Kind, dependent: Kind): WatchSource {
  return {
    kind: dependent,
    toKeys(object: Stored<KubernetesObject>) {
      const reference = controllerOf(object)
      if (reference?.kind !== owner.kind || groupOf(reference.apiVersion) !== owner.group) return []
      const { namespace } = object.metadata
      const isNamespaced = owner.scope === "Namespaced" && namespace !== undefined
      return [isNamespaced ? { namespace, name: reference.name } : { name: reference.name }]
    },
  }
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : ""
}

function builderOf<T extends KubernetesObject>(draft: Draft): ControllerBuilder<T> {
  const watching = (source: WatchSource): ControllerBuilder<T> =>
    builderOf({ ...draft, watches: [...draft.watches, source] })
  return {
    owns: (kind) => watching(ownerSource(draft.kind, kind)),
    watches: (kind, toKeys) => watching({ kind, toKeys } as WatchSource),
    concurrency: (limit) => builderOf({ ...draft, concurrency: limit }),
    reconcile: (reconcile: Reconcile): Controller => ({ ...draft, reconcile }),
  }
}

/**
 * Starts the description of a controller for one kind. `name` is also its field manager.
 *
 * @example
 * ```ts
 * const rolloutController = controller("progressive-delivery", rollouts)
 *   .owns(replicaSets)
 *   .watches(services, (service) => rolloutsOf(service))
 *   .reconcile(async (key, { cluster, clock }) => ({ wakeAt: await step(cluster, key, clock.now()) }))
 * ```
 */
export function controller<T extends KubernetesObject>(
  name: string,
  kind: Kind<T>,
): ControllerBuilder<T> {
  return builderOf<T>({ name, kind, watches: [], concurrency: concurrencyDefault })
}
