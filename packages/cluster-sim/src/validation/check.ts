import type { UntypedObject } from "@argo-ts/kernel"
import type { FieldError } from "../api/errors.js"
import type { Server } from "../api/server.js"
import type { StoredObject } from "../store/stored-object.js"

/** An object before it is stored: decoded, with all defaults. */
export interface Candidate {
  readonly server: Server
  readonly object: UntypedObject
  /** The stored object that it is to replace. */
  readonly before: StoredObject | undefined
  readonly subresource: string | undefined
}

/** Adds what is wrong with an object of a kind, in the order of its fields. */
export type Check = (candidate: Candidate, errors: FieldError[]) => void
