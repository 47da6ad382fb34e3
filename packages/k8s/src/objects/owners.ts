import {
  controllerOf,
  controllerReference,
  invariant,
  type KubernetesObject,
  OperationError,
  type OwnerReference,
  parseApiVersion,
} from "@argo-ts/kernel"

type Named = Pick<OwnerReference, "apiVersion" | "kind" | "name">

/** Versions of one kind name the same object; its `uid` may not be known yet. */
function isSame(left: Named, right: Named): boolean {
  const groups = [left, right].map(({ apiVersion }) => parseApiVersion(apiVersion).group)
  return groups[0] === groups[1] && left.kind === right.kind && left.name === right.name
}

function checkScopes(owner: KubernetesObject, object: KubernetesObject): void {
  const { namespace } = owner.metadata
  if (namespace === undefined) return
  const found = object.metadata.namespace ?? "none"
  invariant(
    found === namespace,
    `an owner lives in the namespace of what it owns or in none: ${owner.kind} "${owner.metadata.name}" is in ${namespace}, ${object.kind} "${object.metadata.name}" in ${found}`,
  )
}

function withReference<T extends KubernetesObject>(object: T, reference: OwnerReference): T {
  const references = object.metadata.ownerReferences ?? []
  const index = references.findIndex((each) => isSame(each, reference))
  const ownerReferences = index < 0 ? [...references, reference] : references.with(index, reference)
  return { ...object, metadata: { ...object.metadata, ownerReferences } }
}

/**
 * The object with `owner` as the controller that manages it. Throws an `OperationError` with code `AlreadyOwned`,
 * not retryable, where another one does; an owner in another namespace is our own mistake.
 */
export function setController<T extends KubernetesObject>(object: T, owner: KubernetesObject): T {
  checkScopes(owner, object)
  const reference = controllerReference(owner)
  const known = controllerOf(object)
  if (known !== undefined && !isSame(known, reference)) {
    const message = `${object.kind} "${object.metadata.name}" is managed by ${known.kind} "${known.name}" and cannot be by ${owner.kind} "${owner.metadata.name}"`
    throw new OperationError(message, { code: "AlreadyOwned", retryable: false })
  }
  return withReference(object, reference)
}

/** The object with `owner` among its owners, not as its controller: it goes when all of its owners are gone. */
export function addOwner<T extends KubernetesObject>(object: T, owner: KubernetesObject): T {
  checkScopes(owner, object)
  const { apiVersion, kind, name, uid } = controllerReference(owner)
  return withReference(object, { apiVersion, kind, name, uid })
}

/** The object without `owner` among its owners, as controller or otherwise. */
export function removeOwner<T extends KubernetesObject>(object: T, owner: KubernetesObject): T {
  if (!isOwnedBy(object, owner)) return object
  const own = controllerReference(owner)
  const references = object.metadata.ownerReferences ?? []
  const ownerReferences = references.filter((each) => !isSame(each, own))
  return { ...object, metadata: { ...object.metadata, ownerReferences } }
}

/** True where `owner` is among the object's owners, as controller or otherwise. */
export function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  const own = controllerReference(owner)
  return object.metadata.ownerReferences?.some((each) => isSame(each, own)) === true
}
