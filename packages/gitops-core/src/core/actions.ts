import type { ObjectKey, UntypedObject } from "@argo-ts/kernel"
import type { Operation } from "../api/operation.js"
import type { ResourceRef } from "./resource.js"

/** What a decision about an application wants done. Performing one twice under its key is harmless. */
export type GitopsAction =
  | {
      /** Create the object or change it to what is wanted, as the field manager `gitops-core`. */
      readonly type: "ApplyObject"
      readonly key: string
      readonly object: UntypedObject
      readonly mode: "client-side" | "server-side" | "replace"
      /** Delete and create where the server refuses the change as invalid. */
      readonly isForced: boolean
      /** Refuse fields that the server does not know. */
      readonly isValidated: boolean
    }
  | {
      readonly type: "DeleteObject"
      readonly key: string
      readonly ref: ResourceRef
      /** The object that is meant: a successor of the same name is left alone. */
      readonly uid: string
      readonly propagationPolicy: "Foreground" | "Background" | "Orphan"
    }
  | {
      /** Take one of our finalizers off an object. */
      readonly type: "ReleaseObject"
      readonly key: string
      readonly ref: ResourceRef
      readonly uid: string
      readonly finalizer: string
    }
  | {
      /** Write `operation` on the application: a sync that the controller asks itself for. */
      readonly type: "StartOperation"
      readonly key: string
      readonly application: ObjectKey
      readonly operation: Operation
    }
  | {
      /** Remove `operation`: its state has been recorded, and it is done. */
      readonly type: "ClearOperation"
      readonly key: string
      readonly application: ObjectKey
    }
  | {
      readonly type: "AddFinalizer" | "RemoveFinalizer"
      readonly key: string
      readonly application: ObjectKey
      readonly finalizer: string
    }

/** What became of an action: `performed` of an observation, by the action's key. */
export interface ActionOutcome {
  readonly ok: boolean
  /** What the server said; deterministic, without paths or addresses of this machine. */
  readonly message: string
}
