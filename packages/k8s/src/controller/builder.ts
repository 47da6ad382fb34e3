import {
  controllerOf,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import type {
  Controller,
  ControllerBuilder,
  ControllerName,
  IndexSource,
  Reconcile,
  WatchNarrowing,
  WatchSource,
} from "./controller.js"
import type { ChangePredicate } from "./predicates.js"

const concurrencyDefault = 16

/** What a builder has gathered so far. */
type Draft = Omit<Controller, "reconcile">

function ownerSource(
  owner: Kind,
  dependent: Kind,
  narrowing: WatchNarrowing<KubernetesObject> = {},
): WatchSource {
  return {
    ...narrowing,
    kind: dependent,
    toKeys(object: Stored<KubernetesObject>) {
      const reference = controllerOf(object)
      if (reference?.kind !== owner.kind || groupOf(reference.apiVersion) !== owner.group) {
        return nobodys
      }
      const { namespace } = object.metadata
      const isNamespaced = owner.scope === "Namespaced" && namespace !== undefined
      return [isNamespaced ? { namespace, name: reference.name } : { name: reference.name }]
    },
  }
}

const nobodys: readonly ObjectKey[] = []

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : ""
}

function builderOf<T extends KubernetesObject>(draft: Draft): ControllerBuilder<T> {
  const watching = (source: WatchSource): ControllerBuilder<T> =>
    builderOf({ ...draft, watches: [...draft.watches, source] })
  return {
    owns: (kind, narrowing) =>
      watching(ownerSource(draft.kind, kind, narrowing as WatchNarrowing<KubernetesObject>)),
    where: (predicate) => builderOf({ ...draft, where: predicate as ChangePredicate }),
    watches: (kind, toKeys, narrowing = {}) =>
      watching({ kind, toKeys, ...narrowing } as unknown as WatchSource),
    indexes: (kind, name, valuesOf) =>
      builderOf({
        ...draft,
        indexes: [...draft.indexes, { kind, name, valuesOf } as IndexSource],
      }),
    retries: (limits) => builderOf({ ...draft, retryLimits: limits }),
    resyncEvery: (milliseconds) => builderOf({ ...draft, resyncMs: milliseconds }),
    recordsAs: (component) => builderOf({ ...draft, component }),
    writesAs: (fieldManager) => builderOf({ ...draft, fieldManager }),
    concurrency: (limit) => builderOf({ ...draft, concurrency: limit }),
    reconcile: (reconcile: Reconcile): Controller => ({ ...draft, reconcile }),
  }
}

/**
 * Starts the description of a controller. `name` is also its field manager, unless `writesAs` says another.
 *
 * @example
 * ```ts
 * const fleetController = controller("fleets")
 *   .for(fleets, { where: generationChanged })
 *   .owns(replicaSets)
 *   .watches(services, (service) => fleetsOf(service))
 *   .reconcile(async (key, { cluster, clock }) => ({ wakeAt: await step(cluster, key, clock.now()) }))
 * ```
 */
export function controller(name: string): ControllerName
/** The same with its main kind: `controller(name, kind)` is `controller(name).for(kind)`. */
export function controller<T extends KubernetesObject>(
  name: string,
  kind: Kind<T>,
): ControllerBuilder<T>
export function controller<T extends KubernetesObject>(
  name: string,
  kind?: Kind<T>,
): ControllerBuilder<T> | ControllerName {
  const begin = <M extends KubernetesObject>(
    main: Kind<M>,
    { where }: WatchNarrowing<M> = {},
  ): ControllerBuilder<M> =>
    builderOf<M>({
      name,
      kind: main,
      ...(where === undefined ? {} : { where: where as ChangePredicate }),
      watches: [],
      indexes: [],
      retryLimits: {},
      concurrency: concurrencyDefault,
    })
  return kind === undefined ? { for: begin } : begin(kind)
}
