import type { Cluster } from "@argo-ts/k8s"
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

/** Reads the limits of semaphores where manifests say they stand. */
export function configMapLimits(
  cluster: Pick<Cluster, "get">,
): (lock: string) => Promise<number | undefined> {
  return async (lock) => {
    const [namespace = "", kind, name = "", key = ""] = lock.split("/")
    if (kind !== "ConfigMap") return undefined
    const object = await cluster.get(configMaps, { namespace, name })
    return object === undefined ? undefined : limitAt(object, key)
  }
}

/** The limits that a ConfigMap gives: every key with a whole number, by the name of its lock. */
export function limitsIn(object: ConfigMap): readonly (readonly [string, number])[] {
  const { namespace = "default", name = "" } = object.metadata
  return Object.keys(object.data ?? {}).flatMap((key) => {
    const limit = limitAt(object, key)
    return limit === undefined ? [] : [[`${namespace}/ConfigMap/${name}/${key}`, limit] as const]
  })
}

function limitAt(object: ConfigMap, key: string): number | undefined {
  const { data = {} } = object
  const text = Object.hasOwn(data, key) ? data[key]?.trim() : undefined
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

const parameterLabel = "workflows.argoproj.io/configmap-type"

/** Reads what parameters of a workflow may ask for before it is opened: the core looks it up without waiting. */
export async function readParameterMaps(
  cluster: Pick<Cluster, "list">,
  namespace: string,
): Promise<ConfigMapSource> {
  const { items } = await cluster.list(configMaps, { namespace })
  const found = new Map<string, { readonly [key: string]: string }>()
  for (const { metadata, data = {} } of items) {
    if (metadata.labels?.[parameterLabel] === "Parameter") found.set(metadata.name, data)
  }
  return (name) => found.get(name)
}
