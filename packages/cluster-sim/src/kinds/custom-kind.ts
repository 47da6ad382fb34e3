import type { UntypedObject } from "@argo-ts/kernel"
import type { FieldError } from "../api/errors.js"
import type { StoredObject } from "../store/stored-object.js"

/** What a CustomResourceDefinition makes of the objects of its kind, in one version. */
export interface CustomKind {
  /** Where `/scale` finds its numbers (`.spec.replicas`); absent where there is no such subresource. */
  readonly scale:
    | {
        readonly specReplicasPath: string
        readonly statusReplicasPath: string
        readonly labelSelectorPath: string
      }
    | undefined
  /** What users of this version are told; absent where it is not deprecated. */
  readonly warning: string | undefined
  /** Fields that selectors may name: `spec.color`. */
  readonly selectableFields: readonly string[]
  /** The object without unknown fields and with its defaults, and the paths that were dropped. */
  admit(object: UntypedObject): {
    readonly object: UntypedObject
    readonly unknown: readonly string[]
  }
  errors(object: UntypedObject, before: StoredObject | undefined): FieldError[]
  /** Fields of an applied configuration that the schema does not declare. */
  undeclared(config: UntypedObject): readonly string[]
}
