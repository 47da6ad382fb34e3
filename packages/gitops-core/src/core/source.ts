import type { UntypedObject } from "@argo-ts/kernel"

/** What Git says: the objects at a revision, or why there are none. */
export type ObservedSource =
  | { readonly revision: string; readonly objects: readonly UntypedObject[] }
  | { readonly revision?: string; readonly error: string }
