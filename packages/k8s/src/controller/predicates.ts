import { equalJson, type JsonValue, type KubernetesObject } from "@argo-ts/kernel"

/** Whether a change is worth a reconcile. Absent `before`: the object came; absent `after`: it went. */
export type ChangePredicate<T extends KubernetesObject = KubernetesObject> = (
  after: T | undefined,
  before: T | undefined,
) => boolean

function whenChanged(read: (object: KubernetesObject) => JsonValue | undefined): ChangePredicate {
  return (after, before) =>
    after === undefined ||
    before === undefined ||
    !equalJson(read(after) ?? null, read(before) ?? null)
}

/**
 * The desired state changed, or the object came or went. Status writes and metadata do not count — nor do they where
 * the kind has no generation: those changes all count.
 */
export const generationChanged: ChangePredicate = (after, before) =>
  after === undefined ||
  before === undefined ||
  after.metadata.generation === undefined ||
  after.metadata.generation !== before.metadata.generation

/** Labels changed, or the object came or went. */
export const labelsChanged: ChangePredicate = whenChanged(({ metadata }) => metadata.labels)

/** Annotations changed, or the object came or went. */
export const annotationsChanged: ChangePredicate = whenChanged(
  ({ metadata }) => metadata.annotations,
)

/** The stored version changed, or the object came or went: everything but a resync. */
export const versionChanged: ChangePredicate = whenChanged(
  ({ metadata }) => metadata.resourceVersion,
)

/** Deletion has begun, or the object went. */
export const deletionBegan: ChangePredicate = (after, before) =>
  after === undefined ||
  (after.metadata.deletionTimestamp !== undefined &&
    before?.metadata.deletionTimestamp === undefined)

/** Any of them holds; false for none. */
export function anyOf<T extends KubernetesObject>(
  ...predicates: readonly ChangePredicate<T>[]
): ChangePredicate<T> {
  return (after, before) => predicates.some((holds) => holds(after, before))
}

/** All of them hold; true for none. */
export function allOf<T extends KubernetesObject>(
  ...predicates: readonly ChangePredicate<T>[]
): ChangePredicate<T> {
  return (after, before) => predicates.every((holds) => holds(after, before))
}
