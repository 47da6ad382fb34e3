import type { KubernetesObject } from "@argo-ts/kernel"

/** An object as its author wrote it: what only the server and the controllers write is left out of validation. */
export function withoutServerFields(object: KubernetesObject): object {
  const { status: _status, ...rest } = object as KubernetesObject & { readonly status?: unknown }
  return rest
}
