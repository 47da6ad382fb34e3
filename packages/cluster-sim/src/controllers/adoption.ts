import type { ReconcileContext } from "@argo-ts/k8s"
import {
  controllerOf,
  controllerReference,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"

/** No object can have that name: under it all ownerless objects of a namespace are found. */
const orphansName = "*orphans*"

/** True for the key of the ownerless objects of a namespace. */
export function isOrphansKey({ name }: ObjectKey): boolean {
  return name === orphansName
}

/** The key that an object without a managing owner concerns: whoever selects it may take it. */
export function orphansKeys({ metadata, ...object }: KubernetesObject): readonly ObjectKey[] {
  const isFree = controllerOf({ ...object, metadata }) === undefined
  return isFree ? [{ namespace: metadata.namespace ?? "", name: orphansName }] : []
}

/** An owner that takes ownerless objects which it selects, and lets go of those that it no longer does. */
export interface Adopter<T extends KubernetesObject> {
  readonly owner: Stored<KubernetesObject>
  readonly kind: Kind<T>
  readonly selects: (object: Stored<T>) => boolean
  /** What has ended is neither taken nor let go. */
  readonly hasEnded?: (object: Stored<T>) => boolean
}

function isIdle<T extends KubernetesObject>(object: Stored<T>, { hasEnded }: Adopter<T>): boolean {
  return object.metadata.deletionTimestamp !== undefined || hasEnded?.(object) === true
}

async function take<T extends KubernetesObject>(
  object: Stored<T>,
  { owner, kind }: Adopter<T>,
  { cluster }: ReconcileContext,
): Promise<Stored<T>> {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerReference(owner)]
  return cluster.update(kind, { ...object, metadata: { ...object.metadata, ownerReferences } })
}

async function letGo<T extends KubernetesObject>(
  object: Stored<T>,
  { owner, kind }: Adopter<T>,
  { cluster }: ReconcileContext,
): Promise<void> {
  const references = object.metadata.ownerReferences ?? []
  const ownerReferences = references.filter(({ uid }) => uid !== owner.metadata.uid)
  await cluster.update(kind, { ...object, metadata: { ...object.metadata, ownerReferences } })
}

function orphansFor<T extends KubernetesObject>(
  adopter: Adopter<T>,
  { watched }: ReconcileContext,
): readonly Stored<T>[] {
  const { owner, kind, selects } = adopter
  if (owner.metadata.deletionTimestamp !== undefined) return []
  const { namespace = "" } = owner.metadata
  return watched(kind, { namespace, name: orphansName }).filter(
    (object) => controllerOf(object) === undefined && !isIdle(object, adopter) && selects(object),
  )
}

/** What an owner has once it has let go of what it no longer selects and taken what it does (spec/cluster §8.0). */
export async function claimOwned<T extends KubernetesObject>(
  adopter: Adopter<T>,
  context: ReconcileContext,
): Promise<readonly Stored<T>[]> {
  const kept: Stored<T>[] = []
  for (const object of context.owned(adopter.kind, adopter.owner)) {
    if (isIdle(object, adopter) || adopter.selects(object)) kept.push(object)
    else await letGo(object, adopter, context)
  }
  for (const object of orphansFor(adopter, context)) {
    kept.push(await take(object, adopter, context))
  }
  return kept
}

/** Gives each ownerless object to the first owner that selects it. */
export async function adoptOrphans<T extends KubernetesObject>(
  adopters: readonly Adopter<T>[],
  context: ReconcileContext,
): Promise<void> {
  const taken = new Set<string>()
  for (const adopter of adopters) {
    for (const object of orphansFor(adopter, context)) {
      if (taken.has(object.metadata.uid)) continue
      taken.add(object.metadata.uid)
      await take(object, adopter, context)
    }
  }
}
