import { defineKind, type JsonObject, type Kind, type KubernetesObject } from "@argo-ts/kernel"

/** Any object, as the world of the demo reads it. */
export interface AnyObject extends KubernetesObject {
  readonly spec?: JsonObject
  readonly status?: JsonObject
  readonly data?: { readonly [key: string]: string }
}

const core = (kind: string, plural: string, hasStatus = false): Kind<AnyObject> =>
  defineKind<AnyObject>({ group: "", version: "v1", kind, plural, scope: "Namespaced", hasStatus })

const argo = (kind: string, plural: string): Kind<AnyObject> =>
  defineKind<AnyObject>({
    group: "argoproj.io",
    version: "v1alpha1",
    kind,
    plural,
    scope: "Namespaced",
    hasStatus: false,
  })

/** Kinds that the world reads and writes by itself, structurally. */
export const pods: Kind<AnyObject> = core("Pod", "pods", true)
export const secrets: Kind<AnyObject> = core("Secret", "secrets")
export const configMaps: Kind<AnyObject> = core("ConfigMap", "configmaps")
export const rollouts: Kind<AnyObject> = { ...argo("Rollout", "rollouts"), hasStatus: true }
export const eventSources: Kind<AnyObject> = argo("EventSource", "eventsources")
export const services: Kind<AnyObject> = core("Service", "services", true)
export const namespaces: Kind<AnyObject> = {
  ...core("Namespace", "namespaces", true),
  scope: "Cluster",
}
export const promotions: Kind<AnyObject> = {
  ...core("Promotion", "promotions", true),
  group: "kargo.akuity.io",
  version: "v1alpha1",
}
export const freights: Kind<AnyObject> = {
  ...core("Freight", "freights", true),
  group: "kargo.akuity.io",
  version: "v1alpha1",
}
