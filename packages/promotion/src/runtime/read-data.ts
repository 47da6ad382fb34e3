import type { ClusterReader } from "@argo-ts/k8s"
import {
  defineKind,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  own,
  recordOf,
} from "@argo-ts/kernel"
import { stages } from "../api/kinds.js"
import type { DataKey, ObservedData } from "../core/data-functions.js"

interface DataObject extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
}

const core = { group: "", version: "v1", scope: "Namespaced", hasStatus: false } as const
const configMaps: Kind<DataObject> = defineKind<DataObject>({
  ...core,
  kind: "ConfigMap",
  plural: "configmaps",
})
const secrets: Kind<DataObject> = defineKind<DataObject>({
  ...core,
  kind: "Secret",
  plural: "secrets",
})
const credentialType = "kargo.akuity.io/cred-type"

/** Where expressions find objects, and who hears of what must not be shown. */
export interface DataSources {
  /** Namespace of what `sharedConfigMap` and `sharedSecret` read. */
  readonly sharedNamespace: string
  /** Every value read from a Secret is added: a redacting logger takes it as `secrets`. */
  readonly secrets: Set<string>
}

async function read(
  cluster: ClusterReader,
  namespace: string,
  wanted: DataKey,
  known: Set<string>,
): Promise<JsonObject | undefined> {
  const key = { namespace, name: wanted.name }
  if (wanted.kind === "StageMetadata") {
    const metadata = (await cluster.get(stages, key))?.status?.metadata
    return metadata === undefined ? undefined : { ...metadata }
  }
  if (wanted.kind === "ConfigMap") return (await cluster.get(configMaps, key))?.data
  const secret = await cluster.get(secrets, key)
  // Credentials of repositories and registries are Secrets too: only those made for expressions are shown to them.
  if (own(secret?.metadata.labels, credentialType) !== "generic") return undefined
  const values = Object.entries(secret?.data ?? {}).map(
    ([name, text]) => [name, Buffer.from(text, "base64").toString("utf8")] as const,
  )
  for (const [, value] of values) known.add(value)
  return recordOf(values)
}

/** Reads what an expression asks for. */
export async function readObject(
  cluster: ClusterReader,
  project: string,
  wanted: DataKey,
  sources: DataSources,
): Promise<ObservedData> {
  const { kind, isShared, name } = wanted
  const namespace = isShared ? sources.sharedNamespace : project
  const value = await read(cluster, namespace, wanted, sources.secrets)
  return { kind, isShared, name, ...(value === undefined ? {} : { value }) }
}
