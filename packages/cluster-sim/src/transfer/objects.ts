import type { Cluster } from "@argo-ts/k8s"
import { type JsonObject, type Kind, type UntypedObject } from "@argo-ts/kernel"

/** Metadata that a server writes: another server writes its own. */
const serverMade: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "generation",
  "managedFields",
  "selfLink",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
])

/**
 * An object as its author would write it: what `kubectl get -o yaml` prints, without what only that server could say — uid,
 * version, times, generation, managed fields. The status goes too, where `kind` keeps it apart.
 */
export function authored(object: UntypedObject, kind: Pick<Kind, "hasStatus">): UntypedObject {
  const { status, ...rest } = object as UntypedObject & { readonly status?: unknown }
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([key]) => !serverMade.has(key)),
  )
  return {
    ...rest,
    ...(!kind.hasStatus && status !== undefined && { status }),
    metadata,
  } as UntypedObject
}

/** Every object of a cluster but its Events, kind by kind, by namespace and name; without managed fields. */
export async function exportObjects(cluster: Cluster): Promise<readonly UntypedObject[]> {
  const found: UntypedObject[] = []
  for (const kind of await cluster.kinds()) {
    if (kind.kind === "Event") continue
    for (const object of (await cluster.list(kind)).items) {
      const { managedFields: _managed, ...metadata } = object.metadata as unknown as JsonObject
      found.push({ ...(object as unknown as UntypedObject), metadata } as UntypedObject)
    }
  }
  return found
}
