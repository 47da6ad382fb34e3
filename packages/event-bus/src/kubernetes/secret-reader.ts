import type { ClusterReader } from "@argo-ts/k8s"
import { defineKind, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import type { SecretReader } from "../sources/accepted.js"

interface SecretObject extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
  readonly stringData?: { readonly [key: string]: string }
}

interface ConfigMapObject extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
}

const core = { group: "", version: "v1", scope: "Namespaced", hasStatus: false } as const
const secrets: Kind<SecretObject> = defineKind({ ...core, kind: "Secret", plural: "secrets" })
const configMaps: Kind<ConfigMapObject> = defineKind({
  ...core,
  kind: "ConfigMap",
  plural: "configmaps",
})

/** Mounted files end with a newline that nobody means; one is cut, as upstream. */
function withoutNewline(value: string | undefined): string | undefined {
  return value?.endsWith("\n") === true ? value.slice(0, -1) : value
}

/** Reads Secrets and ConfigMaps from the cluster, each time anew: a rotated secret counts at once. */
export function clusterSecrets(cluster: ClusterReader): SecretReader {
  return {
    async secret(namespace, { name, key }) {
      const found = await cluster.get(secrets, { namespace, name })
      const encoded = found?.data?.[key]
      const plain =
        encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8")
      return withoutNewline(plain ?? found?.stringData?.[key])
    },
    async configMap(namespace, { name, key }) {
      const found = await cluster.get(configMaps, { namespace, name })
      return withoutNewline(found?.data?.[key])
    },
  }
}
