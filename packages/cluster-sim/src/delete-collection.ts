import type {
  ClusterReader,
  ClusterWriter,
  DeleteOptions,
  ObjectList,
  Selection,
} from "@argo-ts/k8s"
import type { Kind, KubernetesObject } from "@argo-ts/kernel"

/**
 * Deletes every selected object, one after the other and with the same options, as the API's deletecollection does:
 * not atomic. Answers the list of the objects as they were.
 */
export async function deleteCollection<T extends KubernetesObject>(
  cluster: ClusterReader & ClusterWriter,
  kind: Kind<T>,
  request: { readonly selection: Selection; readonly options?: DeleteOptions },
): Promise<ObjectList<T>> {
  const list = await cluster.list(kind, request.selection)
  for (const { metadata } of list.items) {
    const { namespace, name, uid } = metadata
    const key = namespace === undefined ? { name } : { namespace, name }
    await cluster.delete(kind, key, { ...request.options, preconditions: { uid } })
  }
  return list
}
