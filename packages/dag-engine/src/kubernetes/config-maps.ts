import type { Cluster, ReconcileContext } from "@argo-ts/k8s"
import { defineKind, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import type { ConfigMapSource } from "../core/config-map-values.js"

/** A ConfigMap, as far as limits and parameters need it. */
export interface ConfigMap extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
}

/** The kind. */
export const configMaps: Kind<ConfigMap> = defineKind<ConfigMap>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["cm"],
})

/** Reads the limits of semaphores where manifests say they stand: 0 where a ConfigMap should say, and does not. */
export function configMapLimits(
  cluster: Pick<Cluster, "get" | "list">,
): (lock: string) => Promise<number | undefined> {
  return async (lock) => {
    const [namespace = "", kind, name = "", key = ""] = lock.split("/")
    if (kind !== "ConfigMap") return undefined
    const seen = limitAt(await cluster.get(configMaps, { namespace, name }), key)
    if (seen !== undefined) return seen
    // What is watched may be behind, and a limit that nobody knows is the end of whoever asks for it: the server itself says so.
    const { items } = await cluster.list(configMaps, {
      namespace,
      fieldSelector: { "metadata.name": name },
    })
    return limitAt(items[0], key) ?? 0
  }
}

/** The limits that a ConfigMap gives: every key with a whole number, by the name of its lock. */
export function semaphoreLimits(object: ConfigMap): readonly (readonly [string, number])[] {
  const { namespace = "default", name = "" } = object.metadata
  return Object.keys(object.data ?? {}).flatMap((key) => {
    const limit = limitAt(object, key)
    return limit === undefined ? [] : [[`${namespace}/ConfigMap/${name}/${key}`, limit] as const]
  })
}

function limitAt(object: ConfigMap | undefined, key: string): number | undefined {
  const data = object?.data ?? {}
  const text = Object.hasOwn(data, key) ? data[key]?.trim() : undefined
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

const parameterLabel = "workflows.argoproj.io/configmap-type"

/** The index of the ConfigMaps that parameters may ask for, by `namespace/name`. */
export const parameterIndex = "parameters"

/** What {@link parameterIndex} says of a ConfigMap. */
export function parameterMapNames({ metadata }: ConfigMap): readonly string[] {
  const isMarked = metadata.labels?.[parameterLabel] === "Parameter"
  return isMarked ? [`${metadata.namespace ?? "default"}/${metadata.name ?? ""}`] : []
}

/** What parameters of a workflow ask for, as the controller knows it: the core looks it up without waiting. */
export function parameterMaps(
  { indexed }: Pick<ReconcileContext, "indexed">,
  namespace: string,
): ConfigMapSource {
  return (name) => {
    const [found] = indexed<ConfigMap>(configMaps, parameterIndex, `${namespace}/${name}`)
    return found === undefined ? undefined : (found.data ?? {})
  }
}
