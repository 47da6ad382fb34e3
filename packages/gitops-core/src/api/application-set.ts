import type { JsonObject, JsonValue, ObjectMeta } from "@argo-ts/kernel"

/** What an ApplicationSet generates. */
export interface ApplicationSetSpec {
  /**
   * Where parameters come from.
   * @unsupported ApplicationSets are not built yet
   */
  readonly generators?: readonly JsonObject[]
  /**
   * The application each set of parameters makes.
   * @unsupported ApplicationSets are not built yet
   */
  readonly template?: JsonObject
  /**
   * Any other field.
   * @unsupported ApplicationSets are not built yet
   */
  readonly [field: string]: JsonValue | undefined
}

/** `argoproj.io/v1alpha1 ApplicationSet`: applications from a template. Known, and refused until it is built. */
export interface ApplicationSet {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "ApplicationSet"
  readonly metadata: ObjectMeta
  readonly spec: ApplicationSetSpec
  readonly status?: JsonObject
}
