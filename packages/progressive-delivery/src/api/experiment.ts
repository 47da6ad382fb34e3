import type { JsonObject, ObjectMeta } from "@argo-ts/kernel"

/** Pods of several versions side by side, for a time. Declared, and refused until it is built. */
export interface Experiment {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "Experiment"
  readonly metadata: ObjectMeta
  /** @unsupported experiments are not run yet */
  readonly spec: JsonObject
  /** Written by the controller. */
  readonly status?: JsonObject
}
