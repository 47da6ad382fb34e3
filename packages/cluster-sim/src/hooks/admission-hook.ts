import { ClusterError } from "@argo-ts/k8s"
import { apiVersionOf, type Kind, type UntypedObject } from "@argo-ts/kernel"
import type { UserInfo } from "../http/auth/user.js"
import { shown } from "../store/stored-object.js"

/** What is being done to an object. */
export type AdmissionOperation = "CREATE" | "UPDATE" | "DELETE"

/** A write that has been allowed and is not done yet. */
export interface AdmissionReview {
  readonly operation: AdmissionOperation
  readonly kind: Kind
  readonly namespace?: string
  readonly name: string
  /** Absent for the object itself. */
  readonly subresource?: string
  /** As it would be stored; of a deletion, absent. */
  readonly object?: UntypedObject
  /** As it is stored; of a creation, absent. */
  readonly oldObject?: UntypedObject
  /** Who writes; of the cluster's own controllers, the administrator. */
  readonly user: UserInfo
  readonly isDryRun: boolean
}

/** A function in the place of an admission webhook. It must not depend on anything but its review. */
export interface AdmissionHook {
  /** How refusals name it. Default its number: `hook-0`. */
  readonly name?: string
  /** Default all. */
  readonly kinds?: readonly Kind[]
  /** Default `CREATE` and `UPDATE`. */
  readonly operations?: readonly AdmissionOperation[]
  /** Which subresources; `*` for all. Default none: writes of the objects themselves only. */
  readonly subresources?: readonly string[]
  /** Answers the object in a changed form, or nothing; defaults are put in again. Not asked about deletions. */
  readonly mutate?: (review: AdmissionReview) => UntypedObject | undefined
  /** Answers why the write is refused, or nothing. Asked after all `mutate`, about what would be stored. */
  readonly validate?: (review: AdmissionReview) => string | undefined
}

/** What happens to a write between its defaults and its storage. */
export interface AdmissionChain {
  /** True where no hook could change anything. */
  readonly isPlain: boolean
  /** The object as hooks leave it; `fill` puts defaults into what one has changed. */
  mutate(review: AdmissionReview, fill: (object: UntypedObject) => UntypedObject): UntypedObject
  /** Throws a refusal. */
  validate(review: AdmissionReview): void
}

interface NamedHook extends AdmissionHook {
  readonly name: string
}

function isConcerned(hook: NamedHook, { operation, kind, subresource }: AdmissionReview): boolean {
  const { kinds, operations = ["CREATE", "UPDATE"], subresources = [] } = hook
  if (!operations.includes(operation)) return false
  if (
    subresource !== undefined &&
    !subresources.includes("*") &&
    !subresources.includes(subresource)
  ) {
    return false
  }
  const isSame = (other: Kind): boolean =>
    other.kind === kind.kind && apiVersionOf(other) === apiVersionOf(kind)
  return kinds === undefined || kinds.some(isSame)
}

/** A hook that breaks fails the write, as a webhook whose failure policy is Fail. */
function ask<T>({ name }: NamedHook, question: () => T): T {
  try {
    return question()
  } catch (error) {
    if (error instanceof Error && error.name === "ClusterError") throw error
    const why = error instanceof Error ? error.message : String(error)
    const message = `Internal error occurred: failed calling webhook ${JSON.stringify(name)}: ${why}`
    throw new ClusterError("InternalError", message, { causes: [{ message }] })
  }
}

/** What a hook may not change: which object it is. */
function withIdentity(object: UntypedObject, before: UntypedObject): UntypedObject {
  const { name, namespace, uid, creationTimestamp, resourceVersion } = before.metadata
  const identity = Object.fromEntries(
    Object.entries({ name, namespace, uid, creationTimestamp, resourceVersion }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  const { apiVersion, kind } = before
  return {
    ...object,
    apiVersion,
    kind,
    metadata: { ...object.metadata, ...identity },
  } as UntypedObject
}

/** The hooks of a cluster in their order, and what the server itself checks in the same place. */
export function createAdmissionChain(
  hooks: readonly AdmissionHook[],
  check: (review: AdmissionReview) => void,
): AdmissionChain {
  const named = hooks.map(
    (hook, index): NamedHook => ({ ...hook, name: hook.name ?? `hook-${index}` }),
  )
  return {
    isPlain: named.length === 0,
    mutate(review, fill) {
      let object = review.object as UntypedObject
      for (const hook of named) {
        const { mutate } = hook
        if (mutate === undefined || !isConcerned(hook, review)) continue
        // What is created is still the hook's to change; what replaces something is compared with it.
        if (review.operation === "UPDATE") object = shown(object)
        const changed = ask(hook, () => mutate({ ...review, object }))
        if (changed !== undefined && changed !== object)
          object = fill(withIdentity(changed, object))
      }
      return object
    },
    validate(review) {
      check(review)
      if (named.length === 0) return
      const asked = { ...review, ...(review.object && { object: shown(review.object) }) }
      for (const hook of named) {
        const { validate } = hook
        if (validate === undefined || !isConcerned(hook, review)) continue
        const why = ask(hook, () => validate(asked))
        if (why === undefined) continue
        const message = `admission webhook ${JSON.stringify(hook.name)} denied the request: ${why}`
        throw new ClusterError("Forbidden", message)
      }
    },
  }
}
