import { authored, ensureNamespace, servedKind } from "@argo-ts/cluster-sim"
import type { Cluster } from "@argo-ts/k8s"
import type { KubernetesObject, UntypedObject } from "@argo-ts/kernel"
import type { Manifest } from "../manifests/read.js"

const fieldManager = "argo-ts"

/** Files that are read by tools and are no objects of any cluster. */
function isForTools({ value }: Manifest): boolean {
  return /^(?:testing\.argo-ts\.dev|kustomize\.config\.k8s\.io)\//.test(value.apiVersion)
}

/**
 * Applies manifests in their order, definitions of kinds before the rest; missing namespaces are made. What
 * `kubectl get -o yaml` prints is read as its author would have written it. Answers those of kinds that are not served.
 */
export async function applyAll(
  cluster: Cluster,
  manifests: readonly Manifest[],
): Promise<readonly Manifest[]> {
  const isDefinition = ({ value }: Manifest): boolean => value.kind === "CustomResourceDefinition"
  const definitions = manifests.filter(isDefinition)
  const others = manifests.filter((each) => !isDefinition(each) && !isForTools(each))
  const unserved: Manifest[] = []
  for (const manifest of [...definitions, ...others]) {
    const object = manifest.value as unknown as UntypedObject
    const kind = await servedKind(cluster, object, definitions.length > 0)
    if (kind === undefined) {
      unserved.push(manifest)
      continue
    }
    const wanted = authored(object, kind)
    const namespace =
      kind.scope === "Cluster" ? undefined : (object.metadata.namespace ?? "default")
    if (namespace !== undefined) await ensureNamespace(cluster, namespace, fieldManager)
    const metadata = namespace === undefined ? wanted.metadata : { ...wanted.metadata, namespace }
    const applied = { ...wanted, metadata } as KubernetesObject
    await cluster.apply(kind, applied, { fieldManager, force: true })
  }
  return unserved
}
