import {
  authored,
  ensureNamespace,
  inCreationOrder,
  servedKind,
  withOwnersHere,
} from "@argo-ts/cluster-sim"
import type { Cluster } from "@argo-ts/k8s"
import type { KubernetesObject, UntypedObject } from "@argo-ts/kernel"
import type { Manifest } from "../manifests/read.js"

const fieldManager = "argo-ts"

/** Files that are read by tools and are no objects of any cluster. */
function isForTools({ value }: Manifest): boolean {
  return /^(?:testing\.argo-ts\.dev|kustomize\.config\.k8s\.io)\//.test(value.apiVersion)
}

/** Uids here, by the uids that printed manifests carry; each owner that is here already counts by its own. */
async function uidsOfOwners(cluster: Cluster, object: UntypedObject): Promise<string[]> {
  const { ownerReferences = [], namespace } = object.metadata
  const here = await Promise.all(
    ownerReferences.map(async ({ apiVersion, kind, name, uid }) => {
      const owner = await servedKind(cluster, { apiVersion, kind }, false)
      if (owner === undefined) return []
      const scope = owner.scope === "Namespaced" ? { namespace: namespace ?? "default" } : {}
      const found = await cluster.get(owner, { name, ...scope })
      return found?.metadata.uid === uid ? [uid] : []
    }),
  )
  return here.flat()
}

/**
 * Applies manifests, namespaces and definitions of kinds before the rest, owners before what they own, else in their
 * order; missing namespaces are made. What `kubectl get -o yaml` prints is read as its author would have written it, with
 * owners found by the uids that they get here. Answers those of kinds that are not served.
 */
export async function applyAll(
  cluster: Cluster,
  manifests: readonly Manifest[],
): Promise<readonly Manifest[]> {
  const byObject = new Map(
    manifests
      .filter((each) => !isForTools(each))
      .map((each) => [each.value as unknown as UntypedObject, each]),
  )
  const hasDefinitions = manifests.some(({ value }) => value.kind === "CustomResourceDefinition")
  const uids = new Map<string, string>()
  const unserved: Manifest[] = []
  for (const object of inCreationOrder([...byObject.keys()])) {
    const kind = await servedKind(cluster, object, hasDefinitions)
    if (kind === undefined) {
      unserved.push(byObject.get(object) as Manifest)
      continue
    }
    for (const uid of await uidsOfOwners(cluster, object)) uids.set(uid, uid)
    const wanted = withOwnersHere(authored(object, kind), uids)
    const namespace =
      kind.scope === "Cluster" ? undefined : (object.metadata.namespace ?? "default")
    if (namespace !== undefined) await ensureNamespace(cluster, namespace, fieldManager)
    const metadata = namespace === undefined ? wanted.metadata : { ...wanted.metadata, namespace }
    const applied = { ...wanted, metadata } as KubernetesObject
    const { metadata: made } = await cluster.apply(kind, applied, { fieldManager, force: true })
    const { uid } = object.metadata
    if (uid !== undefined) uids.set(uid, made.uid)
  }
  return unserved
}
