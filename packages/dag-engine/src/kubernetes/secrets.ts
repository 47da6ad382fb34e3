import type { Cluster } from "@argo-ts/k8s"
import { defineKind, type Kind, type KubernetesObject, type ObjectKey } from "@argo-ts/kernel"
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
    const texts = await secretTexts(cluster, { namespace, name })
    return texts?.get(key)
  }
}

/** What a Secret holds, as texts; `undefined` where there is none. */
export async function secretTexts(
  cluster: Pick<Cluster, "get">,
  key: ObjectKey,
): Promise<ReadonlyMap<string, string> | undefined> {
  const secret = await cluster.get(secrets, key)
  if (secret === undefined) return undefined
  const entries = Object.entries(secret.data ?? {})
  return new Map(
    entries.map(([name, value]) => [name, Buffer.from(value, "base64").toString("utf8")]),
  )
}
