import type { ReconcileContext } from "@argo-ts/k8s"
import {
  apiVersionOf,
  type Kind,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
  type Stored,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { Application } from "../api/application.js"
import { type ResourceRef, refKey, refOf } from "../core/resource.js"
import type { GitopsSettings } from "../core/settings.js"
import { applicationOf, trackedInstance } from "../core/tracking.js"
import type { KindIndex } from "./kind-index.js"

/** What an application has in the cluster, and which of its kinds have no namespace. */
export interface LiveState {
  readonly live: readonly UntypedObject[]
  readonly clusterScoped: readonly string[]
  /** Kinds among them that the cluster does not serve. */
  readonly unserved: readonly string[]
}

/** The application that a live object concerns, by its tracking mark. */
export function concernedKeys(
  object: Stored<KubernetesObject>,
  settings: GitopsSettings,
): readonly ObjectKey[] {
  const instance = trackedInstance(object as unknown as UntypedObject, settings)
  return instance === undefined ? [] : [applicationOf(instance, settings)]
}

/** The kinds that matter: of what is wanted now and of what was there last time. */
function wantedKinds(
  application: Application,
  objects: readonly UntypedObject[],
): ReadonlyMap<string, Pick<ResourceRef, "group" | "kind">> {
  const known = (application.status?.resources ?? []).map(({ group = "", kind }) => ({
    group,
    kind,
  }))
  const all = [...known, ...objects.map(refOf)]
  return new Map(all.map(({ group, kind }) => [`${group}/${kind}`, { group, kind }]))
}

/**
 * Reads an application's own objects from shared informers, indexed by tracking mark: the cost is that of its own
 * objects, whatever else the cluster holds. Kinds are watched from their first appearance on.
 */
export async function readLiveState(
  application: Application,
  objects: readonly UntypedObject[],
  context: ReconcileContext,
  { kinds, settings }: { readonly kinds: KindIndex; readonly settings: GitopsSettings },
): Promise<LiveState> {
  const self = keyOf(application)
  const live = new Map<string, UntypedObject>()
  const clusterScoped: string[] = []
  const unserved: string[] = []
  const byName = new Map<string, Kind>()
  for (const [id, { group, kind: name }] of wantedKinds(application, objects)) {
    const kind = await kinds.find(group, name)
    if (kind === undefined) {
      unserved.push(id)
      continue
    }
    byName.set(id, kind)
    if (kind.scope === "Cluster") clusterScoped.push(id)
    await context.watch(kind, (object) => concernedKeys(object, settings))
    for (const object of context.watched(kind, self)) add(live, kind, object)
  }
  for (const object of objects) {
    const ref = refOf(object)
    const kind = byName.get(`${ref.group}/${ref.kind}`)
    const destination = application.spec.destination.namespace ?? ""
    const namespace = ref.namespace === "" ? destination : ref.namespace
    if (kind === undefined || ref.name === "") continue
    const isNamespaced = kind.scope === "Namespaced"
    if (isNamespaced && namespace === "") continue
    const key = isNamespaced ? { namespace, name: ref.name } : { name: ref.name }
    const twin = await context.cluster.get(kind, key)
    if (twin !== undefined) add(live, kind, twin)
  }
  return { live: [...live.values()], clusterScoped, unserved }
}

function add(live: Map<string, UntypedObject>, kind: Kind, object: Stored<KubernetesObject>): void {
  const typed = {
    ...object,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
  } as unknown as UntypedObject
  live.set(refKey(refOf(typed)), typed)
}
