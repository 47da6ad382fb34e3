import type { Cluster } from "@argo-ts/k8s"
import { defineKind, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import type { ReadSecret } from "../executors/secrets.js"

/** A core/v1 Secret, as far as it is read here. */
interface SecretObject extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
}

const secrets: Kind<SecretObject> = defineKind({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  hasStatus: false,
})

/** Reads Secrets of a cluster, for `httpExecutor` and `httpArtifacts`. */
export function secretReader(cluster: Pick<Cluster, "get">): ReadSecret {
  return async (namespace, name, key) => {
    const { data = {} } = (await cluster.get(secrets, { namespace, name })) ?? {}
    const value = Object.hasOwn(data, key) ? data[key] : undefined
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8")
  }
}
