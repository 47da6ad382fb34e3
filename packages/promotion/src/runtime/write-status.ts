import type { ClusterWriter } from "@argo-ts/k8s"
import {
  equalJson,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  keyOf,
  type Stored,
} from "@argo-ts/kernel"
import { createMergePatch } from "@argo-ts/kernel/merge"

/** Writes what changed of a status, and nothing where nothing did. */
export async function writeStatus<T extends KubernetesObject & { readonly status?: object }>(
  cluster: ClusterWriter,
  kind: Kind<T>,
  object: Stored<T>,
  status: object,
): Promise<Stored<T>> {
  const before = (object.status ?? {}) as JsonObject
  const after = JSON.parse(JSON.stringify(status)) as JsonObject
  if (equalJson(before, after)) return object
  const patch: JsonObject = { status: createMergePatch(before, after) }
  return cluster.patch(kind, keyOf(object), { type: "merge", patch }, { subresource: "status" })
}
